# The page of the API
api = API
api-what = Everything that the pages show and change can be read and written by programs. This page is made from the description itself:
api-token = A program shows who it is with a token:
api-errors = What goes wrong is told as
api-etag = A change names the revision that it changes: the ETag of the answer, sent back as If-Match.
api-operations = Operations
api-needs-token = needs a token
api-parameter = Parameter
api-type = Type
api-meaning = Meaning
api-example = Example
api-required = required
api-body = Body
api-answers = Answers
api-forms = Forms of bodies
api-key = Key
api-may-lack = may be absent
