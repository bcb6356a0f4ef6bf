# shellcheck shell=bash
# The bench's daemons: started once, known by pid and start time (a pid alone may be someone else's by now), restarted when
# they died or when their command line is another than the one wanted.

# Empty for what is dead but not yet collected by its parent.
start_time() { awk '{ sub(/.*\) /, ""); if ($1 !~ /[ZX]/) print $20 }' "/proc/$1/stat" 2>/dev/null; }

daemon_log() { echo "$RUN/log/$1.log"; }

# Is it running, as this command?
alive() { # NAME [COMMAND...]
    local name=$1 pid start sum
    shift
    [[ -f $RUN/pid/$name ]] || return 1
    read -r pid start sum <"$RUN/pid/$name"
    [[ -n $pid && $(start_time "$pid") == "$start" ]] || return 1
    [[ $# == 0 || $sum == "$(command_sum "$@")" ]]
}

# Of a command and of the bench's configuration files that it names.
command_sum() {
    local word
    for word in "$@"; do
        printf '%s\0' "$word"
        word=${word##*=}
        if [[ $word == "$RUN/conf/"* && -f $word ]]; then cat "$word"; fi
    done | sha256sum | cut -c1-16
}

# Starts COMMAND unless it is running already.
ensure_daemon() { # NAME COMMAND...
    local name=$1
    shift
    alive "$name" "$@" && return 0
    stop_daemon "$name"
    end_children "$name"
    (
        exec </dev/null >>"$(daemon_log "$name")" 2>&1
        join_cgroup "daemons/$name"
        self=$BASHPID # in a substitution it would be that one's
        printf '%s %s %s\n' "$self" "$(start_time "$self")" "$(command_sum "$@")" >"$RUN/pid/$name"
        cd "$RUN" || exit 1
        exec setsid "$@"
    ) &
    disown
    wait_for 20 test -f "$RUN/pid/$name" || fail "$name was not started"
}

# What a daemon that was killed left behind: the engine's port forwarders, the database's servers. Containers live on under their
# shims while containerd is away.
end_children() { # NAME
    mkdir -p "$(cgroup_base)/$BENCH_NAME/daemons/$1"
    [[ $1 == containerd ]] || kill_cgroup "daemons/$1"
}

stop_daemon() { # NAME
    local pid start _
    [[ -f $RUN/pid/$1 ]] || return 0
    read -r pid start _ <"$RUN/pid/$1"
    if [[ -n $pid && $(start_time "$pid") == "$start" ]]; then
        kill -TERM "$pid" 2>/dev/null || true
        wait_for 5 gone "$pid" "$start" || kill -KILL "$pid" 2>/dev/null || true
        wait_for 5 gone "$pid" "$start" || fail "$1 (pid $pid) does not die"
    fi
    rm -f -- "$RUN/pid/$1"
}

gone() { [[ $(start_time "$1") != "$2" ]]; }

# Waits until a daemon answers; fails at once, with its log, when it died meanwhile.
wait_daemon() { # NAME SECONDS COMMAND...
    local name=$1 end=$(($(date +%s) + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        alive "$name" || {
            sleep 0.3
            alive "$name" || fail_with_log "$(daemon_log "$name")" "$name stopped"
        }
        (($(date +%s) < end)) || fail_with_log "$(daemon_log "$name")" "$name does not answer"
        sleep 0.2
    done
}

# A port that we are about to use must be free, unless our own daemon has it.
claim_port() { # DAEMON ADDRESS PORT
    alive "$1" && return 0
    local line
    line=$(ss -Hltnp "sport = :$3" 2>/dev/null | awk -v a="$2" '
        { at = $4; sub(/:[0-9]+$/, "", at); sub(/%.*/, "", at) }
        at == a || at == "0.0.0.0" || at == "*" || at == "[::]" { print; exit }')
    [[ -z $line ]] && return 0
    fail "port $3 on $2, wanted by $1, is in use by $(sed -nE 's/.*users:\(\("([^"]*)",pid=([0-9]+).*/\1 (pid \2)/p' <<<"$line")"
}
