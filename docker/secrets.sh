#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, once: `sh docker/secrets.sh`. What is there is left as it is.
# The folder is closed to others; the files in it are readable, because each container reads them as its own user.
set -eu
cd "$(dirname "$0")/.."
mkdir -p secrets && chmod 700 secrets
fresh() { [ -s "secrets/$1" ] || { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' > "secrets/$1"; }; chmod 444 "secrets/$1"; }
for name in influx-password influx-token postgres-password grafana-password; do fresh $name; done
printf 'postgresql://davy:%s@postgres/davy' "$(cat secrets/postgres-password)" > secrets/records-postgres.new
printf 'sqlite:////var/lib/davy/records.sqlite' > secrets/records-sqlite.new
for name in records-postgres records-sqlite; do chmod 444 secrets/$name.new; mv -f secrets/$name.new secrets/$name; done
echo "secrets/: influx-password influx-token postgres-password grafana-password (keep a copy where backups are kept)"
