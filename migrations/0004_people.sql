-- What people say about themselves, second factors, services, and invitations.

-- 'person', or 'service': an account that only tokens act for and that never signs in.
alter table person add column kind TEXT not null default 'person';
-- Language of the pages; '' means that the browser decides.
alter table person add column language TEXT not null default '';
-- Languages that the person reads: codes, separated by spaces, best first.
alter table person add column languages TEXT not null default '';
-- Sealed with the key file of the data folder; '' when there is no second factor.
alter table person add column totp_secret TEXT not null default '';
-- The last 30-second step whose code was taken; none up to it is taken again.
alter table person add column totp_step BIGINT not null default 0;

-- Each works once in place of a code. 80 random bits, so that a plain hash keeps them.
create table recovery_code (
    person TEXT not null references person (name),
    sha256 TEXT not null,
    -- 0 while it may be used.
    used_ms BIGINT not null,
    primary key (person, sha256)
);

-- Browser and system, shortened.
alter table session add column device TEXT not null default '';
alter table session add column address TEXT not null default '';
-- When the person last proved with a password or code who sits there.
alter table session add column proved_ms BIGINT not null default 0;

alter table token add column label TEXT not null default '';
-- Written at most every minute; 0 means never used.
alter table token add column used_ms BIGINT not null default 0;

-- Somebody gave the right password and still owes the code. Ends after minutes.
create table sign_in_step (
    sha256 TEXT not null primary key,
    person TEXT not null references person (name),
    tries BIGINT not null,
    expires_ms BIGINT not null
);

-- A one-time link that gives a role to whoever opens it.
create table invitation (
    id TEXT not null primary key,
    sha256 TEXT not null unique,
    -- Whom it is meant for, in the maker's words.
    label TEXT not null,
    -- '' means all projects.
    project TEXT not null,
    role TEXT not null,
    made_by TEXT not null,
    created_ms BIGINT not null,
    expires_ms BIGINT not null,
    -- 0 while it may be used.
    used_ms BIGINT not null,
    used_by TEXT not null,
    withdrawn_ms BIGINT not null
);
