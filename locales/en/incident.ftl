# What an incident's timeline says by itself, in the language of the project.
live-said-opened = Opened
live-said-mitigated = Mitigated: usable again
live-said-resolved = Resolved: no longer watched
live-said-reopened = Open again
live-said-lead = { $name } leads
live-said-no-lead = Nobody leads
live-said-severity = Now { $severity }
live-said-time = { $stage }: { $time }
live-said-no-time = { $stage }: unknown
live-said-known = Known: “{ $cause }” ({ $id }).
live-said-like = Looks like a known cause: “{ $cause }” ({ $id }).
live-said-waits = Its fix has waited { $days } { $days ->
    [one] day
   *[other] days
}: { $fix }.
live-said-open = Its fix is not there yet: { $fix }.
live-said-no-fix = Nobody has proposed a permanent fix.
live-said-owner = Owner: { $owner }
live-said-no-owner = It has no owner.
live-said-evidence = Evidence: { $names }
live-said-alert-ended = Alert ended: { $alert }
live-said-cause = Cause: “{ $cause }” ({ $id })
live-said-applied = Temporary fix applied: { $fix } (until { $day })
live-said-outcome = { $fix }: { $outcome }
live-said-elsewhere = To be applied elsewhere: { $services }

# What webhooks are told, in the language of the project.
hook-incident-opened = Incident opened
hook-incident-mitigated = Incident mitigated
hook-incident-resolved = Incident resolved
hook-incident-reopened = Incident open again
hook-incident-known = Known cause strikes again
hook-stopgap-applied = Temporary fix applied
hook-stopgap-ended = Temporary fix is past its end
hook-fix-proven = Permanent fix proven
hook-test = A test of this webhook

# The page of an incident.
live-title = Now
live-lost = The connection is lost. What you type stays here; this page follows again by itself.
live-days = d
live-known = Known:
live-looks-like = Looks like a known cause:
live-same-cause = It is this cause
live-known-open = its fix is not there yet
live-known-no-fix = nobody has proposed a permanent fix
live-known-owner = Owner: { $owner }
live-known-no-owner = It has no owner.
live-contradiction = This cannot all be true:
live-order = “{ $then }” is before “{ $first }”.
live-ahead = “{ $stage }” lies in the future.
live-not-yet = “{ $stage }” has a time, but the state says that it is not there yet.
live-alert-before = An alert in the timeline is earlier than “Detected”.
live-fix-after = The fix that worked was applied after service was back.
live-entry-ahead = An entry of the timeline lies in the future.
live-since-started = since it began
live-took = from its beginning until it was mitigated
live-since-opened = since it was opened here; when it began is not known
live-nobody-leads = Nobody leads yet.
live-leads = { $name } leads.
live-i-lead = I lead
live-mitigate = Mitigated: usable again
live-resolve = Resolved: no longer watched
live-reopen = Open again
live-apply = Apply a temporary fix
live-note = What happens
live-note-hint = Ctrl+Enter adds it. Pasted pictures and long logs become evidence.
live-when = When ({ $zone }); now when empty
live-when-example = 10 min ago, 14:05, yesterday 23:10
live-files = Files
live-add = Add
live-similar = Similar past incidents
live-correct = Correct
live-link-cause = Add a cause
live-cause-known = A cause that is known
live-cause-new = A new one, with the title below
live-cause-title = Title of a new cause
live-cause-hint = Causes of the same meaning appear as you type.
live-link = Add
live-set = Severity, lead and times
live-say = Save
live-time-hint = Empty means that nobody knows. No time is concluded from another.
live-outcome = Outcome
live-applied-this = Applied this
live-elsewhere = Services, with commas
live-spread = Apply elsewhere
live-entry-title = Correct an entry
live-entry-by = Written by { $name }
live-entry-before = What it said before
live-entry-never = It was never corrected.
live-entry-until = until { $name } corrected it
live-new-fix = Something else, written below
live-apply-no-cause = A temporary fix belongs to a cause. Add a cause first; a guess will do.
live-apply-which = What was done
live-apply-summary = What was done, if it is not in the list
live-expires = Last day of this stopgap
live-expires-hint = A stopgap has an end. Past it, it turns red on the board.
live-until = What will replace it
live-until-new = A permanent fix that is proposed now
live-until-none = Nothing, because…
live-until-summary = The proposed permanent fix
live-why-none = Why nothing replaces it
live-apply-do = Record it
live-open = Something is wrong:
live-open-example = One line: payments give 502
live-open-project = Project
live-severity-unknown = Severity: not known yet
live-open-do = Open an incident
live-fault-text = Write what happened; up to 16 KiB. Longer texts go in as a file.
live-fault-title = Say in one line what is wrong, with at most 300 characters.
live-fault-at = This time was not understood. Write 14:05, 10 min ago, yesterday 23:10 or 2026-03-01 09:12.
live-fault-expires = A stopgap needs a last day that is not over.
live-fault-until = Say which permanent fix replaces it, or why none does.
live-fault-fix = Say what was done.
live-fault-file = A file has 1 byte to 16 MiB, and an incident at most 500 files, 20 at once.
live-fault-proof = Proven needs a proof: a test, a drill, a measurement or a link.
live-fault-proven-by = The owner cannot prove the own fix; somebody else looks at the proof.
live-fault-elsewhere = Name 1 to 50 services.
live-fault-entry = This entry was corrected meanwhile. Go back and look at it again.
live-fault-project = Choose a project.
live-known-waits = its fix has waited { $days } { $days ->
    [one] day
   *[other] days
}

