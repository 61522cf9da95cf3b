# 실행: 무엇이 점유 중이고 무엇이 남는지.

lock-group = 그룹
lock-held = { $holder } 님이 점유 중 ({ $reason })
plan-healthy-left = 정상으로 남는 수
plan-healthy = { $count }개 (최소 { $least }개 필요, { $question } 조건이 방금 셈)
plan-healthy-open = 아직 세지 않았습니다. ‘지금 확인’을 누르세요. 최소 { $least }개가 필요합니다.
plan-healthy-unknown = 알 수 없음: 이 작업에는 세는 조건이 없습니다. 진행하기 전에 직접 확인하세요.
on-failure-ask = 사람에게 묻기
on-failure-continue = 다음 단계로 계속
on-failure-undo = 모두 되돌리기
on-failure-stop = 중지
