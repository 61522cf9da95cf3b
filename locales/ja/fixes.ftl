# アクションアイテムについてタイムラインに残る文。プロジェクトの言語で書く。
fixes-said-item = アクションアイテム: { $item }
fixes-said-item-status = アクションアイテム「{ $item }」: { $status }

# ポストモーテムの編集画面で文章の横に出るもの。
beside-title = 文章の横
beside-none = この文章に似ている過去の障害はまだありません。
beside-similar = 似ている過去の障害を探す
beside-checklist-typed = いま書かれている文章から計算しています。助言であり、公開を妨げません。
