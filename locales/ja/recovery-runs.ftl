# 実行: 何が使用中で、何が残るか。

lock-group = グループ
lock-held = { $holder } さんが使用中（{ $reason }）
plan-healthy-left = 正常なまま残る数
plan-healthy = { $count }（{ $least } 以上が必要。{ $question } がいま数えた値）
plan-healthy-open = まだ数えていません。「今すぐ確認」を押してください。{ $least } 以上が必要です。
plan-healthy-unknown = 不明: このアクションには数える条件がありません。進める前に自分の目で確かめてください。
on-failure-ask = 人に尋ねる
on-failure-continue = 次のステップへ進む
on-failure-undo = すべて元に戻す
on-failure-stop = 停止
