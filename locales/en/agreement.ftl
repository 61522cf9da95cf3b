# Kickoff, blind polls, proposals, signatures, the annex.

polls = Blind polls
polls-why = Everybody says what a word means to them before anybody hears another. Then all answers are opened at once.
polls-none = No poll yet.
polls-open = Waiting for answers
polls-revealed = Revealed
poll = Blind poll
poll-open = Ask everybody
poll-word = Word
poll-word-lang = Language of the word
poll-kind = What is asked
poll-kind-definition = A definition
poll-kind-definition-hint = Each writes what the word means, in their own language.
poll-kind-colours = Colours
poll-kind-colours-hint = Each picks the colours that the word means to them.
poll-kind-cases = Borderline cases
poll-kind-cases-hint = Each says whether the word covers a case.
poll-kind-missing = Choose what is asked.
poll-cases = Borderline cases
poll-cases-hint = One a line, at most { $count }. Only for the third kind.
poll-question = Question
poll-concept = Word of the glossary
poll-concept-hint = Where the word stands in the glossary already.
poll-reveal-at = Reveal at ({ $zone })
poll-reveal-at-hint = Empty: a lead reveals.
poll-reveal-at-wrong = The time of the reveal cannot be read.
poll-made-by = Asked by { $who }
poll-answers = { $count ->
    [one] { $count } answer
   *[other] { $count } answers
}
poll-blind = Blind
poll-blind-why = Until the reveal nobody sees an answer, nor who has answered: not the lead, not the owner, and not you your own. Only the number is shown.
poll-revealed = Revealed
poll-reveals-itself = Reveals itself
poll-yours-is-in = Your answer is in. Another one takes its place.
poll-yours-stands = Your answer stands among these.
poll-answer = Your answer
poll-answer-again = Answer anew
poll-answer-lang = Language of your answer
poll-answer-text = What does “{ $word }” mean to you?
poll-answer-send = Send, sealed
poll-answer-late = You have not answered. Answer before you read the others.
poll-answer-definition = Write a definition of at most 2,000 characters.
poll-answer-colours = Choose one to five colours.
poll-answer-cases = Answer every case.
poll-sign-in = Sign in to answer
poll-yes = Yes
poll-no = No
poll-unsure = Cannot tell
poll-colour-first = The most typical colour
poll-colour-more = Colour { $number }
poll-colour-with = also this one
poll-reveal = Reveal
poll-reveal-why = Opens all answers at once, for everybody. It cannot be taken back.
poll-divergence = How far apart
poll-unopened = { $count ->
    [one] One answer does
   *[other] { $count } answers do
} not open with this data folder’s key.
poll-figure-none = Fewer than two answers: nothing to compare.
poll-figure-colours = ΔE00 { $mean } on average, { $largest } at most
poll-figure-colours-why = CIEDE2000 over all pairs of answers. About 1 is just noticeable side by side, 10 is another shade, above 30 most people say another colour.
poll-figure-kappa = Fleiss’ kappa { $kappa }
poll-figure-kappa-none = Everybody gave the same verdict everywhere.
poll-figure-kappa-why = Agreement beyond chance on these cases: 1 is full agreement, 0 is what chance gives, below 0 is less than chance. With few cases it moves a lot; look at each case.
poll-figure-texts = Shared words { $concepts } · shared letters { $bigrams }
poll-figure-texts-why = Overlap of the glossary’s words that the texts name (Jaccard, across languages), and of neighbouring letters within one language (Dice). It compares wording, not meaning: read the answers.
poll-case = Case
poll-agreement = Agreeing pairs
poll-all-answers = The answers
poll-show-names = Show names
poll-hide-names = Hide names
poll-group = Group { $number } · { $count ->
    [one] { $count } answer
   *[other] { $count } answers
}
poll-late = After the reveal
poll-late-why = Given when the others could be seen: kept out of the figure and the groups.
poll-take = Start from this wording
poll-define = Write the definition
poll-define-why = The chosen words become the definition, and the cases its examples and its limits.
poll-define-agreed = The word is agreed: what you write becomes a proposal, and the old meaning stays until a lead accepts it.
poll-define-id = Id of the word
poll-define-id-hint = a-z, 0-9 and -, such as premium-color
poll-define-colours = Colours
poll-define-save = Put it before the others
poll-define-reason = From the blind poll on “{ $word }”
poll-define-stale = Somebody else has just written this word. Open the page again.
poll-leave-out = Leave out
poll-colour-main = Main colour
poll-colour-accent = Also meant
poll-source-hint = Where the meaning comes from: a contract clause, a meeting, a dictionary.

