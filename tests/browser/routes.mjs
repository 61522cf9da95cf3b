// Routes that need no line in `fields.mjs`, and why.

/** Routes whose text comes in by another part of the test. */
export const ELSEWHERE = [
  // Each key of each record, and each field of each form of one.
  ...["projects/{project}", "projects/{project}/concepts/{id}", "projects/{project}/causes/{id}", "projects/{project}/postmortems/{id}"].map(
    (path) => `PUT /api/v1/${path}`,
  ),
  ...["/projects/new", "/p/{project}/edit", "/p/{project}/source"].map((path) => `POST ${path}`),
  ...["words", "causes", "postmortems"].flatMap((records) =>
    ["new", "{id}/edit", "{id}/source", "{id}/delete"].map((path) => `POST /p/{project}/${records}/${path}`),
  ),
  // Forms that anybody may send, before a sign-in.
  "POST /sign-in",
  "POST /sign-in/code",
  "POST /sign-in/{link}",
  "POST /invite/{link}",
];

/** Routes that take numbers, choices, secrets and names of what is there, and show none of it. */
export const WITHOUT_TEXT = [
  "POST /language",
  "POST /sign-out",
  "POST /invite/{link}/accept",
  "POST /settings/password",
  "POST /settings/confirm",
  "POST /settings/second-factor/offer",
  "POST /settings/second-factor",
  "POST /settings/second-factor/codes",
  "POST /settings/second-factor/end",
  "POST /settings/sessions/end",
  "POST /settings/sessions/{id}/end",
  "POST /settings/tokens/{id}/revoke",
  "POST /people/roles",
  "POST /people/disable",
  "POST /people/sessions/end",
  "POST /people/second-factor/end",
  "POST /people/second-factor/demand",
  "POST /people/tokens/{id}/revoke",
  "POST /people/invitations/{id}/withdraw",
  ...["words", "causes", "postmortems"].map((records) => `POST /p/{project}/${records}/{id}/restore`),
  "POST /p/{project}/words/{concept}/sign",
  "POST /p/{project}/postmortems/{id}/severity",
  "POST /p/{project}/postmortems/{id}/outcome",
  "POST /p/{project}/postmortems/{id}/recognised",
  "POST /p/{project}/requirements/{requirement}/forget",
  "POST /stopgaps/feed",
  "POST /stopgaps/feed/end",
  "POST /p/{project}/webhooks/{hook}/test",
  "POST /p/{project}/webhooks/{hook}/remove",
  "POST /p/{project}/webhooks/deliveries/{number}/again",
  "POST /runs/{run}/stop",
  "POST /runs/{run}/undo",
  "POST /runs/{run}/approve",
  "POST /runs/{run}/answer",
  "POST /api/v1/projects/{project}/concepts/{id}/signatures",
  "POST /api/v1/projects/{project}/polls/{poll}/reveal",
  "POST /api/v1/runs/{run}/approve",
  "POST /api/v1/runs/{run}/stop",
  "POST /api/v1/runs/{run}/undo",
];
