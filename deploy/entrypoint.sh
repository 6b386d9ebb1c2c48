#!/bin/sh
# Hands the secrets that docker-compose.yml mounts as files to the command that follows.
set -eu
folder="${VAST_SECRETS:-/run/secrets}"
for file in "$folder"/neo4j_*; do
    [ -f "$file" ] || continue
    view=$(basename "$file" | cut -d_ -f2- | tr '[:lower:]' '[:upper:]')
    # The file holds user/password, as Neo4j's own image reads it.
    export "VAST_NEO4J_USER_$view=$(cut -d/ -f1 "$file")"
    export "VAST_NEO4J_PASSWORD_$view=$(cut -d/ -f2- "$file")"
done
if [ -f "$folder/postgres" ]; then
    PGPASSWORD=$(cat "$folder/postgres")
    export PGPASSWORD
fi
exec "$@"
