#!/bin/sh
# Debian's busybox 1.35 crashes on `wget -T SECONDS`. Here the seconds are counted by `timeout`, for the whole transfer.
seconds='' expected=''
for word in "$@"; do
    shift
    if [ -n "$expected" ]; then
        seconds=$word expected=''
        continue
    fi
    case $word in
    -T | --timeout) expected=seconds ;;
    -[qcS]*T) expected=seconds && set -- "$@" "${word%T}" ;;
    -T*) seconds=${word#-T} ;;
    --timeout=*) seconds=${word#--timeout=} ;;
    *) set -- "$@" "$word" ;;
    esac
done
[ -n "$seconds" ] || exec busybox wget "$@"
timeout "$seconds" busybox wget "$@"
code=$?
if [ "$code" -ge 124 ]; then
    echo "wget: download timed out" >&2
    exit 1
fi
exit "$code"
