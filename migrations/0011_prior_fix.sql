-- How long it took, in an open incident, from the first search to an opened prior fix: one number
-- for an incident, without a person and without what was searched for.
create table prior_fix (
    project TEXT not null,
    postmortem TEXT not null,
    seconds BIGINT not null,
    noted_ms BIGINT not null,
    primary key (project, postmortem)
);
