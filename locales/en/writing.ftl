## What was recognised in a page of another tool
writing-recognised = What was recognised
writing-recognised-why = This page came from another tool. What could go into fields of its own is offered below. Nothing is taken by itself, and the text stays as it is.
writing-recognised-link = Look at what was recognised
writing-changed-meanwhile = Somebody edited this record meanwhile. Nothing was taken; look again and take it from here.
writing-count-open = { $count ->
    [one] { $count } to look at
   *[other] { $count } to look at
}
writing-count-taken = { $count ->
    [one] { $count } stands in the record
   *[other] { $count } stand in the record
}
writing-front-matter = front matter
writing-line = line { $line }
writing-take = Take
writing-taken-reason = taken from line { $line } of the text
writing-choose = Choose
writing-ask-time = The text says when it was over, but not in which sense. Mitigated: usable again. Resolved: no longer watched.
writing-which-time = Which time is meant
writing-when = When
writing-who = Who
writing-what = What
writing-title = Title
writing-which-cause = Cause
writing-new-cause = A new cause
writing-cause-first = A fix belongs to a cause: take or write a cause first.
writing-ask-fix = The text does not say whether this removed the cause. Temporary: service came back. Permanent: the cause is gone.
writing-which-fix = Temporary or permanent
writing-expires = Stands until
writing-expires-hint = With an end date it is recorded as applied in this incident; without one it is only known to the cause.
writing-why-none = Taken over from an earlier report; its permanent fix is not recorded there
writing-day-from-elsewhere = Only a clock time stands here; the day is taken from above in the text. Check it.
writing-day-unknown = The day or the zone is not written; say which moment is meant.
writing-wrong-empty = Something is missing here.
writing-wrong-when = Say when: day and time.
writing-wrong-choice = Choose what is meant.
writing-wrong-cause = Choose the cause that this fix belongs to.
writing-wrong-class = Choose whether the fix is temporary or permanent.
writing-understood = Headings that were understood
writing-unknown = Headings that were not understood
writing-unknown-why = They stay in the text.
writing-kept = Keys kept in extra
writing-means-summary = Summary
writing-means-impact = Impact
writing-means-timeline = Timeline
writing-means-cause = Cause
writing-means-cause-trigger = Trigger
writing-means-cause-root = Root cause
writing-means-cause-contributing = Contributing factor
writing-means-cause-vocabulary = Misunderstood word
writing-means-temporary-fix = Temporary fix
writing-means-permanent-fix = Permanent fix
writing-means-ask-fix = Fix (temporary or permanent?)
writing-means-action-items = Action items
writing-means-action-item = Action item
writing-means-event = Timeline entry
writing-means-lessons = Lessons
writing-means-surprise = Why were we surprised?
writing-means-detection = Detection
writing-means-started = Started
writing-means-detected = Detected
writing-means-acknowledged = Acknowledged
writing-means-mitigated = Mitigated
writing-means-resolved = Resolved
writing-means-ask-time = Over (mitigated or resolved?)
writing-means-severity = Severity
writing-means-services = Services
writing-means-lead = Lead
writing-means-tags = Tags

## Meanings that moved on
moved-title = Meanings that moved on
moved-why = These postmortems pinned a meaning that is not today's. Whoever counts or compares them by today's word would class them differently.
moved-none = Every pinned meaning is still today's.
moved-unknown = The earlier meaning is no longer kept; what differs is not known.
moved-part = Part
moved-pinned-by = { $count ->
    [one] Pinned by { $count } postmortem
   *[other] Pinned by { $count } postmortems
}
moved-part-definition = Definition
moved-part-not = Not this
moved-part-example = Example
moved-part-swatch = Colour
moved-part-not-swatch = Not this colour
moved-part-measure = Measure
moved-since = What these words meant on that day, and what they mean now

