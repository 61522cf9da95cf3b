# The page of the API
api = API
api-what = 화면에서 보고 고칠 수 있는 것은 모두 프로그램으로도 읽고 쓸 수 있습니다. 이 화면은 명세 자체로 만듭니다.
api-token = 프로그램은 토큰으로 자신을 밝힙니다.
api-errors = 잘못된 것은 다음 형식으로 알립니다.
api-etag = 고칠 때에는 어느 판을 고치는지 밝힙니다. 응답의 ETag를 If-Match로 돌려보냅니다.
api-operations = 호출
api-needs-token = 토큰 필요
api-parameter = 매개변수
api-type = 형
api-meaning = 뜻
api-example = 예
api-required = 필수
api-body = 본문
api-answers = 응답
api-forms = 본문의 형식
api-key = 키
api-may-lack = 없을 수 있음
