# The page of the API
api = API
api-what = 画面で見て変えられるものは、すべてプログラムからも読み書きできます。この画面は記述そのものから作られます。
api-token = プログラムはトークンで名乗ります。
api-errors = 誤りは次の形式で伝えます。
api-etag = 変更はどの版を変えるかを示します。応答のETagをIf-Matchで送り返します。
api-operations = 操作
api-needs-token = トークンが必要
api-parameter = パラメータ
api-type = 型
api-meaning = 意味
api-example = 例
api-required = 必須
api-body = 本文
api-answers = 応答
api-forms = 本文の形式
api-key = キー
api-may-lack = 無いことがある
