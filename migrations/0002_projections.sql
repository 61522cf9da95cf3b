-- Projections: rows that are made from the record texts and can be made again at any time.

create table project (
    record BIGINT not null references record (number),
    position BIGINT not null,
    id TEXT not null,
    name TEXT not null,
    client TEXT,
    timezone TEXT not null,
    visibility TEXT not null,
    primary key (record, position)
);
create table concept (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    id TEXT not null,
    rev BIGINT not null,
    status TEXT not null,
    subject TEXT,
    owner TEXT,
    primary key (record, position)
);
create table term (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    concept TEXT not null,
    lang TEXT not null,
    text TEXT not null,
    usage TEXT not null,
    primary key (record, position)
);
create table relation (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    concept TEXT not null,
    kind TEXT not null,
    to_project TEXT not null,
    to_concept TEXT not null,
    primary key (record, position)
);
create table signoff (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    concept TEXT not null,
    who TEXT not null,
    rev BIGINT not null,
    at_ms BIGINT not null,
    primary key (record, position)
);
create table cause (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    id TEXT not null,
    title TEXT not null,
    kind TEXT not null,
    component TEXT,
    primary key (record, position)
);
create table temporary_fix (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    cause TEXT not null,
    id TEXT not null,
    summary TEXT not null,
    action TEXT,
    args TEXT not null,
    primary key (record, position)
);
create table permanent_fix (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    cause TEXT not null,
    id TEXT not null,
    summary TEXT not null,
    status TEXT not null,
    owner TEXT,
    due TEXT,
    primary key (record, position)
);
create table postmortem (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    id TEXT not null,
    title TEXT not null,
    lang TEXT,
    kind TEXT not null,
    severity TEXT,
    status TEXT,
    review TEXT not null,
    lead TEXT,
    impact TEXT,
    started_ms BIGINT,
    detected_ms BIGINT,
    acknowledged_ms BIGINT,
    mitigated_ms BIGINT,
    resolved_ms BIGINT,
    primary key (record, position)
);
create table postmortem_cause (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    postmortem TEXT not null,
    cause TEXT not null,
    role TEXT,
    primary key (record, position)
);
create index postmortem_cause_by_cause on postmortem_cause (project, cause);
create table applied (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    postmortem TEXT not null,
    cause TEXT not null,
    fix TEXT not null,
    at_ms BIGINT,
    outcome TEXT,
    expires TEXT not null,
    until TEXT,
    why_none TEXT,
    run TEXT,
    primary key (record, position)
);
create index applied_by_fix on applied (project, cause, fix);
create table event (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    postmortem TEXT not null,
    at_ms BIGINT not null,
    kind TEXT not null,
    by_name TEXT,
    text TEXT not null,
    primary key (record, position)
);
create table action_item (
    record BIGINT not null references record (number),
    position BIGINT not null,
    project TEXT not null,
    postmortem TEXT not null,
    kind TEXT not null,
    summary TEXT not null,
    owner TEXT,
    due TEXT,
    status TEXT not null,
    primary key (record, position)
);
