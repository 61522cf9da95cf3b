-- Texts that were checked and that somebody keeps an eye on: which meanings they used then.
create table requirement (
    project TEXT not null,
    -- Made of the project and the title: checked again, it is the same requirement.
    id TEXT not null,
    title TEXT not null,
    -- Where the text stands; '' when that was not said.
    url TEXT not null,
    -- Of the text, which is not kept.
    sha256 TEXT not null,
    -- The meanings that it used: pins such as outage@3, with a space between them.
    uses TEXT not null,
    findings BIGINT not null,
    checked_by TEXT not null,
    checked_ms BIGINT not null,
    primary key (project, id)
);
