# shellcheck shell=bash
# Every process of the bench lives below a cgroup of its own (the run folder's name), so that none is lost sight of, whoever its parent was:
#   work      what `up` itself runs (compilers, debootstrap); left-overs of a killed `up` are found here
#   daemons/NAME   what it starts to stay, with its children (containerd's shims)
#   pods, docker   containers (made by runc)

# The hierarchy that is used to find processes: version 1's `pids`, or the one of version 2.
cgroup_base() {
    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        echo /sys/fs/cgroup
    else
        echo /sys/fs/cgroup/pids
    fi
}

# The folder of our tree in each hierarchy.
cgroup_trees() {
    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        echo "/sys/fs/cgroup/$BENCH_NAME"
    else
        awk -v name="$BENCH_NAME" '$3 ~ /^cgroup2?$/ { print $2 "/" name }' /proc/mounts | sort -u
    fi
}

make_cgroups() {
    local tree base
    base=$(cgroup_base)
    while read -r tree; do
        # cpuset hands nothing down to a new folder by itself in version 1.
        mkdir -p "$tree/pods" "$tree/docker"
        if [[ -f $tree/cpuset.cpus && -z $(cat "$tree/cpuset.cpus") ]]; then
            local dir
            for dir in "$tree" "$tree/pods" "$tree/docker"; do
                cat "${tree%/*}/cpuset.cpus" >"$dir/cpuset.cpus"
                cat "${tree%/*}/cpuset.mems" >"$dir/cpuset.mems"
            done
        fi
    done < <(cgroup_trees)
    mkdir -p "$base/$BENCH_NAME/work" "$base/$BENCH_NAME/daemons"
    if [[ -f $base/cgroup.controllers ]]; then
        sed 's/[^ ]*/+&/g' "$base/cgroup.controllers" >"$base/$BENCH_NAME/cgroup.subtree_control" 2>/dev/null || true
    fi
}

join_cgroup() { echo "$BASHPID" >"$(cgroup_base)/$BENCH_NAME/$1/cgroup.procs"; }

# Pids in a part of the tree ("" is all of it), without the caller's own.
cgroup_pids() {
    find "$(cgroup_base)/$BENCH_NAME/$1" -name cgroup.procs -exec cat {} + 2>/dev/null | awk -v self="$$" '$1 != self' | sort -un || true
}

# Kills what is there, and what that forks meanwhile.
kill_cgroup() {
    local pids round
    for round in {1..100}; do
        pids=$(cgroup_pids "$1")
        [[ -n $pids ]] || return 0
        # shellcheck disable=SC2086  # a list of pids
        kill -KILL $pids 2>/dev/null || true
        sleep 0.05
    done
    fail "processes of the bench do not die: $(tr '\n' ' ' <<<"$pids")(round $round)"
}

remove_cgroups() {
    local tree
    while read -r tree; do
        [[ -d $tree ]] || continue
        echo "$BASHPID" >"${tree%/*}/cgroup.procs" 2>/dev/null || true
        find "$tree" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done < <(cgroup_trees)
}
