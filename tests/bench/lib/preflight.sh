# shellcheck shell=bash
# Can the bench run on this machine at all? One sentence each, exit code 2.

preflight() {
    [[ $(uname -s) == Linux ]] || cannot "the bench needs Linux, this is $(uname -s)"
    [[ $(uname -m) == x86_64 ]] || cannot "the bench is made for x86_64, this is $(uname -m)"
    [[ $(id -u) == 0 ]] || cannot "the bench needs root: it makes bridges, mounts and containers"
    has apt-get || cannot "the bench takes its parts from Debian's packages, and there is no apt-get"
    [[ $RUN == /* && $RUN != / && ${#RUN} -le 70 ]] || cannot "TODO_AGENT_BENCH_DIR must be an absolute path of at most 70 characters (sockets live in it)"
    need_cgroups
    unshare --mount true 2>/dev/null || cannot "mount namespaces are not permitted (is this an unprivileged container?)"
    need_disk 3
    need_overlay
}

# Do these words of go, apt, debootstrap or npm say that the network is missing?
offline() { # LOG
    grep -qE 'dial tcp|no such host|Temporary failure resolving|(Could not|Unable to) connect|Couldn.t resolve|Failed getting release file|EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED' "$1"
}

need_cgroups() {
    local controller mounts
    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        mounts=$(tr ' ' , </sys/fs/cgroup/cgroup.controllers)
    else
        mounts=$(awk '$3 == "cgroup" { print $4 }' /proc/mounts)
    fi
    for controller in cpu cpuset memory pids; do
        grep -qE "(^|,)$controller(,|$)" <<<"$mounts" || cannot "the cgroup controller \"$controller\" is not mounted below /sys/fs/cgroup"
    done
    [[ -w /sys/fs/cgroup ]] || cannot "/sys/fs/cgroup is read-only"
}

# Layers of images need an overlay on the file system of the run folder.
need_overlay() {
    local dir
    dir=$(mktemp -d "$(dirname "$RUN")/.bench-XXXXXX")
    mkdir "$dir"/{lower,upper,work,merged}
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount sh -c 'cd "$1" && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged' - "$dir" 2>/dev/null || {
        rm -rf -- "$dir"
        cannot "overlay mounts do not work on the file system of $(dirname "$RUN")"
    }
    rm -rf -- "$dir"
}

# Space where the cache and the run folder are, in GB.
need_disk() {
    local dir free
    for dir in "$BENCH_CACHE" "$(dirname "$RUN")"; do
        mkdir -p "$dir"
        free=$(df -Pk -- "$dir" | awk 'NR == 2 { print int($4 / 1048576) }')
        ((free >= $1)) || cannot "$free GB are free at $dir, $1 GB are needed"
    done
}

# Go, as new as the tools that are to be built ask for.
need_go() { # TOOL...
    local tool wanted found
    [[ $# -gt 0 ]] || return 0
    wanted=$(for tool in "$@"; do awk '$1 == "go" { print $2; exit }' "$TOOLS_DIR/$tool/go.mod"; done | sort -V | tail -n 1)
    has go || cannot "Go $wanted or newer is needed on PATH to build the cluster's programs"
    found=$(GOTOOLCHAIN=local go env GOVERSION)
    found=${found#go}
    [[ $(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1) == "$wanted" ]] || cannot "Go $wanted or newer is needed, this is $found"
}

# Networks of the bench must not be routes of the machine already.
need_free_networks() {
    local network device
    for network in "$NODE_IP" "$POD_CIDR" "$SERVICE_CIDR" "${DOCKER_BRIDGE_CIDR%.*}.0/24" "$DOCKER_POOL"; do
        device=$({ ip -4 route show root "$network" && ip -4 route show match "$network"; } | awk '
            $1 != "default" { for (i = 2; i < NF; i++) if ($i == "dev" && $(i + 1) !~ /^todobench-/) { print $(i + 1); exit } }')
        [[ -z $device ]] || cannot "the network $network, which the bench uses, is in use on this machine (device $device)"
    done
}
