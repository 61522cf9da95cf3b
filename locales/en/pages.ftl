# The frame around every page
skip-to-content = Skip to content
nav-places = Places
nav-language = Language
all-projects = All projects
projects = Projects
glossary = Glossary
incident = Incident
incidents = Incidents
near-miss = Near miss
cause = Cause
causes = Causes
concept = Concept
postmortem = Postmortem
recovery-action = Recovery action
sign-in = Sign in
search-label = Search: a word, an alert or a log line
search-placeholder = A word, an alert or a log line
search-button = Search
close = Close
keys-title = Keyboard
keys-search = Go to the search box
keys-move = Next and previous entry
keys-open = Open the entry
keys-run = Run the temporary fix of the entry
keys-close = Close what is open
keys-help = This list

# Start page
home-title = Start
home-hint = Type what happened, or paste an alert or a log line. The search reads Korean, Japanese and English as one.
open-incidents = Open incidents
stopgaps-past = Temporary fixes past their end
stopgaps-past-why = Nobody has replaced these yet. This is how the same incident comes back.
no-projects = No project is open to you.
no-projects-sign-in = Sign in to see the projects of your team.
no-projects-ask = Ask an owner to add you to a project, or import a folder with “sajeon import”.

# Results
search-results = Search results
senses = What the words mean
sense-here = in this project:
sense-in = in { $project }:
replace-with = Write “{ $word }”
is-not = What it is not
is-not-inline = Not:
filter-kind = Kind of record
filter-status = Status
kind-all = All
status-all = All
search-all-projects = In all projects
nothing-found = Nothing found for “{ $query }”.
nothing-found-shorter = Use fewer words, or the word of another language.
nothing-found-log = From a log line, the message after the last colon is usually enough.
nothing-found-everywhere = Search in all projects
nothing-found-glossary = Look through the words of this project
elsewhere-projects = In other projects
pages = Pages
page-previous = Previous
page-next = Next
why-matched = Matched:
temporary-fix = Temporary fix
temporary-fixes = Temporary fixes
permanent-fix = Permanent fix
permanent-fixes = Permanent fixes
no-permanent-fix = No permanent fix
no-temporary-fix = None is known. Whoever brings service back next time writes it here.
fix-untried = not tried yet
action-missing = is not available here
action-by-hand = by hand
plan = Plan (dry run)
run = Run
past = past its end
until-day = until { $day }

# Words: severity, states, kinds
severity = Severity
severity-sev1 = Severity 1
severity-sev2 = Severity 2
severity-sev3 = Severity 3
severity-sev4 = Severity 4
state = Status
status-open = Open
status-mitigated = Mitigated
status-resolved = Resolved
review = Review
review-draft = Draft
review-in-review = In review
review-published = Published
cause-kind = Kind
cause-role = Role here
cause-trigger = Trigger
cause-root = Root cause
cause-contributing = Contributing factor
cause-vocabulary = Misunderstood word
fix-proposed = Proposed
fix-in-progress = In progress
fix-done = Done
fix-proven = Proven
fix-rejected = Rejected
outcome-worked = Worked
outcome-partly = Partly
outcome-no-effect = No effect
outcome-worse = Worse
outcome-unknown = outcome not recorded
item-kind = Purpose
item-prevent = Prevent
item-detect = Detect
item-mitigate = Mitigate
item-process = Process
item-open = Open
item-done = Done
item-dropped = Dropped
event-note = Note
event-state = State
event-run = Run
event-alert = Alert
concept-draft = Draft
concept-proposed = Proposed
concept-disputed = Disputed
concept-agreed = Agreed
concept-retired = Retired
use-preferred = Preferred
use-admitted = Admitted
use-deprecated = Do not use
use-search-only = Search only
relation-broader = Broader
relation-narrower = Narrower
relation-related = Related
relation-false-friend = False friend
relation-homograph = Homograph
relation-confusable = Confusable
visibility-public = Open to everybody
visibility-internal = Open to everybody signed in
visibility-private = Members only
language-ko = Korean
language-ja = Japanese
language-en = English

