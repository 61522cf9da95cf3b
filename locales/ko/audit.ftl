# The audit, for leads
audit = 감사 기록
audit-what = 누가 언제 어디에서 무엇을 했는지 남긴 기록. 각 줄은 앞줄을 봉인하며, “sajeon verify”가 사슬을 검사한다.
audit-project = 프로젝트
audit-person = 사람
audit-action = 동작
audit-day = 날짜
audit-show = 보기
audit-nothing = 해당하는 줄이 없습니다.
audit-number = 번호
audit-from = 어디에서
audit-subject = 대상
audit-detail = 자세히
audit-latest = 최신
audit-older = 이전
audit-export = 이 줄들을 JSON 줄로 받기
