# shellcheck shell=bash
# A PostgreSQL that takes TLS connections only, on the node's address: stands for a hosted database outside the cluster.

start_postgres() {
    local data="$RUN/postgres" user
    find_postgres || fail "PostgreSQL's programs are not there"
    user=$(postgres_user)
    claim_port postgres "$NODE_IP" "$POSTGRES_PORT"
    make_database "$data" "$user"
    # The file of a server that was killed names a pid that may live in another program, or not be collected yet.
    alive postgres || { end_children postgres && rm -f -- "$data/postmaster.pid"; }
    ensure_daemon postgres setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- \
        "$POSTGRES_BIN/postgres" -D "$data" -c listen_addresses="$NODE_IP" -c port="$POSTGRES_PORT" -c unix_socket_directories= \
        -c ssl=on -c ssl_cert_file="$data/server.crt" -c ssl_key_file="$data/server.key" -c fsync=off -c max_connections=200
    wait_daemon postgres 20 postgres_answers
}

# The server refuses to be root.
postgres_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

make_database() { # FOLDER USER
    [[ -f $1/bench-ready ]] && return
    local password log="$RUN/log/initdb.log"
    rm -rf -- "$1"
    password=$(random_word)
    install -d -m 700 -o "$2" "$1"
    (umask 077 && echo "$password" >"$RUN/postgres.password")
    chown "$2" "$RUN/postgres.password"
    setpriv --reuid="$2" --regid="$(id -g "$2")" --clear-groups -- "$POSTGRES_BIN/initdb" -D "$1" -U todo --pwfile="$RUN/postgres.password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$log" 2>&1 || fail_with_log "$log" "the database was not made"
    echo 'hostssl all all 0.0.0.0/0 scram-sha-256' >"$1/pg_hba.conf"
    echo 'CREATE DATABASE todo' | setpriv --reuid="$2" --regid="$(id -g "$2")" --clear-groups -- \
        "$POSTGRES_BIN/postgres" --single -D "$1" postgres >>"$log" 2>&1 || fail_with_log "$log" "the database was not made"
    install -m 600 -o "$2" "$PKI/postgres.key" "$1/server.key"
    install -m 644 -o "$2" "$PKI/postgres.crt" "$1/server.crt"
    (umask 077 && echo "postgresql://todo:$password@$NODE_IP:$POSTGRES_PORT/todo?sslmode=require" >"$RUN/postgres.url")
    touch "$1/bench-ready"
}

# Answers to an SSL request (8 bytes: length, code) with S.
postgres_answers() {
    local answer
    exec 8<>"/dev/tcp/$NODE_IP/$POSTGRES_PORT" || return 1
    printf '\0\0\0\10\4\322\26\57' >&8
    read -r -t 2 -N 1 answer <&8
    exec 8>&-
    [[ $answer == S ]]
}
