# shellcheck shell=bash
# One `up` or `down` at a time. Who holds the lock stands in the file, by pid and start time; the file itself is locked only
# while that is read and written: children would inherit a longer lock and keep it after their parent was killed.

lock() {
    local pid start
    open_lock
    read -r pid start <"$LOCK" || true
    if [[ -n ${pid:-} && $pid != "$$" && $(start_time "$pid") == "$start" ]]; then
        exec 9>&-
        fail "another up or down is at work (pid $pid); wait for it or stop it"
    fi
    echo "$$ $(start_time $$)" >"$LOCK"
    exec 9>&-
}

# The file is removed by `down`: what was locked must still be what has the name.
open_lock() {
    mkdir -p "$(dirname "$LOCK")"
    while :; do
        exec 9>>"$LOCK"
        flock 9
        [[ $(stat -Lc %i /proc/self/fd/9) == "$(stat -c %i "$LOCK" 2>/dev/null)" ]] && return
    done
}

remove_lock() {
    open_lock
    rm -f -- "$LOCK"
    exec 9>&-
}
