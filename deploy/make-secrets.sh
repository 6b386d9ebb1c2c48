#!/bin/sh
# Makes the passwords that docker-compose.yml mounts, once; what is there is kept.
# The folder is closed to others; the files are readable so that each container's own user can.
set -eu
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
chmod 700 "$folder"
make() { # file, text before the password
    [ -s "$folder/$1" ] && return
    printf '%s%s' "$2" "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" > "$folder/$1.partial"
    chmod 444 "$folder/$1.partial"
    mv "$folder/$1.partial" "$folder/$1"
    echo "made $folder/$1"
}
make neo4j_investigation neo4j/
make neo4j_services neo4j/
make neo4j_analysis neo4j/
make postgres ""