## Figures
figures-title = Figures
figures-why = Every dot is one incident; follow it to its record. There is no mean time to recovery here: lengths of incidents are too uneven for a mean to say anything. What is not known is counted as not known.
figures-csv = As CSV
figures-started-detected = From started to detected
figures-detected-acknowledged = From detected to acknowledged
figures-detected-mitigated = From detected to mitigated
figures-started-mitigated = From started to mitigated
figures-mitigated-resolved = From mitigated to resolved
figures-known = { $count } known
figures-unknown = { $count } unknown
figures-contradictory = { $count } with times that contradict each other
figures-median = half took no longer than { $length }
figures-hidden = { $count } more have no room here; they are in the table.
figures-table = As a table
figures-length = Length
figures-recurrences = Causes that struck again
figures-open-fix = Permanent fix open or missing
figures-closed-fix = Permanent fix done
figures-stopgaps = Temporary fixes that still stand
figures-age = Age
figures-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
figures-fixes = Permanent fixes
figures-load = What it costs people
figures-load-why = Nights (22:00 to 06:00) and weekend days on which somebody wrote into a timeline, in the project's time zone. Public holidays are not known here. Relieved by: who wrote next after that person's last entry.
figures-person = Person
figures-nights = Nights
figures-weekends = Weekend days
figures-entries = Entries
figures-relieved = Relieved by
figures-sla = Minutes against the contract
figures-sla-why = From started to mitigated, two incidents at once counted once. Incidents without both times are unknown, and the minutes are then at least so many.
figures-contract = Contract
figures-month = Month
figures-minutes = Minutes
figures-allowed = Allowed
figures-over = over
figures-none = None.

## The editor
editor-findings = What the checker says
editor-no-findings = The checker has nothing to say.
editor-replace = Write
editor-draft = A draft of this text was kept in this browser and is newer than what is saved.
editor-restore = Restore the draft
editor-discard = Discard it
editor-offline = No connection. What you write is kept in this browser; save when the connection is back.
editor-other = Somebody saved this record meanwhile. When you save, both texts are merged section by section.
editor-complete = Completions
editor-merged = Both as one
editor-merged-why = What only one of you changed stands already. Where both changed the same words, both versions stand between marks: keep what is right, then save.
editor-undecided = Something has to be decided.
editor-save-merged = Save both as one
editor-own-text = My own text, as I sent it
editor-before-headings = before the first heading
editor-fate-theirs = theirs
editor-fate-mine = mine
editor-fate-both = both
editor-fate-conflict = both changed it
editor-outline = Section template
editor-outline-hint = Adds the headings that the text does not have yet; nothing is taken away.
editor-outline-add = Add the headings
editor-outline-own = This project's own
editor-outline-short = Short
editor-outline-google = Google SRE
editor-outline-report-ko = Incident report (Korean form)
editor-outline-report-ja = Incident report (Japanese form)
editor-checklist = Before review
editor-checklist-count = { $count ->
    [one] { $count } thing to look at before review
   *[other] { $count } things to look at before review
}
editor-checklist-why = Computed from the saved record. It advises; it keeps nobody from publishing.
editor-advice-no-root-cause = No root cause is linked
editor-advice-no-such-cause = A linked cause does not exist
editor-advice-cause-without-fix = A cause has no permanent fix
editor-advice-stopgap-without-end = A temporary fix has no permanent fix that replaces it
editor-advice-stopgap-past-end = A temporary fix is past its end
editor-advice-stopgap-without-outcome = Whether a temporary fix helped is not known
editor-advice-item-without-owner = An action item has no owner
editor-advice-item-without-due = An action item has no date
editor-advice-time-unknown = A time is not known
editor-advice-times-contradict = Times contradict each other
editor-advice-time-gap = Nothing in the timeline for half an hour or longer
editor-advice-no-impact = What users felt is not said
editor-advice-blame = A person is named as a cause
editor-advice-vague = A vague word
editor-advice-undefined = A word without a meaning in the glossary
editor-advice-unclear-fix = A fix that is neither temporary nor permanent

## On paper, and texts to send
report-link = Report to print
report-forms = Language of the form
report-heading = Incident report
report-approval = Approval
report-written = Written
report-reviewed = Reviewed
report-approved = Approved
report-to = To { $client }
report-number = No.
report-day = Date
report-overview = Overview
report-title = Incident
report-when = When
report-what = What happened
status-title = Status texts
status-why = Made from the record, in the words of this project, to copy and send. Nothing is sent by itself.
status-client = For the client
status-bosses = For those who decide
status-so-far = { $length } so far
status-lasted = Lasted
status-being-found-out = being found out
status-none-yet = none recorded yet
status-client-open = We are working on it and will tell you when anything changes.
status-client-mitigated = The service can be used again. We keep watching it and are looking for the cause.
status-client-resolved = The incident is over. You will receive the report with the causes and what we do about them.
editor-paste = What was pasted could not be kept as evidence:
