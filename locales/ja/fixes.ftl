# アクションアイテムについてタイムラインに残る文。プロジェクトの言語で書く。
fixes-said-item = アクションアイテム: { $item }
fixes-said-item-status = アクションアイテム「{ $item }」: { $status }

# ポストモーテムの編集画面で文章の横に出るもの。
beside-title = 文章の横
beside-none = この文章に似ている過去の障害はまだありません。
beside-similar = 似ている過去の障害を探す
beside-checklist-typed = いま書かれている文章から計算しています。助言であり、公開を妨げません。

# 指標: 最初の検索から過去の対応を開くまで。
figures-searched-opened = 最初の検索から過去の対応を開くまで
figures-searched-why = 障害の対応中に、プロジェクトの誰かが過去の障害を初めて見たときから、以前の障害の原因を開くまでの時間です。障害ごとに一度だけ記録し、誰が何を検索したかは残しません。

# The page of an incident.
live-open-alike = 対応中の似た障害があります。同じ障害かもしれません:
