# 全員に求める2要素認証。
factor-demanded = このサイトでは全員が2要素認証を使います。今ここで設定すると、すぐに続きを利用できます。
factor-needs-app = スマートフォンまたはパスワードマネージャーの認証アプリが必要です。
factor-password-first = 先にパスワードを設定してください。2要素認証はパスワードの次に確認します。
factor-demand = 2要素認証の必須化
factor-demand-why = 未設定の人は、パスワードを入力したあと、まず2要素認証の設定に進みます。トークンはそのまま使えます。
factor-demand-file = 設定ファイルで必須になっています。変更も設定ファイルで行います。
factor-demand-on = 全員に必須にする
factor-demand-off = 各自の選択に任せる
factor-without = { $count ->
    [0] ログインする人は全員設定済みです。
   *[other] まだ設定していない人が{ $count }人います。
}
