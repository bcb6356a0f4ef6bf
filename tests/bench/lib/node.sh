# shellcheck shell=bash
# The node: containerd, kubelet, kube-proxy.

NODE_CONF="$RUN/conf"

start_containerd() {
    mkdir -p "$NODE_CONF/cni" "$NODE_CONF/mirrors/_default"
    # Every registry that an image may name is the bench's own; what it does not have cannot be pulled.
    cat >"$NODE_CONF/mirrors/_default/hosts.toml" <<EOF
server = "http://127.0.0.1:$REGISTRY_PORT"
[host."http://127.0.0.1:$REGISTRY_PORT"]
  capabilities = ["pull", "resolve"]
EOF
    cat >"$NODE_CONF/cni/10-bench.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "todo-bench", "plugins": [
  {"type": "bridge", "bridge": "$POD_BRIDGE", "isDefaultGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$RUN/cni", "ranges": [[{"subnet": "${POD_CIDR%.*.*}.0.0/24"}]]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
    # No CAP_SYS_RESOURCE in some sandboxes of CI: a score that may not be lowered must not be.
    cat >"$NODE_CONF/containerd.toml" <<EOF
version = 2
root = "$RUN/containerd"
state = "$RUN/containerd-state"
oom_score = 0
[grpc]
  address = "$CONTAINERD_SOCKET"
[plugins."io.containerd.internal.v1.opt"]
  path = "$RUN/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$NODE_CONF/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$NODE_CONF/mirrors"
EOF
    ensure_daemon containerd nsenter --mount="$NAMESPACE" -- containerd --config "$NODE_CONF/containerd.toml"
    wait_daemon containerd 20 ctr_ version
}

ctr_() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }

start_kubelet() {
    claim_port kubelet "$NODE_IP" "$KUBELET_PORT"
    claim_port kubelet 127.0.0.1 "$KUBELET_HEALTH_PORT"
    cat >"$NODE_CONF/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
port: $KUBELET_PORT
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
healthzPort: $KUBELET_HEALTH_PORT
tlsCertFile: $PKI/kubelet.crt
tlsPrivateKeyFile: $PKI/kubelet.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
cgroupDriver: cgroupfs
cgroupRoot: /$BENCH_NAME/pods
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: true
clusterDNS: [$DNS_IP]
clusterDomain: cluster.local
resolvConf: $NODE_CONF/resolv.conf
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
makeIPTablesUtilChains: false
podLogsDir: $RUN/pod-logs
volumePluginDir: $RUN/volume-plugins
registerWithTaints: []
nodeStatusUpdateFrequency: 5s
syncFrequency: 10s
maxPods: 200
oomScoreAdj: 0
registryPullQPS: 0
eventRecordQPS: 0
shutdownGracePeriod: 0s
EOF
    # Names outside the cluster are the business of the bench's own DNS.
    echo "nameserver $NODE_IP" >"$NODE_CONF/resolv.conf"
    ensure_daemon kubelet nsenter --mount="$NAMESPACE" -- "$RUN/bin/kubelet" --config="$NODE_CONF/kubelet.yaml" \
        --kubeconfig="$KUBECONFIG_FILE" --root-dir="$RUN/kubelet" --hostname-override="$NODE_NAME" --node-ip="$NODE_IP"
    claim_port kube-proxy 127.0.0.1 "$PROXY_HEALTH_PORT"
    claim_port kube-proxy 127.0.0.1 "$PROXY_METRICS_PORT"
    ensure_daemon kube-proxy "$RUN/bin/kube-proxy" --kubeconfig="$KUBECONFIG_FILE" --hostname-override="$NODE_NAME" \
        --proxy-mode=iptables --cluster-cidr="$POD_CIDR" --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0s \
        --conntrack-tcp-timeout-close-wait=0s --nodeport-addresses="127.0.0.0/8,$NODE_IP/32" \
        --healthz-bind-address="127.0.0.1:$PROXY_HEALTH_PORT" --metrics-bind-address="127.0.0.1:$PROXY_METRICS_PORT"
}

node_ready() { [[ $(kctl get node "$NODE_NAME" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]]; }

wait_node() {
    wait_for 60 node_ready || fail_with_log "$(daemon_log kubelet)" "the node does not become Ready: $(kctl get node "$NODE_NAME" \
        -o 'jsonpath={.status.conditions[?(@.type=="Ready")].message}' 2>&1)"
}
