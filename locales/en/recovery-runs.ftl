# Runs: what is held, and what is left.

lock-group = Group
lock-held = held by { $holder } for { $reason }
plan-healthy-left = Left healthy
plan-healthy = { $count } (at least { $least } must be; counted just now by { $question })
plan-healthy-open = Not counted yet: press “Check now”. At least { $least } must be.
plan-healthy-unknown = Unknown: this action counts nothing. Look for yourself before you go on.
on-failure-ask = ask somebody
on-failure-continue = go on with the next step
on-failure-undo = undo everything
on-failure-stop = stop
