# A second factor that is asked of everybody.
factor-demanded = Everybody here has a second factor. Set yours up now; everything else opens right after.
factor-needs-app = You need an authenticator app on your phone or in your password manager.
factor-password-first = Set a password first: the second factor is asked after it.
factor-demand = Second factor for everybody
factor-demand-why = Who has none is led to set one up after the password, before anything else. Tokens go on working.
factor-demand-file = The settings file demands it; it is changed there.
factor-demand-on = Demand it from everybody
factor-demand-off = Leave it to each person
factor-without = { $count ->
    [0] Everybody who signs in has one.
    [one] { $count } person has none yet.
   *[other] { $count } people have none yet.
}
