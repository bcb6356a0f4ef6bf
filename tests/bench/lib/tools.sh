# shellcheck shell=bash
# Tools built from Go modules, once, into the cache. Versions and checksums stand in tools/<name>/go.mod and go.sum; the folder in
# the cache is named by tool, version and all that goes into the build, and gets that name only when it is complete.

TOOLS_DIR="$BENCH/tools"
CORE_TOOLS=(kubernetes registry)
ADDON_TOOLS=(coredns local-path-provisioner metrics-server)
OTHER_TOOLS=(buildx helm3 helm4 kubeconform kube-score kwok)

# The version of the module that the first package of a tool is in.
tool_version() {
    awk -v package="$(tool_packages "$1" | head -n 1)/" '
        /=>/ { next }
        { m = $1 == "require" ? $2 : $1; v = $1 == "require" ? $3 : $2 }
        v ~ /^v[0-9]/ && index(package, m "/") == 1 && length(m) > length(best) { best = m; version = v }
        END { print version }' "$TOOLS_DIR/$1/go.mod"
}

tool_packages() {
    awk '$1 == "tool" && $2 != "(" { print $2 } $1 == "tool" && $2 == "(" { on = 1; next } on && $1 == ")" { exit } on { print $1 }' \
        "$TOOLS_DIR/$1/go.mod"
}

# What a build is made of, besides the module: flags for the linker.
tool_ldflags() {
    local version flags="-s -w" package
    version=$(tool_version "$1")
    case $1 in
    kubernetes)
        for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
            flags+=" -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$(cut -d. -f2 <<<"$version")"
            flags+=" -X $package.gitTreeState=clean"
        done
        ;;
    helm3) flags+=" -X helm.sh/helm/v3/internal/version.version=$version" ;;
    helm4) flags+=" -X helm.sh/helm/v4/internal/version.version=$version" ;;
    kwok) flags+=" -X sigs.k8s.io/kwok/pkg/consts.Version=$version" ;;
    kubeconform) flags+=" -X main.version=$version" ;;
    buildx) flags+=" -X github.com/docker/buildx/version.Version=$version" ;;
    esac
    echo "$flags"
}

tool_folder() {
    local sum
    sum=$({ cat "$TOOLS_DIR/$1/go.mod" "$TOOLS_DIR/$1/go.sum"; tool_ldflags "$1"; } | sha256sum | cut -c1-12)
    echo "$BENCH_CACHE/tools/$1-$(tool_version "$1")-$sum"
}

build_tool() { # NAME [POSITION]
    local name=$1 folder log begun temporary packages
    folder=$(tool_folder "$name")
    [[ -d $folder ]] && return 0
    mkdir -p "$BENCH_CACHE/tools" "$BENCH_CACHE/log"
    exec 7>>"$BENCH_CACHE/log/build-$name.lock"
    flock -n 7 || { say "waiting for another build of $name" && flock 7; }
    [[ -d $folder ]] && exec 7>&- && return 0
    need_go "$name"
    need_disk 10
    begun=$(date +%s)
    say "building $name $(tool_version "$name")${2:+ ($2)}"
    log="$BENCH_CACHE/log/build-$name.log"
    # Nobody else builds it now: what is there is half a build of one that was killed.
    temporary="$BENCH_CACHE/tools/.building-$name"
    rm -rf -- "$temporary"
    mkdir "$temporary"
    mapfile -t packages < <(tool_packages "$name")
    if ! (cd "$TOOLS_DIR/$name" &&
        GOWORK=off GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO_ENABLED=0 nice -n 10 \
            go build -buildvcs=false -trimpath -ldflags "$(tool_ldflags "$name")" -o "$temporary/" "${packages[@]}") >"$log" 2>&1; then
        rm -rf -- "$temporary"
        offline "$log" && cannot "no network to fetch the sources of $name (log: $log)"
        fail_with_log "$log" "$name was not built"
    fi
    # The fake nodes' behaviour is data of the module.
    [[ $name != kwok ]] || cp -r "$(cd "$TOOLS_DIR/$name" && GOWORK=off go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage" "$temporary/stage"
    chmod -R u+w,go+rX -- "$temporary"
    mv -T -- "$temporary" "$folder"
    exec 7>&-
    say "built $name in $(($(date +%s) - begun)) s"
}

missing_tools() { # NAME...
    local name
    for name in "$@"; do [[ -d $(tool_folder "$name") ]] || echo "$name"; done
}

build_tools() { # NAME...
    local name missing i=0
    mapfile -t missing < <(missing_tools "$@")
    for name in "${missing[@]}"; do
        i=$((i + 1))
        build_tool "$name" "$i of ${#missing[@]}"
    done
}

# Puts the tools that are built into the bench's own bin folder, under the names people know.
link_tools() {
    local name file folder
    mkdir -p "$RUN/bin" "$RUN/docker-config/cli-plugins"
    for name in "${CORE_TOOLS[@]}" "${ADDON_TOOLS[@]}" "${OTHER_TOOLS[@]}"; do
        folder=$(tool_folder "$name")
        [[ -d $folder ]] || continue
        for file in "$folder"/*; do
            case $name in
            kwok) if [[ -d $file ]]; then ln -sfn "$file" "$RUN/kwok-stages"; else ln -sfn "$file" "$RUN/bin/kwok"; fi ;;
            helm3) ln -sfn "$file" "$RUN/bin/helm3" && ln -sfn "$file" "$RUN/bin/helm" ;;
            helm4) ln -sfn "$file" "$RUN/bin/helm4" ;;
            buildx) ln -sfn "$file" "$RUN/docker-config/cli-plugins/docker-buildx" ;;
            *) ln -sfn "$file" "$RUN/bin/${file##*/}" ;;
            esac
        done
    done
}
