# The audit, for leads
audit = Audit
audit-what = Who did what, when and from where. Each row seals the one before it; “sajeon verify” checks the chain.
audit-project = Project
audit-person = Person
audit-action = Action
audit-day = Day
audit-show = Show
audit-nothing = No row is like that.
audit-number = No.
audit-from = From
audit-subject = What
audit-detail = Details
audit-latest = Latest
audit-older = Older
audit-export = These rows as JSON lines
