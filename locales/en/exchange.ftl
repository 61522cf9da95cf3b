# Words going out to other tools and coming in.
exchange = Exchange
exchange-out = Download
exchange-out-hint = Each file says what the words of this project say today. What a format has no place for is named beside it; an import leaves that as it is.
exchange-tbx = For translation tools and terminology systems: ISO 30042:2019, DCA style.
exchange-skos = For knowledge bases and search: Turtle, one concept scheme.
exchange-csv = For spreadsheets: one row a term.
exchange-prh = For textlint with prh: the deprecated words of agreed concepts and what to write instead.
exchange-vale = For Vale: the same as a style, with the agreed words as its vocabulary.
exchange-left-out = Not in it (number of words):
exchange-in = Take in
exchange-in-hint = TBX-Basic, SKOS or CSV. You see what would change before anything is done. New words begin as drafts or proposals; where an agreed meaning differs, the difference is proposed and the agreed one stays.
exchange-file = File
exchange-format = Format
exchange-by-name = by the file’s name
exchange-text = or paste it
exchange-look = Show what would change
exchange-would = This would change
exchange-done = Taken in
exchange-new = new
exchange-changed = changed
exchange-unchanged = unchanged
exchange-conflict = conflict
exchange-absent = { $count ->
    [one] { $count } word is not in the file and stays
   *[other] { $count } words are not in the file and stay
}
exchange-conflict-why = Conflicts would change what was retired, or come from an older file. They are left as they are.
exchange-conflict-keys = It would change what was agreed:
exchange-meaning = The meaning changes: earlier signatures become stale.
exchange-moved = The words have changed since you looked. Look again, then confirm.
exchange-take = Take { $count } in
exchange-will-propose = will be proposed
exchange-proposed = proposed
exchange-waiting = proposed already
exchange-propose-why = These words are agreed, so the file’s difference becomes a proposal beside each. What was agreed stays until it is accepted.
exchange-propose = { $proposed ->
    [one] Propose { $proposed } change
   *[other] Propose { $proposed } changes
}
exchange-take-propose = Take { $count } in and propose { $proposed }
exchange-cancel = Cancel
exchange-warnings = { $count ->
    [one] { $count } remark
   *[other] { $count } remarks
}
exchange-line = line { $line }:
exchange-gap = { $count ->
    [one] { $count } line
   *[other] { $count } lines
}
exchange-faults = { $count ->
    [one] { $count } fault in the file. Nothing was taken in.
   *[other] { $count } faults in the file. Nothing was taken in.
}
exchange-no-file = Choose a file, or paste its text.
exchange-no-format = Say which format it is: TBX-Basic, SKOS or CSV.
exchange-not-utf8 = The file is not UTF-8. Save it as UTF-8 and try again.
