-- Recovery runs as the database knows them. The truth is each run's folder in the data folder,
-- which is there while the database is not; these rows are taken over from it.
create table run (
    id TEXT not null primary key,
    -- '' for a run that belongs to no incident.
    project TEXT not null,
    postmortem TEXT not null,
    action TEXT not null,
    hash TEXT not null,
    environment TEXT not null,
    mode TEXT not null,
    state TEXT not null,
    asked_by TEXT not null,
    asked_ms BIGINT not null,
    -- 0 while it has not.
    started_ms BIGINT not null,
    ended_ms BIGINT not null,
    -- The whole run as JSON, as the API shows it.
    detail TEXT not null,
    -- How much of its journal was taken over: lines, and bytes.
    lines BIGINT not null,
    journal_bytes BIGINT not null
);
create index run_by_postmortem on run (project, postmortem);
create index run_by_action on run (action, mode);
