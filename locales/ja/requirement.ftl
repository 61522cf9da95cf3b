# チェック後も見守る文書
requirements = チェック済みの要件
requirements-what = この用語集でチェックした文書です。使われている用語の意味が変わると、再チェックするまで、ここの先頭と用語のページに表示されます。
requirements-none = 記録したチェックはまだありません。
requirement-one = チェック済みの要件
requirement-keep = このチェックを記録
requirement-keep-hint = 記録するのは、題名、文書のハッシュ、今日の時点で使われている意味だけです。文書そのものは保存しません。
requirement-keep-do = チェックして記録
requirement-title = 題名（例：「要件 4.2」）。同じ題名なら前のチェックを置き換えます
requirement-url = 文書の場所（URL）
requirement-moved = その後に意味が変わった用語 { $count } 件
requirement-moved-one = その後変更あり
requirement-forget = 一覧から削除
requirement-forget-one = 「{ $title }」を一覧から削除
requirement-no-text = チェックする文書を貼り付けてください。
requirement-bad-title = 題名は1行、200文字以内で入力してください。
requirement-bad-url = URL は https:// か http:// で始まり、500文字以内です。
