-- From where, as the edge saw it; '' for the terminal and the program itself.
alter table audit add column address TEXT not null default '';
-- What the hash covers: 0 for the fields of the first rows, 1 with the address.
alter table audit add column seal BIGINT not null default 0;
create index audit_by_actor on audit (actor, number);
create index audit_by_time on audit (at_ms, number);
