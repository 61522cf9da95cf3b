-- Only TEXT, BIGINT and DOUBLE PRECISION: the types that SQLite and PostgreSQL read alike through
-- one driver. Booleans are 0 or 1, times are milliseconds since 1970 UTC, JSON is text.

-- One row. Taking the next number is the first statement of every write: it serialises writers,
-- numbers records and keeps the audit chain straight.
create table counter (
    id BIGINT not null primary key,
    value BIGINT not null,
    -- Made once for each database: an index or a client can tell a restored copy from the original.
    origin TEXT not null
);
insert into counter (id, value, origin) values (1, 0, '');

create table record (
    number BIGINT not null primary key,
    kind TEXT not null,
    project TEXT not null,
    id TEXT not null,
    path TEXT not null,
    text TEXT not null,
    revision BIGINT not null,
    rev BIGINT not null,
    deleted BIGINT not null,
    created_ms BIGINT not null,
    updated_ms BIGINT not null,
    updated_by TEXT not null,
    -- The revision that the last import or export had in the tree; 0 when never.
    tree_revision BIGINT not null,
    constraint record_key unique (kind, project, id)
);
create index record_by_project on record (project, kind);

create table revision (
    record BIGINT not null references record (number),
    revision BIGINT not null,
    rev BIGINT not null,
    text TEXT not null,
    sha256 TEXT not null,
    deleted BIGINT not null,
    author TEXT not null,
    reason TEXT not null,
    at_ms BIGINT not null,
    change BIGINT not null,
    primary key (record, revision)
);
create index revision_by_text on revision (record, sha256);

create table change (
    number BIGINT not null primary key,
    record BIGINT not null references record (number),
    kind TEXT not null,
    project TEXT not null,
    id TEXT not null,
    revision BIGINT not null,
    deleted BIGINT not null,
    at_ms BIGINT not null
);

create table audit (
    number BIGINT not null primary key,
    at_ms BIGINT not null,
    actor TEXT not null,
    via TEXT not null,
    action TEXT not null,
    subject TEXT not null,
    detail TEXT not null,
    previous TEXT not null,
    hash TEXT not null
);

-- Images and evidence: bytes stand in the data folder, named by their SHA-256.
create table stored_file (
    sha256 TEXT not null primary key,
    size_bytes BIGINT not null,
    media_type TEXT not null
);
create table attachment (
    path TEXT not null primary key,
    project TEXT not null,
    sha256 TEXT not null references stored_file (sha256)
);
