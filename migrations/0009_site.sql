-- What site administrators decide for everybody, while the service runs.
create table site_setting (
    -- 'second-factor': '1' when everybody must have one.
    name TEXT not null primary key,
    value TEXT not null
);
