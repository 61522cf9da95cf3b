-- What a request that made something was answered, so that it can be sent again.
create table idempotency (
    person TEXT not null,
    request_key TEXT not null,
    -- SHA-256 over method, path and body: the same key with another request is a mistake.
    request TEXT not null,
    -- The record, as `kind project/id`, and what of it was made.
    subject TEXT not null,
    detail TEXT not null,
    created_ms BIGINT not null,
    primary key (person, request_key)
);
create index idempotency_by_time on idempotency (created_ms);

-- Alerts of monitoring systems by fingerprint, with the incident that they belong to.
create table alert (
    project TEXT not null,
    fingerprint TEXT not null,
    postmortem TEXT not null,
    -- firing or resolved
    state TEXT not null,
    first_ms BIGINT not null,
    last_ms BIGINT not null,
    primary key (project, fingerprint)
);

-- Where chat tools are told. The secret is sealed with a key that is not in the database.
create table webhook (
    id TEXT not null primary key,
    project TEXT not null,
    url TEXT not null,
    secret TEXT not null,
    created_by TEXT not null,
    created_ms BIGINT not null,
    -- 0 while it is told
    disabled_ms BIGINT not null
);
create index webhook_by_project on webhook (project);

-- The queue of what webhooks are told, and the log of what became of it.
create table delivery (
    number BIGINT not null primary key,
    webhook TEXT not null references webhook (id),
    project TEXT not null,
    event TEXT not null,
    body TEXT not null,
    -- What is told once is not told again: unique for each webhook.
    once TEXT not null,
    -- waiting, sent or failed
    state TEXT not null,
    attempts BIGINT not null,
    created_ms BIGINT not null,
    next_ms BIGINT not null,
    done_ms BIGINT not null,
    -- What the last attempt was answered.
    answer TEXT not null,
    constraint delivery_once unique (webhook, once)
);
create index delivery_waiting on delivery (state, next_ms);

-- Addresses of calendar feeds: who holds one reads as that person did when it was made.
create table calendar (
    sha256 TEXT not null primary key,
    person TEXT not null references person (name),
    project TEXT not null,
    created_ms BIGINT not null
);

-- What is searched of evidence that is text.
create table evidence_text (
    sha256 TEXT not null primary key references stored_file (sha256),
    text TEXT not null
);
