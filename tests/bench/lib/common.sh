# shellcheck shell=bash
# Names, places, addresses and ports of the bench, and how it speaks. Sourced first; the other files use what is set here.
# shellcheck disable=SC2034  # used by the files that are sourced after this one

BENCH_CACHE="${TODO_AGENT_BENCH_CACHE:-${HOME:-/root}/.cache/todo-agent-bench}"
RUN="${TODO_AGENT_BENCH_DIR:-/var/lib/todo-agent-bench}"
BENCH_NAME=$(basename -- "$RUN") # of the lock and of the cgroups
LOCK="/run/lock/$BENCH_NAME"

# Everything is reached under one of these: the API server, the registry and etcd on loopback, what pods must reach on the
# node's address, which belongs to a bridge of the bench.
NODE_NAME=todo-bench
NODE_BRIDGE=todobench-node
NODE_IP=192.168.77.1
POD_BRIDGE=todobench-cni
POD_CIDR=10.217.0.0/16
# Small: for a Service without a name this API server tries every address before it says that the name is missing.
SERVICE_CIDR=10.218.0.0/23
API_SERVICE_IP=10.218.0.1
DNS_IP=10.218.0.10
DOCKER_BRIDGE=todobench-dkr
DOCKER_BRIDGE_CIDR=192.168.78.1/24
DOCKER_POOL=172.29.0.0/16

# Unusual ports, so that a cluster of the user's can run beside the bench.
API_PORT=26443
ETCD_PORT=22379
ETCD_PEER_PORT=22380
CONTROLLER_MANAGER_PORT=27257
SCHEDULER_PORT=27259
KUBELET_PORT=27250
KUBELET_HEALTH_PORT=27248
PROXY_HEALTH_PORT=27256
PROXY_METRICS_PORT=27249
DNS_HEALTH_PORT=27280
METRICS_SERVER_PORT=27443
REGISTRY_PORT=25000
POSTGRES_PORT=25432

CONTAINERD_SOCKET="$RUN/containerd.sock"
DOCKER_SOCKET="$RUN/docker.sock"
KUBECONFIG_FILE="$RUN/kubeconfig"

# The machine is a container's or a virtual one's: names of hosts are never sent through a proxy of its environment.
export NO_PROXY="127.0.0.1,localhost,$NODE_IP,$POD_CIDR,$SERVICE_CIDR${NO_PROXY:+,$NO_PROXY}"
export no_proxy="$NO_PROXY"

STARTED=$(date +%s)

# One line of progress, with the seconds since the start.
say() { printf 'bench: %4ds  %s\n' "$(($(date +%s) - STARTED))" "$*" >&2; }

# Something went wrong here: exit code 1.
fail() {
    printf 'bench: failed: %s\n' "$*" >&2
    exit 1
}

# The bench cannot run on this machine: exit code 2.
cannot() {
    printf 'bench: cannot run here: %s\n' "$*" >&2
    exit 2
}

# The end of the log that matters, its path, then failure.
fail_with_log() { # LOG MESSAGE...
    local log=$1
    shift
    show_log "$log"
    fail "$* (log: $log)"
}

show_log() { # LOG
    [[ -s $1 ]] || return 0
    printf -- '--- last lines of %s\n' "$1" >&2
    tail -n 20 -- "$1" >&2
    printf -- '---\n' >&2
}

# A command that nobody expected to fail is named, never silent.
set -E
trap 'printf "bench: failed: %s line %s: %s\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&2' ERR

# Waits until the command succeeds: wait_for SECONDS COMMAND...
wait_for() {
    local end=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        (($(date +%s) < end)) || return 1
        sleep 0.2
    done
}

has() { command -v "$1" >/dev/null 2>&1; }

kctl() { "$RUN/bin/kubectl" --kubeconfig "$KUBECONFIG_FILE" "$@"; }

dkr() { docker --host "unix://$DOCKER_SOCKET" "$@"; }
