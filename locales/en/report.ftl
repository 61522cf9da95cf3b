# Reports on a project's words.
reports = Reports on words
report-none = None.
report-debt = Vocabulary debt over time
report-debt-hint = At the end of each month: words not agreed yet, agreed words that nobody signed, deprecated words still written, and links without a word, all by today’s words.
report-debt-sum = debt
report-month = month
report-unsettled = not agreed yet
report-nobody = agreed, unsigned
report-deprecated = Deprecated words still written
report-links = links without a word
report-undefined = Undefined words in use
report-undefined-hint = Links that no word answers, and words that three or more records use and no word of the glossary has.
report-linked = linked
report-uses = { $count } × in { $records ->
    [one] { $records } record
   *[other] { $records } records
}
report-times = { $count ->
    [one] used once
   *[other] used { $count } times
}
report-unused = Defined words never used
report-senses = Words with more than one sense in use
report-unsigned = Unsigned words by person
report-signed = signed rev { $rev }
report-line = line { $line }
