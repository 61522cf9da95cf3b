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
