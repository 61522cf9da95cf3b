-- When a stopgap was taken away again, before its last day; null while it stands.
alter table applied add column ended_ms BIGINT;
