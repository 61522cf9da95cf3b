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
live-said-evidence = 証跡: { $names }
live-said-alert-ended = アラート解除: { $alert }
live-said-cause = 原因: 「{ $cause }」({ $id })
live-said-applied = 暫定対応を適用: { $fix }({ $day } まで)
live-said-outcome = { $fix }: { $outcome }
live-said-elsewhere = 水平展開の対象: { $services }

# Webhook で知らせる言葉。プロジェクトの言語で書く。
hook-incident-opened = 障害発生
hook-incident-mitigated = 障害復旧
hook-incident-resolved = 障害収束
hook-incident-reopened = 障害を再び対応中
hook-incident-known = 既知の原因が再発
hook-stopgap-applied = 暫定対応を適用
hook-stopgap-ended = 暫定対応の期限切れ
hook-fix-proven = 恒久対応の効果確認
hook-test = Webhook の試験
