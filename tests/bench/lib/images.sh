# shellcheck shell=bash
# Stand-ins of the images that people start from, under their real names. No registry is reached: one Debian base is made with
# debootstrap, the rest by the Dockerfiles in images/. The result is kept in the cache, by the hash of all that goes into it:
#   engine.tar   what the engine has            node.tar   what is on the node, too (the model app, pause)
#   registry/    what the registry has, so that containerd pulls it

CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
BASE=debian:bookworm-slim

# Name, folder of its Dockerfile, arguments. A line's image may be the base of a later one.
IMAGES=(
    "busybox:1.36 busybox VERSION=1.36"
    "busybox:latest busybox VERSION=1.37"
    "localhost/pause:1 pause"
    "todo-backend:latest app SERVICE=todo-backend VERSION=v1 PORT=7860"
    "todo-backend:v2 app SERVICE=todo-backend VERSION=v2 PORT=7860"
    "todo-frontend:latest app SERVICE=todo-frontend VERSION=v1 PORT=3000"
    "todo-frontend:v2 app SERVICE=todo-frontend VERSION=v2 PORT=3000"
    "nginx:1.27 nginx VERSION=1.27"
    "nginx:1.28 nginx VERSION=1.28"
    "nginx:latest nginx VERSION=1.28"
    "python:3.11-slim python"
    "node:20-slim node MAJOR=20"
    "node:22-slim node MAJOR=22"
    "postgres:16 postgres"
)
# No registry of the world has the model app: it is loaded, as `minikube image load` does.
LOADED=(localhost/pause:1 busybox:1.36 todo-backend:latest todo-backend:v2 todo-frontend:latest todo-frontend:v2)

image_names() { printf '%s\n' "${IMAGES[@]}" | cut -d' ' -f1; }

base_tarball() { echo "$BENCH_CACHE/images/base-$(cat "$BENCH/images/base.sh" "$CA_BUNDLE" | sha256sum | cut -c1-12).tar"; }

images_folder() {
    local sum
    sum=$({
        base_tarball
        printf '%s\n' "${IMAGES[@]}" "${LOADED[@]}"
        cd "$BENCH/images" && find . -type f -print0 | sort -z | xargs -0 sha256sum
    } | sha256sum | cut -c1-12)
    echo "$BENCH_CACHE/images/set-$sum"
}

# Makes the set unless the cache has it.
make_images() {
    local folder new
    folder=$(images_folder)
    [[ -d $folder ]] && return
    need_disk 10
    mkdir -p "$BENCH_CACHE/images" "$BENCH_CACHE/log"
    rm -rf -- "$BENCH_CACHE"/images/.making-*
    make_base
    new=$(mktemp -d "$BENCH_CACHE/images/.making-XXXXXX")
    build_images "$new"
    say "keeping the images in the cache"
    # shellcheck disable=SC2046  # names, one a word
    dkr save -o "$new/engine.tar" "$BASE" $(image_names)
    dkr save -o "$new/node.tar" "${LOADED[@]}"
    push_images "$new/registry"
    chmod 755 "$new"
    mv -T -- "$new" "$folder"
    # What was built is there already.
    echo "$folder" >"$RUN/images-in-engine"
    dkr image prune --force >/dev/null
}

make_base() {
    local tarball root log="$BENCH_CACHE/log/base.log"
    tarball=$(base_tarball)
    [[ -f $tarball ]] && return
    say "making the Debian base of the images"
    root=$(mktemp -d "$BENCH_CACHE/images/.making-XXXXXX")
    # A mount namespace of its own: a debootstrap that is killed leaves no mounts.
    unshare --mount --propagation private bash "$BENCH/images/base.sh" "$root/root" "$CA_BUNDLE" >"$log" 2>&1 || {
        offline "$log" && cannot "no network to fetch the Debian base of the images (log: $log)"
        fail_with_log "$log" "the Debian base of the images was not made"
    }
    tar -C "$root/root" --numeric-owner -cf "$root/base.tar" .
    mv -- "$root/base.tar" "$tarball"
    rm -rf -- "$root"
}

build_images() { # WORK_FOLDER
    local line name folder args=() argument log="$BENCH_CACHE/log/images.log" i=0 major
    # An import is another image each time, and nothing that was built on the last one would be used again.
    if [[ $(cat "$RUN/base-in-engine" 2>/dev/null) != "$(base_tarball)" ]]; then
        dkr import --change 'CMD ["bash"]' "$(base_tarball)" "$BASE" >/dev/null
        base_tarball >"$RUN/base-in-engine"
    fi
    : >"$log"
    cp -r "$BENCH/images" "$1/recipes"
    for major in 20 22; do
        npm ci --prefix "$1/recipes/node/$major" --ignore-scripts --no-audit --no-fund >>"$log" 2>&1 || {
            offline "$log" && cannot "no network to fetch node $major from npm (log: $log)"
            fail_with_log "$log" "node $major was not fetched from npm"
        }
    done
    for line in "${IMAGES[@]}"; do
        i=$((i + 1))
        read -r name folder argument <<<"$line"
        args=()
        for argument in $argument; do args+=(--build-arg "$argument"); done
        say "making image $name ($i of ${#IMAGES[@]})"
        # The classic builder needs no plugin; the host's network, no set-up.
        DOCKER_BUILDKIT=0 dkr build --network host -t "$name" "${args[@]}" "$1/recipes/$folder" >>"$log" 2>&1 ||
            fail_with_log "$log" "image $name was not built"
    done
    rm -rf -- "$1/recipes"
}

push_images() { # FOLDER
    local name log="$BENCH_CACHE/log/push.log" remote
    start_registry "$1"
    while read -r name; do
        [[ " ${LOADED[*]} " == *" $name "* && $name != busybox:* ]] && continue
        remote="127.0.0.1:$REGISTRY_PORT/library/$name"
        dkr tag "$name" "$remote"
        dkr push -q "$remote" >"$log" 2>&1 || fail_with_log "$log" "$name was not pushed"
        dkr rmi "$remote" >/dev/null
    done < <(image_names; echo "$BASE")
    stop_daemon registry
}

# From the cache into the engine, the registry and the node.
load_engine_images() {
    local folder
    folder=$(images_folder)
    [[ $(cat "$RUN/images-in-engine" 2>/dev/null) == "$folder" ]] && return
    dkr load -q -i "$folder/engine.tar" >"$RUN/log/load.log" 2>&1 || fail_with_log "$RUN/log/load.log" "the images were not loaded into the engine"
    echo "$folder" >"$RUN/images-in-engine"
}

fill_registry() {
    local folder
    folder=$(images_folder)
    [[ $(cat "$RUN/registry/set" 2>/dev/null) == "$folder" ]] && return
    rm -rf -- "$RUN/registry.new" "$RUN/registry"
    # Blobs are never written to in place: links are as good as copies, and at once.
    cp -al -- "$folder/registry" "$RUN/registry.new" 2>/dev/null ||
        { rm -rf -- "$RUN/registry.new" && cp -a -- "$folder/registry" "$RUN/registry.new"; }
    echo "$folder" >"$RUN/registry.new/set"
    mv -- "$RUN/registry.new" "$RUN/registry"
}

load_node_images() {
    local folder
    folder=$(images_folder)
    [[ $(cat "$RUN/images-on-node" 2>/dev/null) == "$folder" ]] && return
    in_namespace ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io images import "$folder/node.tar" >"$RUN/log/import.log" 2>&1 ||
        fail_with_log "$RUN/log/import.log" "the node's images were not loaded"
    echo "$folder" >"$RUN/images-on-node"
}
