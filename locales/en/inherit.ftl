# Starting with the words that the same client agreed on elsewhere
inherit-offer = { $count ->
    [one] The same client has agreed on { $count } word in “{ $project }”. It is not copied: it stays there, and people sign it here anew.
   *[other] The same client has agreed on { $count } words in “{ $project }”. They are not copied: they stay there, and people sign them here anew.
}
inherit-do = { $count ->
    [one] Start with this word
   *[other] Start with these { $count } words
}
edit-section-client-words = The client’s words
edit-project-inherits = Agreed words of these projects are words here, too
edit-project-inherits-hint = Short names of projects of the same client, one a line. Their words are not copied; people sign them here anew.
edit-project-heirs = These projects may take over our words
edit-project-heirs-hint = Short names, one a line. Only needed where more people may read them than may read this project.
