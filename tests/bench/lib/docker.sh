# shellcheck shell=bash
# The Docker Engine of the bench. Always one of its own, whatever else runs on the machine: own data, socket and bridge, and no
# packet filter rules of its making (they would flush those of a second engine); ports are published on loopback.

start_dockerd() {
    echo '{}' >"$NODE_CONF/docker.json"
    # `systemctl`-less machines have no one to remove the pid file of an engine that was killed.
    alive dockerd || rm -f -- "$RUN/docker.pid"
    ensure_daemon dockerd nsenter --mount="$NAMESPACE" -- dockerd --config-file "$NODE_CONF/docker.json" \
        --host "unix://$DOCKER_SOCKET" --group root --data-root "$RUN/docker" --exec-root "$RUN/docker-exec" \
        --pidfile "$RUN/docker.pid" --containerd "$CONTAINERD_SOCKET" --bridge "$DOCKER_BRIDGE" \
        --iptables=false --ip6tables=false --ip-masq=false --ip 127.0.0.1 --default-address-pool "base=$DOCKER_POOL,size=24" \
        --cgroup-parent "/$BENCH_NAME/docker" --exec-opt native.cgroupdriver=cgroupfs --oom-score-adjust 0
    wait_daemon dockerd 30 docker_answers
}

# Answers, and has found its containerd (again, when that was started anew).
docker_answers() {
    local answer
    answer=$(curl -sf --unix-socket "$DOCKER_SOCKET" http://docker/info) || return 1
    [[ $answer == *'"ContainerdCommit":{'* && $answer != *'"ContainerdCommit":{"ID":"N/A"'* ]]
}
