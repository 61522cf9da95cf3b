# 검사한 뒤 계속 지켜보는 글
requirements = 검사한 요구 사항
requirements-what = 이 사전으로 검사한 글입니다. 글에 쓰인 용어의 의미가 바뀌면, 다시 검사할 때까지 여기 맨 위와 용어 페이지에 표시됩니다.
requirements-none = 아직 남겨 둔 검사가 없습니다.
requirement-one = 검사한 요구 사항
requirement-keep = 이 검사 남기기
requirement-keep-hint = 제목, 글의 해시, 오늘 시점에 쓰인 의미만 남깁니다. 글 자체는 저장하지 않습니다.
requirement-keep-do = 검사하고 남기기
requirement-title = 제목(예: “요구 사항 4.2”). 같은 제목이면 이전 검사를 대신합니다
requirement-url = 글이 있는 주소
requirement-moved = 이후 의미가 바뀐 용어 { $count }개
requirement-moved-one = 이후 바뀜
requirement-forget = 목록에서 지우기
requirement-forget-one = “{ $title }” 목록에서 지우기
requirement-no-text = 검사할 글을 붙여 넣으세요.
requirement-bad-title = 제목은 한 줄, 200자 이내로 적어 주세요.
requirement-bad-url = 주소는 https:// 또는 http://로 시작하고 500자 이내여야 합니다.
