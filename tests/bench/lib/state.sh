# shellcheck shell=bash
# The run folder: what is up, and what `eval` gets to reach it.

# The daemons of a part, after those of the parts that it stands on.
part_daemons() {
    case $1 in
    docker) echo containerd dockerd ;;
    cluster) echo containerd etcd kube-apiserver api-forward kube-controller-manager kube-scheduler registry kubelet kube-proxy coredns \
        local-path-provisioner metrics-server ;;
    postgres) echo postgres ;;
    esac
}

parts_of() { # all | docker | cluster | postgres
    case $1 in
    all) echo docker cluster postgres tools ;;
    cluster) echo docker cluster ;;
    *) echo "$1" ;;
    esac
}

# Was the part brought up, and do all its daemons run?
part_up() {
    local name
    [[ -e $RUN/part/$1 ]] || return 1
    for name in $(part_daemons "$1"); do alive "$name" || return 1; done
}

# Which daemons of what was asked for do not run, in one line.
dead_daemons() { # all | docker | cluster | postgres
    local part name
    for part in $(parts_of "$1"); do
        for name in $(part_daemons "$part"); do alive "$name" || echo "$name"; done
    done | sort -u | paste -sd " "
}

# Does it answer, too?
part_healthy() {
    part_up "$1" || return 1
    case $1 in
    docker) docker_answers ;;
    cluster) kctl get --raw /readyz && node_ready && dns_answers && metrics_available ;;
    postgres) postgres_answers ;;
    esac >/dev/null 2>&1
}

# A run folder of before a restart of the machine describes nothing that exists; one of which every process was killed holds a
# cluster that was cut off in the middle: objects of its last user, of which some (a node with a foreign podCIDR) end the
# controller manager at its start.
make_run_folder() {
    local boot
    boot=$(cat /proc/sys/kernel/random/boot_id)
    if [[ -e $RUN ]]; then
        [[ -f $RUN/boot || -z $(ls -A "$RUN") ]] || fail "$RUN is not a run folder of the bench; remove it or set TODO_AGENT_BENCH_DIR"
        if [[ $(cat "$RUN/boot" 2>/dev/null) != "$boot" ]]; then
            say "cleaning up after a restart of the machine"
            take_down
        elif [[ -z $(cgroup_pids daemons) && -d $RUN/etcd ]]; then
            say "cleaning up after a bench that was killed"
            take_down
        fi
    fi
    mkdir -p "$RUN"
    echo "$boot" >"$RUN/boot"
    mkdir -p "$RUN"/{pid,log,bin,part,conf,docker-config/cli-plugins}
    chmod 755 "$RUN"
}

# Ends everything and removes it; used by `down`, too.
take_down() {
    kill_cgroup ""
    remove_namespace
    remove_network
    remove_cgroups
    if grep -q " $RUN/" /proc/mounts; then
        fail "something is still mounted below $RUN: $(awk -v r="$RUN/" 'index($2, r) == 1 { print $2 }' /proc/mounts | head -n 3 | tr '\n' ' ')"
    fi
    # The mark of a run folder goes last, so that a `down` that is killed can be repeated.
    [[ -d $RUN ]] || return 0
    find "$RUN" -mindepth 1 -maxdepth 1 ! -name boot -exec rm -rf --one-file-system -- {} +
    rm -rf -- "$RUN"
}

print_environment() {
    exported TODO_AGENT_BENCH "$RUN"
    exported PATH "$RUN/bin:${PATH//"$RUN/bin:"/}"
    if part_up docker; then
        exported DOCKER_HOST "unix://$DOCKER_SOCKET"
        exported DOCKER_CONFIG "$RUN/docker-config"
    fi
    ! part_up cluster || exported KUBECONFIG "$KUBECONFIG_FILE"
    ! part_up postgres || exported TODO_AGENT_BENCH_POSTGRES "$(cat "$RUN/postgres.url")"
}

exported() { printf "export %s='%s'\n" "$1" "${2//\'/\'\\\'\'}"; }
