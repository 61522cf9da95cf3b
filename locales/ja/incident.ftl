# 障害のタイムラインに自動で書かれる言葉。プロジェクトの言語で書く。
live-said-opened = 障害の記録を開始
live-said-mitigated = 復旧: 再び利用できる
live-said-resolved = 収束: 監視を終了
live-said-reopened = 再び対応中
live-said-lead = { $name } さんが対応を指揮
live-said-no-lead = 対応を指揮する人がいない
live-said-severity = { $severity } に変更
live-said-time = { $stage }: { $time }
live-said-no-time = { $stage }: 不明
live-said-known = 既知の原因: 「{ $cause }」({ $id })。
live-said-like = 既知の原因に似ている: 「{ $cause }」({ $id })。
live-said-waits = 恒久対応が { $days } 日間待たされている: { $fix }。
live-said-open = 恒久対応がまだ終わっていない: { $fix }。
live-said-no-fix = 恒久対応の提案がない。
live-said-owner = 担当: { $owner }
live-said-no-owner = 担当者がいない。