# Glossary
letters = Letters
no-words = No word here yet.
no-words-hint = Begin with the words of the client's brief that two people could read differently.
word-means = What “{ $word }” means
word-unknown = No project that you may read has this word.
word-unknown-hint = A word that everybody uses and nobody defined is worth an entry.
search-word = Search for “{ $word }” in all records
definition = Definition
subject = Subject
owner = Owner
source = Source
examples = Examples
colours = Colours
measures = Measures
terms = Terms
shields = Longer words that are not this one
not-this-colour = Not this colour
contrast = Contrast { $light } on white, { $dark } on black
image-of = Picture { $number } of “{ $name }”
homographs = The same word with another meaning
homographs-why = Look twice when people of these projects talk to each other.
this-page = this page
relations = Related concepts
targets = Recovery targets
signoffs = Signatures
no-signoffs = Nobody has signed this meaning yet.
signoff-stale = signed an older meaning
older-meaning = You are looking at an older meaning, rev { $rev }.
older-meaning-now = Go to the current one, rev { $rev }
meaning-unsure = This meaning is not agreed yet. Ask before you build on it.
used-in = Where it is used
discussion = How it was agreed
meaning-history = History of the meaning
show-meaning = Show this meaning
all-edits = All edits
link-unresolved = No concept answers this link
tip-moved = the meaning has moved on to rev { $rev }

# Projects, incidents, causes
current-incidents = Not closed yet
latest-incidents = Latest incidents
no-incidents = No incident on record.
no-causes = No cause on record.
all-of = All: { $what }
stopgaps = Temporary fixes in force
component = Component
impact = Impact
services = Services
lead = Lead
tags = Tags
related = Related
source-file = Source file
times = Times
time-started = Started
time-detected = Detected
time-acknowledged = Acknowledged
time-mitigated = Mitigated
time-resolved = Resolved
unknown = not recorded
after-start = { $duration } after the start
until-mitigated = Time to mitigation
causes-and-fixes = Causes and fixes
cause-missing = not on record
applied = Temporary fixes applied
replaced-by = to be replaced by
run-record = Record of the run
timeline = Timeline
action-item = Action item
action-items = Action items
due = Due
elsewhere = Apply elsewhere
evidence = Evidence
pinned-words = What its words meant
pinned-words-why = The meaning that these words had when this was published.
moved = moved on since
last-time = last
proof = Proof:
how-we-know = How we know

# History
history = History
edit = Edit
when = When
who = Who
why = Why
removed = removed
shown-below = shown below
what-changed = What changed
compared = What edit { $to } changed in edit { $from }
no-difference = The texts are the same.

# Numbers
signatures = { $count ->
    [0] nobody has signed
    [one] { $count } signature
   *[other] { $count } signatures
}
found = { $count ->
    [one] { $count } result
   *[other] { $count } results
}
fix-tried = { $tried ->
    [one] tried once, worked { $worked ->
        [0] never
       *[other] once
    }
   *[other] worked { $worked } of { $tried } times
}
count-open = { $count } open
count-words = { $count ->
    [one] { $count } word
   *[other] { $count } words
}
incidents-of-cause = { $count ->
    [one] { $count } incident of this cause
   *[other] { $count } incidents of this cause
}
recurred = { $count ->
    [one] Recurred once, and no permanent fix is in place.
   *[other] Recurred { $count } times, and no permanent fix is in place.
}
bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
lines-left-out = { $count ->
    [one] { $count } unchanged line
   *[other] { $count } unchanged lines
}
duration-whole-days = { $days } d
duration-whole-hours = { $hours } h
duration-days = { $days } d { $hours } h
duration-hours = { $hours } h { $minutes } min
duration-minutes = { $minutes } min
duration-seconds = { $seconds } s
duration-negative = before the start