# Stopgaps, webhooks and causes.
stopgap-board = Held together by stopgaps
stopgap-why = Each of these brings service back and leaves the cause. The oldest is first.
stopgap-none = Nothing is held together by a stopgap.
stopgap-since = In force since
stopgap-end = Last day
stopgap-calendar = Ends of stopgaps
stopgap-ics = As a calendar (ICS)
stopgap-ends = Stopgap ends: { $fix }
stopgap-feed-why = A calendar program cannot sign in. An address of your own lets it read what you may read.
stopgap-feed-make = Make an address
stopgap-feed-end = End my address
stopgap-feed-once = Your address, shown once. Who has it reads as you.
hook-title = Webhooks
hook-why = Incidents that open or end, stopgaps that are applied or past their end, and proven fixes are told to these addresses.
hook-url = Address
hook-hint = https, or http to this machine. No redirect is followed.
hook-add = Add
hook-secret-once = The secret that signs its messages, shown once. Header sajeon-signature: t=TIME,v1=HMAC-SHA256 of TIME.BODY.
hook-try = Send a test
hook-remove = Remove
hook-log = Deliveries
hook-log-empty = Nothing was told yet.
hook-event = Event
hook-when = When
hook-attempts = Attempts
hook-answer = Last answer
hook-next = next
hook-again = Send again
hook-sent = Sent
hook-failed = Given up
hook-waiting = Waiting
hook-too-many = A project tells at most 20 addresses.
hook-url-form = This is no address of the form https://host/path.
hook-url-scheme = Only https, or http to this machine itself.
hook-url-user = An address with a user name is not taken.
hook-url-network = This is the address of a network device, not of a host.
strike = Recurrence
strike-first = First
strike-while-open = Recurred while the fix was open
strike-after-fix = Recurred after the fix
strike-unknown = Not known
fix-advance = Say how far it is
fix-proof = Proof
fix-proof-hint = Proven needs a test, a drill, a measurement or a link, and a person other than the owner.
fix-proven-by = Who looked at the proof
stopgap-past = { $count ->
    [one] { $count } is past its end.
   *[other] { $count } are past their end.
}
stopgap-days = ({ $days } { $days ->
    [one] day
   *[other] days
})
fix-median = { $minutes } min until service was back (median)
cause-cost = { $minutes } minutes in all, over { $known } incidents whose beginning and recovery are known
