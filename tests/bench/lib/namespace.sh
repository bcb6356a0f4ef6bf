# shellcheck shell=bash
# A mount namespace for the engine, containerd and kubelet. Mounts of containers and volumes exist only in it and are gone with
# it; folders whose places these programs do not let us choose are covered there, so that nothing is written to the machine's.

NAMESPACE="$RUN/ns/mnt"

in_namespace() { nsenter --mount="$NAMESPACE" -- "$@"; }

make_namespace() {
    if [[ -f $RUN/ns.done ]]; then return; fi
    umount -l "$NAMESPACE" "$RUN/ns" 2>/dev/null || true
    mkdir -p "$RUN/ns"
    mount --bind "$RUN/ns" "$RUN/ns"
    mount --make-private "$RUN/ns"
    : >"$NAMESPACE"
    unshare --mount="$NAMESPACE" --propagation slave true
    # Volumes with mount propagation need a shared tree.
    in_namespace mount --make-rshared /
    local dir
    for dir in /var/lib/kubelet /var/lib/cni /var/log/containers /run/netns /run/containerd /run/docker; do
        cover "$dir"
    done
    touch "$RUN/ns.done"
}

# An empty folder in the place of the machine's own, in the namespace only. A folder to cover has to be there: what is made
# for that is written down, and removed by `down`.
cover() {
    make_folder "$1"
    in_namespace mount -t tmpfs -o mode=755 todo-bench "$1"
}

make_folder() {
    [[ -d $1 ]] && return
    make_folder "${1%/*}"
    echo "$1" >>"$RUN/before/folders"
    mkdir "$1"
}

remove_namespace() {
    rm -f -- "$RUN/ns.done"
    umount -l "$NAMESPACE" "$RUN/ns" 2>/dev/null || true
    [[ -f $RUN/before/folders ]] || return 0
    tac "$RUN/before/folders" | while read -r dir; do rmdir "$dir" 2>/dev/null || true; done
}
