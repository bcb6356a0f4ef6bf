# shellcheck shell=bash
# Bridges, and packet filter rules in chains of our own. kube-proxy and the CNI plugins make chains too: what was there before
# is written down, so that `down` removes exactly what came with the bench.

CHAIN=TODO-BENCH
SYSCTLS=(net.ipv4.ip_forward net.ipv4.conf.all.route_localnet vm.overcommit_memory kernel.panic kernel.panic_on_oops
    net.bridge.bridge-nf-call-iptables net.netfilter.nf_conntrack_max net.netfilter.nf_conntrack_tcp_timeout_established
    net.netfilter.nf_conntrack_tcp_timeout_close_wait)
TABLES=(filter nat mangle)

ipt() { iptables -w 10 "$@"; }

chains() { # TABLE
    ipt -t "$1" -S 2>/dev/null | awk '$1 == "-N" { print $2 }'
}

remember_network() {
    [[ -f $RUN/before/done ]] && return
    mkdir -p "$RUN/before"
    local table name
    for table in "${TABLES[@]}"; do chains "$table" >"$RUN/before/chains-$table"; done
    if grep -q '^KUBE-' "$RUN"/before/chains-*; then
        rm -rf "$RUN/before"
        cannot "another Kubernetes node has its rules (chains KUBE-…) in this machine's packet filter; stop it and remove them first"
    fi
    for name in "${SYSCTLS[@]}"; do
        if sysctl -n "$name" >/dev/null 2>&1; then printf '%s=%s\n' "$name" "$(sysctl -n "$name")"; fi
    done >"$RUN/before/sysctls"
    touch "$RUN/before/done"
}

make_network() {
    remember_network
    bridge "$NODE_BRIDGE" "$NODE_IP/32"
    bridge "$DOCKER_BRIDGE" "$DOCKER_BRIDGE_CIDR"
    sysctl -qw net.ipv4.ip_forward=1
    ensure_chain filter FORWARD
    rule filter -s "$POD_CIDR" -j ACCEPT
    rule filter -d "$POD_CIDR" -j ACCEPT
    rule filter -s "$DOCKER_BRIDGE_CIDR" -j ACCEPT
    rule filter -d "$DOCKER_BRIDGE_CIDR" -j ACCEPT
    rule filter -s "$DOCKER_POOL" -j ACCEPT
    rule filter -d "$DOCKER_POOL" -j ACCEPT
    ensure_chain nat POSTROUTING
    rule nat -s "$POD_CIDR" -d "$POD_CIDR" -j RETURN
    rule nat -s "$POD_CIDR" ! -o "$POD_BRIDGE" -j MASQUERADE
    rule nat -s "$DOCKER_BRIDGE_CIDR" ! -o "$DOCKER_BRIDGE" -j MASQUERADE
    rule nat -s "$DOCKER_POOL" ! -d "$DOCKER_POOL" -j MASQUERADE
}

bridge() { # NAME ADDRESS
    ip link show "$1" >/dev/null 2>&1 || ip link add "$1" type bridge
    ip address replace "$2" dev "$1"
    ip link set "$1" up
}

ensure_chain() { # TABLE HOOK
    ipt -t "$1" -n -L "$CHAIN" >/dev/null 2>&1 || ipt -t "$1" -N "$CHAIN"
    ipt -t "$1" -C "$2" -j "$CHAIN" 2>/dev/null || ipt -t "$1" -I "$2" 1 -j "$CHAIN"
}

rule() { # TABLE RULE...
    local table=$1
    shift
    ipt -t "$table" -C "$CHAIN" "$@" 2>/dev/null || ipt -t "$table" -A "$CHAIN" "$@"
}

remove_network() {
    local name
    for name in "$NODE_BRIDGE" "$DOCKER_BRIDGE" "$POD_BRIDGE" $(engine_bridges); do ip link delete "$name" 2>/dev/null || true; done
    [[ -f $RUN/before/done ]] || return 0
    remove_chains
    local value
    while IFS='=' read -r name value; do
        [[ $(sysctl -n "$name" 2>/dev/null) == "$value" ]] || sysctl -qw "$name=$value" 2>/dev/null || true
    done <"$RUN/before/sysctls"
}

# Bridges of networks that were made in our engine: it names them br-ID and knows the ids.
engine_bridges() {
    local name database="$RUN/docker/network/files/local-kv.db"
    [[ -f $database ]] || return 0
    for name in $(ip -o link show type bridge | awk -F': ' '$2 ~ /^br-[0-9a-f]+$/ { print $2 }'); do
        ! grep -aqF "${name#br-}" "$database" || echo "$name"
    done
}

# Takes out the chains that came with the bench and the rules that jump to them, one transaction a table.
remove_chains() {
    local table ours
    for table in "${TABLES[@]}"; do
        ours=$(chains "$table" | grep -E "^(KUBE-|CNI-|$CHAIN\$)" | grep -vxFf "$RUN/before/chains-$table") || continue
        {
            echo "*$table"
            awk '{ print ":" $1 " - [0:0]" }' <<<"$ours"
            ipt -t "$table" -S | awk -v ours="$ours" '
                BEGIN { split(ours, list, "\n"); for (i in list) mine[list[i]] = 1 }
                $1 == "-A" && !($2 in mine) {
                    for (i = 3; i < NF; i++) if (($i == "-j" || $i == "-g") && $(i + 1) in mine) { sub(/^-A/, "-D"); print; next }
                }'
            awk '{ print "-X " $1 }' <<<"$ours"
            echo COMMIT
        } | iptables-restore -w 10 --noflush
    done
}
