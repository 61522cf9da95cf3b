# Steps of playbooks, what replaces a stopgap, and what a timeline says of a run.

run-told = { $what }: { $state }
run-told-took = { $what }: { $state }, { $took }
run-told-why = { $told } — { $why }
run-told-glass = { $what }: { $by } broke the glass: { $reason }
run-length-s = { $seconds } s
run-length-min = { $minutes } min { $seconds } s
run-length-h = { $hours } h { $minutes } min
run-why-none = No permanent fix has been proposed yet.
run-why-rejected = Every permanent fix that was proposed has been rejected.
run-why-proven = The permanent fix “{ $fix }” was proven, and it happened again all the same.
plan-why-none = Why no permanent fix will replace it (empty: as the cause's record says)
plan-other-project = This fix belongs to { $project }. The run is written into { $incident }, but it is not recorded there as an applied fix.
plan-incident-closed = { $incident } is resolved. The run would be written into a record that is closed.
plan-steps-later = Asked as things are now. What a later step needs may be what an earlier one does; it is asked again when its turn comes.
plan-step-open = Asked when its turn comes: an earlier step says what it is about.
plan-on-paper = On paper
plan-undo-kept = Nothing takes back: { $steps }
why-way-back = { $step } cannot be taken back now: the precondition { $id } of { $action } does not hold: { $why }; nothing was taken back
why-way-back-late = the conditions of the way back could not be asked in time
why-one-line = expected one line of 1 to { $max } bytes
