# 모두에게 요구하는 2단계 인증.
factor-demanded = 이 사이트에서는 모두가 2단계 인증을 사용합니다. 지금 설정하면 바로 이어서 사용할 수 있습니다.
factor-needs-app = 휴대폰이나 비밀번호 관리자에 인증 앱이 필요합니다.
factor-password-first = 먼저 비밀번호를 설정하세요. 2단계 인증은 비밀번호 다음에 확인합니다.
factor-demand = 2단계 인증 필수
factor-demand-why = 아직 설정하지 않은 사람은 비밀번호를 입력한 뒤 2단계 인증부터 설정하게 됩니다. 토큰은 그대로 사용할 수 있습니다.
factor-demand-file = 설정 파일에서 필수로 정해 두었습니다. 변경도 설정 파일에서 합니다.
factor-demand-on = 모두에게 필수로 하기
factor-demand-off = 각자 선택하게 하기
factor-without = { $count ->
    [0] 로그인하는 사람은 모두 설정했습니다.
   *[other] 아직 { $count }명이 설정하지 않았습니다.
}
