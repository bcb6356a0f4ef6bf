# shellcheck shell=bash
# Debian packages, only for what is missing.

# What must be there (a program, or a file by its path) and the package that brings it.
NEEDED=(
    etcd:etcd-server containerd:containerd runc:runc conntrack:conntrack iptables:iptables ip:iproute2 ss:iproute2
    sysctl:procps openssl:openssl curl:curl socat:socat debootstrap:debootstrap dockerd:docker.io docker:docker.io
    /usr/lib/cni/bridge:containernetworking-plugins npm:npm
    /etc/ssl/certs/ca-certificates.crt:ca-certificates nsenter:util-linux setpriv:util-linux strace:strace
)

# Sets POSTGRES_BIN.
find_postgres() {
    local dir
    for dir in /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin; do
        [[ -x $dir/postgres && -x $dir/initdb ]] && POSTGRES_BIN=$dir
        [[ -n ${POSTGRES_BIN:-} ]] && return
    done
    return 1
}

missing_packages() {
    local pair program
    for pair in "${NEEDED[@]}"; do
        program=${pair%%:*}
        if [[ $program == /* ]]; then [[ -e $program ]]; else has "$program"; fi || echo "${pair#*:}"
    done | sort -u
    find_postgres || echo postgresql
}

install_packages() {
    local missing log="$BENCH_CACHE/log/apt.log"
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} == 0 ]] && return
    say "installing Debian packages: ${missing[*]}"
    mkdir -p "$BENCH_CACHE/log"
    : >"$log"
    # Not among what a next `up` kills: dpkg is let finish. No service is started.
    (
        echo "$BASHPID" >"$(cgroup_base)/cgroup.procs"
        export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
        [[ -z $(dpkg --audit) ]] || dpkg --configure -a
        apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2)
        "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
    ) >>"$log" 2>&1 || {
        offline "$log" && cannot "no network to fetch Debian packages: ${missing[*]} (log: $log)"
        fail_with_log "$log" "the packages were not installed: ${missing[*]}"
    }
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} == 0 ]] || fail_with_log "$log" "still missing after their packages were installed: ${missing[*]}"
}
