# Texts that were checked and are kept an eye on
requirements = Checked requirements
requirements-what = Texts that were checked against this glossary. When a meaning changes that one of them used, it stands first here and on the word’s page, until it is checked again.
requirements-none = No checked text is kept yet.
requirement-one = Checked requirement
requirement-keep = Keep this check
requirement-keep-hint = Kept are the title, a hash of the text and the meanings that it uses today. The text itself is not kept.
requirement-keep-do = Check and keep
requirement-title = Title, such as “Requirement 4.2”; the same title takes the earlier check’s place
requirement-url = Where it stands
requirement-moved = { $count ->
    [one] { $count } meaning has changed since
   *[other] { $count } meanings have changed since
}
requirement-moved-one = changed since
requirement-forget = Forget
requirement-forget-one = Forget “{ $title }”
requirement-no-text = Paste the text to check.
requirement-bad-title = Give it a title of at most 200 characters on one line.
requirement-bad-url = An address begins with https:// or http:// and has at most 500 characters.
