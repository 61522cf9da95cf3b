-- People and what lets them in. Secrets stand here only as hashes.

create table person (
    name TEXT not null primary key,
    display_name TEXT not null,
    -- Argon2id in PHC form; '' when the person signs in by other means only.
    password_hash TEXT not null,
    disabled BIGINT not null,
    created_ms BIGINT not null
);

-- A role in one project, or in all of them when project is ''.
create table grant_role (
    person TEXT not null references person (name),
    project TEXT not null,
    role TEXT not null,
    primary key (person, project)
);

create table token (
    id TEXT not null primary key,
    sha256 TEXT not null unique,
    person TEXT not null references person (name),
    -- At most the person's own role at the time of each request, in this project or ('') in all.
    project TEXT not null,
    role TEXT not null,
    created_ms BIGINT not null,
    -- 0 means never.
    expires_ms BIGINT not null,
    revoked_ms BIGINT not null
);
create index token_by_person on token (person);

create table session (
    id TEXT not null primary key,
    sha256 TEXT not null unique,
    person TEXT not null references person (name),
    created_ms BIGINT not null,
    -- Written at most every few minutes, not with each request.
    seen_ms BIGINT not null
);
create index session_by_person on session (person);

-- The way in while no owner exists; at most one row.
create table sign_in_link (
    sha256 TEXT not null primary key,
    created_ms BIGINT not null,
    expires_ms BIGINT not null
);
