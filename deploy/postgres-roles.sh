#!/bin/sh
# Runs once, when the cluster is made: roles without more rights than they need, one database for each purpose.
set -eu

psql -v ON_ERROR_STOP=1 -U postgres -d postgres \
    -v owner="$XUNJI_OWNER_PASSWORD" -v app="$XUNJI_APP_PASSWORD" -v temporal="$TEMPORAL_PASSWORD" <<'SQL'
CREATE ROLE xunji_owner LOGIN PASSWORD :'owner';
CREATE ROLE xunji_app LOGIN PASSWORD :'app';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';

CREATE DATABASE xunji OWNER xunji_owner;
ALTER DATABASE xunji SET timezone TO 'UTC';
REVOKE ALL ON DATABASE xunji FROM PUBLIC;
GRANT CONNECT ON DATABASE xunji TO xunji_app;

CREATE DATABASE temporal OWNER temporal;
REVOKE ALL ON DATABASE temporal FROM PUBLIC;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE temporal_visibility FROM PUBLIC;
SQL
