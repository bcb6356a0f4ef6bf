# shellcheck shell=bash
# Ten thousand pods of a namespace, on nodes that kwok pretends. For measurements: source it, then crowd_up FOLDER and, at the end, crowd_down.

crowd_up() {
    local home=$1 stages=() stage n deadline
    for stage in node/fast node/heartbeat-with-lease pod/fast; do stages+=(--config "$TODO_AGENT_BENCH/kwok-stages/$stage"); done
    kwok --kubeconfig "$KUBECONFIG" --manage-all-nodes=false --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake \
        "${stages[@]}" --node-lease-duration-seconds=40 >"$home/kwok.log" 2>&1 &
    crowd_kwok=$!
    for n in $(seq 100); do
        cat <<YAML
---
apiVersion: v1
kind: Node
metadata: {name: kwok-$n, annotations: {kwok.x-k8s.io/node: fake}, labels: {type: kwok}}
spec: {taints: [{key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule}]}
status:
  allocatable: {cpu: "64", memory: 256Gi, pods: "110"}
  capacity: {cpu: "64", memory: 256Gi, pods: "110"}
YAML
    done | kubectl apply -f - >/dev/null
    kubectl create namespace crowd >/dev/null
    for n in $(seq 100); do
        cat <<YAML
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: crowd-$n, namespace: crowd}
spec:
  replicas: 100
  selector: {matchLabels: {app: crowd-$n}}
  template:
    metadata: {labels: {app: crowd-$n}}
    spec:
      nodeSelector: {type: kwok}
      tolerations: [{key: kwok.x-k8s.io/node, operator: Exists}]
      containers: [{name: app, image: busybox}]
YAML
    done | kubectl apply -f - >/dev/null
    deadline=$((SECONDS + 600))
    until [[ $(kubectl -n crowd get pods --field-selector status.phase=Running -o name | wc -l) == 10000 ]]; do
        { [[ $SECONDS -lt $deadline ]] && kill -0 "$crowd_kwok"; } || {
            printf 'the crowd is not there: %s\n' "$(tail -n 3 "$home/kwok.log")" >&2
            return 1
        }
        sleep 5
    done
}

crowd_down() {
    # While there is somebody who ends the pods.
    kubectl delete namespace crowd --ignore-not-found --timeout=300s >/dev/null 2>&1 || true
    kubectl delete nodes -l type=kwok >/dev/null 2>&1 || true
    [[ -z ${crowd_kwok:-} ]] || kill "$crowd_kwok" 2>/dev/null || true
}
