-- How people come to one meaning: blind polls, and proposals beside what is agreed.

create table poll (
    project TEXT not null,
    id TEXT not null,
    -- 'definition', 'colours' or 'cases'
    kind TEXT not null,
    word TEXT not null,
    lang TEXT not null,
    -- The concept that it is about; '' while there is none.
    concept TEXT not null,
    question TEXT not null,
    -- JSON: borderline cases to answer; [] for other kinds.
    cases TEXT not null,
    made_by TEXT not null,
    created_ms BIGINT not null,
    -- When it reveals itself; 0 means that a lead does.
    reveal_at_ms BIGINT not null,
    -- 0 until then.
    revealed_ms BIGINT not null,
    revealed_by TEXT not null,
    primary key (project, id)
);

-- Until the reveal a row says nothing: who is a keyed hash, and the answer is sealed with a key
-- that is not in the database. No time is kept.
create table poll_answer (
    project TEXT not null,
    poll TEXT not null,
    who TEXT not null,
    -- Sealed until the reveal, then JSON.
    body TEXT not null,
    -- '' until the reveal.
    person TEXT not null,
    opened BIGINT not null,
    -- Given after the reveal.
    late BIGINT not null,
    primary key (project, poll, who)
);

create table proposal (
    project TEXT not null,
    id TEXT not null,
    concept TEXT not null,
    -- The revision of the concept that it changes.
    base BIGINT not null,
    -- The whole text that is proposed.
    text TEXT not null,
    reason TEXT not null,
    made_by TEXT not null,
    created_ms BIGINT not null,
    -- 'open', 'accepted', 'rejected' or 'withdrawn'
    state TEXT not null,
    decided_by TEXT not null,
    decided_ms BIGINT not null,
    decision TEXT not null,
    primary key (project, id)
);
create index proposal_by_concept on proposal (project, concept);
