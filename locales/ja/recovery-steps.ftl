# プレイブックのステップ、暫定対応に代わるもの、タイムラインに残る実行の記録。

run-told = { $what }: { $state }
run-told-took = { $what }: { $state }、{ $took }
run-told-why = { $told } — { $why }
run-told-glass = { $what }: { $by } さんによる緊急実行: { $reason }
run-length-s = { $seconds }秒
run-length-min = { $minutes }分{ $seconds }秒
run-length-h = { $hours }時間{ $minutes }分
run-why-none = 恒久対応はまだ提案されていません。
run-why-rejected = 提案された恒久対応はすべて見送られました。
run-why-proven = 恒久対応「{ $fix }」は効果確認済みでしたが、再発しました。
plan-why-none = 代わりとなる恒久対応がない理由(空欄の場合は原因の記録に従います)
plan-other-project = この対応は { $project } のものです。実行は { $incident } に記録されますが、適用した対応としては残りません。
plan-incident-closed = { $incident } はすでに収束しています。実行すると、閉じた記録に内容が追加されます。
plan-steps-later = 現在の状態で確認した結果です。後のステップの条件は、前のステップの実行後に満たされることがあり、順番が来たときに改めて確認します。
plan-step-open = 順番が来たときに確認します。対象は前のステップで決まります。
plan-on-paper = 印刷用
plan-undo-kept = 元に戻せないステップ: { $steps }
why-way-back = { $step } は今は元に戻せません。{ $action } の事前条件 { $id } が満たされていません: { $why }。何も元に戻していません
why-way-back-late = 元に戻すための条件を時間内に確認できませんでした
why-one-line = 1~{ $max } バイトの1行で指定してください
