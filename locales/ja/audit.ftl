# The audit, for leads
audit = 監査記録
audit-what = 誰が、いつ、どこから、何をしたかの記録。各行は前の行を封印し、「sajeon verify」が鎖を検査する。
audit-project = プロジェクト
audit-person = 人
audit-action = 操作
audit-day = 日付
audit-show = 表示
audit-nothing = 当てはまる行はありません。
audit-number = 番号
audit-from = どこから
audit-subject = 対象
audit-detail = 詳細
audit-latest = 最新
audit-older = 前へ
audit-export = これらの行をJSON行で受け取る
