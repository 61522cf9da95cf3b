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
