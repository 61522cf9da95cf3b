people-last-owner = 이 프로젝트의 유일한 소유자입니다. 다른 소유자를 먼저 정하세요. 아무것도 바뀌지 않았습니다.
account-password-name = 이름에 몇 글자만 더한 비밀번호입니다. 더 길게 만드세요.