agree-sign = I agree: sign rev { $rev }
agree-signed = You have signed rev { $rev }.
agree-stale = The meaning has changed. Still to sign rev { $rev }: { $names }
agree-cited = What still names a meaning other than rev { $rev }
agree-waiting = { $count ->
    [one] { $count } proposed change waits
   *[other] { $count } proposed changes wait
}
agree-propose = Propose a change
agree-propose-why = The standing meaning stays until a lead accepts the change.
agree-propose-instead = This word is agreed, and only a lead changes what it means. What you typed is kept here: say why, and propose it.
agree-lines = One a line.
agree-same = A typing error: the words change, the meaning does not, and signatures stay.
agree-same-badge = Same meaning
agree-moves = Signatures become stale
agree-step = Next step
agree-reason = Reason
agree-reason-hint = Needed for the steps with *.
agree-to-draft = Back to draft
agree-to-proposed = Propose
agree-to-disputed = Object
agree-to-agreed = Agree
agree-to-retired = Retire
agree-accept = Accept what is ticked
agree-reject = Reject what is ticked
agree-withdraw = Withdraw what is ticked
agree-accepted = Accepted
agree-rejected = Rejected
agree-withdrawn = Withdrawn
agree-none-ticked = Nothing is ticked.
agree-count = { $count ->
    [one] { $count } signature
   *[other] { $count } signatures
}
proposals = Proposals
proposals-changes = Proposed changes
proposals-none = No change waits.
proposals-reason-hint = Needed to reject. One reason for everything that is ticked.
proposals-words = Words to be agreed
proposals-words-none = Every word is agreed.
proposals-decided = Decided

rejected = What this word has cost
rejected-none = No rejected deliverable is recorded against this word.
rejected-cost = { $sum } · { $count ->
    [one] { $count } rejected deliverable
   *[other] { $count } rejected deliverables
}
rejected-record = Record a rejected deliverable
rejected-what = What was rejected
rejected-at = Day
rejected-sum = Cost
rejected-currency = Currency
rejected-why = What was meant, and what was made
rejected-url = Address

annex = Annex of agreed words
annex-why = The hash is of the canonical text: the same words always give the same text. Signatures are not part of it.
annex-check = Is this hash of these words?
annex-check-button = Compare
annex-same = Yes: the words are what this hash was made of.
annex-differs = No: the words differ from those that this hash was made of.
annex-signatures = Signatures
annex-name = Name
annex-signed = Signed here
annex-signature = Signature
annex-date = Date

kickoff = Kickoff
kickoff-why = Paste the client’s brief. Out comes the agenda: the words that will hurt, the most urgent first.
kickoff-text = Brief (Markdown or text)
kickoff-file = or a file
kickoff-run = Make the agenda
kickoff-agenda = Agenda
kickoff-nothing = No word of this brief needs a talk.
kickoff-too-long = The brief is too long: at most 256 KiB.
kickoff-not-text = The file is not text in UTF-8.
kickoff-empty = Paste a brief or choose a file.
kickoff-vague = Vague
kickoff-undefined = Not defined
kickoff-homograph = Means something else elsewhere
kickoff-deprecated = Do not use
kickoff-false-friend = False friend
kickoff-unsettled = Not agreed
kickoff-times = { $count ->
    [one] once
   *[other] { $count } times
}
kickoff-line = line { $line }
kickoff-poll = Ask everybody
kickoff-draft = Write a draft
kickoff-write = Write “{ $word }”
kickoff-ask-meaning = What does “{ $word }” mean here? One example, and one that is not.
kickoff-more = Beyond these, { $count } more words were left out.

inherited = Inherited
inherited-from = Inherited from { $project }
inherited-why = An agreed word of the same client. Its meaning is kept there; each project signs it anew.
inherited-here = Signed for this project
inherited-there = Signed in { $project }
inherited-sign = Sign rev { $rev } for this project
homographs-between = Words that mean something else here
homographs-between-why = You may know them from another project.
word-signed = Signed by { $names }
moved-here = You come from { $project }, where this word means something else.
