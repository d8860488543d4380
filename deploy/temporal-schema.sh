#!/bin/sh
# Brings the schema of Temporal's two databases to the server's version; the password comes in SQL_PASSWORD.
set -eu

schema() {
    database=$1
    folder=$2
    shift 2
    set -- temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database"
    "$@" setup-schema -v 0.0
    "$@" update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
}

schema temporal temporal
schema temporal_visibility visibility
