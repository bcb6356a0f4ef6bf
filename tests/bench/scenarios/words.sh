# Words that sessions use beside todo-agent and kubectl. Read by sh before each command.

# Creates objects of the folder, and waits until their workloads are there: given web backend
given() {
    for name in "$@"; do kubectl apply -f "$OBJECTS/$name.yaml" || return; done
    for name in "$@"; do
        for workload in $(kubectl get -f "$OBJECTS/$name.yaml" -o name | grep -E '^(deployment|statefulset|daemonset)\.'); do
            kubectl rollout status "$workload" --timeout=60s || return
        done
    done
    sleep 1
}

# A field of an object: field deployment/web .spec.replicas
field() { kubectl get "$1" -o "jsonpath={$2}" && echo; }

# All that is in the namespace, whole. What nobody can hold still, metrics, is no object.
everything() {
    kinds=$(kubectl api-resources --verbs=list --namespaced -o name 2>/dev/null | grep -v metrics.k8s.io | paste -sd,)
    kubectl get "$kinds" -o yaml 2>/dev/null
}

# Waits until a field is so: until_is deployment/web .spec.replicas 3
until_is() {
    end=$(($(date +%s) + 30))
    until [ "$(kubectl get "$1" -o "jsonpath={$2}" 2>/dev/null)" = "$3" ]; do
        [ "$(date +%s)" -lt $end ] || { echo "$1 $2 is not $3"; return 1; }
        sleep 0.2
    done
}

# A kubeconfig for a ServiceAccount of this namespace: kubeconfig_of reader > reader
kubeconfig_of() {
    token=$(kubectl create token "$1") || return
    kubectl config view --raw --minify --flatten -o json | sed "s/\"token\": \"[^\"]*\"/\"token\": \"$token\"/"
}

# Stops the API server for so many seconds, when a field is so; for ever without seconds.
# stop_when deployment/web .spec.replicas 3 [SECONDS]
stop_when() {
    {
        until_is "$1" "$2" "$3"
        sleep 0.5
        touch "$STOPPED"
        [ -z "$4" ] || { sleep "$4"; rm "$STOPPED"; }
    } >/dev/null 2>&1 &
}

# Helm on the same cluster as kubectl, for who prepares a session.
helm() { command helm --kubeconfig ../admin -n "$NS" "$@"; }

# The bench's own engine, past what stands before it in a session.
docker() { DOCKER_HOST=$BENCH_ENGINE DOCKER_BUILDKIT=0 command docker "$@"; }

# Takes away what a session made of containers, images, volumes and networks: all of it bears the namespace's name.
clear_engine() {
    docker ps -aq --filter "name=$NS" | xargs -r env DOCKER_HOST="$BENCH_ENGINE" docker rm -f -v
    docker images --format '{{.Repository}}:{{.Tag}}' | grep "$NS" | xargs -r env DOCKER_HOST="$BENCH_ENGINE" docker rmi -f
    docker volume ls -q | grep "$NS" | xargs -r env DOCKER_HOST="$BENCH_ENGINE" docker volume rm
    docker network ls --format '{{.Name}}' | grep "$NS" | xargs -r env DOCKER_HOST="$BENCH_ENGINE" docker network rm
} >/dev/null 2>&1

# Stops the engine, for this session, so many seconds from now: engine_gone_after 0.5
engine_gone_after() { { sleep "$1"; touch "$STOPPED"; } >/dev/null 2>&1 & }

# Stops the engine, for this session, a second after a command succeeded: engine_gone_when runs "sleep 20"
engine_gone_when() {
    {
        left=300
        until "$@" || [ $left -eq 0 ]; do
            left=$((left - 1))
            sleep 0.1
        done
        sleep 1
        touch "$STOPPED"
    } >/dev/null 2>&1 &
}

# A container runs whose name or command has these words.
runs() { docker ps --no-trunc --format '{{.Names}} {{.Command}}' | grep -qF -e "$1"; }

# Forwards a port in the background, and waits until it is open: begin_forward REQUEST…; then $url is where.
begin_forward() {
    todo-agent "$@" >told 2>errors &
    forward=$!
    for _ in $(seq 100); do
        url=$(grep -o 'http://127.0.0.1:[0-9]*' told | head -1)
        [ -z "$url" ] || return 0
        sleep 0.1
    done
    cat told errors
    return 1
}

# Ends it as Ctrl-C does: its exit code, and what it told without what differs.
end_forward() {
    kill -INT $forward
    wait $forward
    echo "exit code $?"
    cat told errors | sed -E 's/127.0.0.1:[0-9]+/127.0.0.1:PORT/; s/: [0-9.]+ k?B sent, [0-9.]+ k?B received/: BYTES/'
}

# A program behind the gate: behind change,destroy kubectl delete pod web-0
behind() {
    allow=$1
    shift
    PATH=${PATH#*:} "$AGENT" gate --allow "$allow" -- "$@"
}

# The same in the background, until it is ended; then $url is where it forwards to: begin_behind run-code kubectl port-forward pod/web-0 :80
begin_behind() {
    (
        allow=$1
        shift
        PATH=${PATH#*:} exec "$AGENT" gate --allow "$allow" -- "$@"
    ) >told 2>errors &
    forward=$!
    for _ in $(seq 100); do
        url=http://$(grep -o '127.0.0.1:[0-9]*' told | head -1)
        [ "$url" = http:// ] || return 0
        sleep 0.1
    done
    cat told errors
    return 1
}

# What kubectl-ai does from now on, where it is on the path: its stand-in, which acts so.
kubectl_ai_does() {
    [ -x "$KUBECTL_AI" ] || { echo "first: cargo build --example kubectl_ai_double"; return 1; }
    mkdir -p ../ai/bin
    printf '%s' "$1" | sed "s/NS/$NS/g" >../ai/bin/acts.json
    ln -sf "$KUBECTL_AI" ../ai/bin/kubectl-ai
    ln -sf "$(PATH=${PATH#*:} command -v kubectl)" ../ai/bin/kubectl
}

# With kubectl-ai and its key.
with_kubectl_ai() { PATH=$(cd ../ai/bin && pwd):$PATH GEMINI_API_KEY=abc-123-key-of-mine "$@"; }

# At a terminal, with this typed at the first question: at_terminal y 'todo-agent "scale web to 3"'. Prints what stands on it then.
at_terminal() {
    rm -f keys screen
    mkfifo keys
    TERM=dumb script -qefc "stty cols 100; $2" /dev/null <keys >screen &
    exec 3>keys
    left=600
    until tail -c 2 screen | grep -q '[]:] $' || [ $left -eq 0 ]; do
        left=$((left - 1))
        sleep 0.1
    done
    printf '%s\n' "$1" >&3
    wait $!
    code=$?
    exec 3>&-
    tr -d '\r' <screen
    return $code
}
