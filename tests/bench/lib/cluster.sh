# shellcheck shell=bash
# The control plane: etcd, API server, controller manager, scheduler. All on loopback.

start_control_plane() {
    claim_port etcd 127.0.0.1 "$ETCD_PORT"
    claim_port kube-apiserver 127.0.0.1 "$API_PORT"
    claim_port kube-controller-manager 127.0.0.1 "$CONTROLLER_MANAGER_PORT"
    claim_port kube-scheduler 127.0.0.1 "$SCHEDULER_PORT"
    start_etcd
    write_kubeconfig
    start_apiserver
    start_controllers
}

start_etcd() {
    claim_port etcd 127.0.0.1 "$ETCD_PEER_PORT"
    mkdir -p "$RUN/etcd"
    chmod 700 "$RUN/etcd"
    ensure_daemon etcd etcd --data-dir "$RUN/etcd" --unsafe-no-fsync --log-level warn \
        --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
        --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
        --initial-cluster "default=http://127.0.0.1:$ETCD_PEER_PORT"
    wait_daemon etcd 20 curl -sf "http://127.0.0.1:$ETCD_PORT/health"
}

# Tokens of the bench's own admin and of its parts; the admin's is in the kubeconfig.
write_kubeconfig() {
    [[ -f $RUN/tokens.csv ]] || {
        local admin
        admin=$(random_word)
        printf '%s,todo-bench-admin,todo-bench-admin,"system:masters"\n' "$admin" >"$RUN/tokens.csv.new"
        chmod 600 "$RUN/tokens.csv.new"
        mv -- "$RUN/tokens.csv.new" "$RUN/tokens.csv"
    }
    local file="$KUBECONFIG_FILE.new"
    (umask 077 && cat >"$file") <<EOF
apiVersion: v1
kind: Config
current-context: todo-bench
clusters:
- name: todo-bench
  cluster:
    server: https://127.0.0.1:$API_PORT
    certificate-authority-data: $(base64 -w0 <"$PKI/ca.crt")
contexts:
- name: todo-bench
  context: {cluster: todo-bench, user: todo-bench-admin}
users:
- name: todo-bench-admin
  user: {token: "$(cut -d, -f1 <"$RUN/tokens.csv" | head -n 1)"}
EOF
    mv -- "$file" "$KUBECONFIG_FILE"
}

start_apiserver() {
    ensure_daemon kube-apiserver "$RUN/bin/kube-apiserver" \
        --bind-address=127.0.0.1 --secure-port="$API_PORT" --advertise-address="$NODE_IP" \
        --etcd-servers="http://127.0.0.1:$ETCD_PORT" --watch-cache=true \
        --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" \
        --client-ca-file="$PKI/ca.crt" --token-auth-file="$RUN/tokens.csv" --authorization-mode=Node,RBAC \
        --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
        --kubelet-preferred-address-types=InternalIP \
        --requestheader-client-ca-file="$PKI/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
        --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
        --requestheader-username-headers=X-Remote-User \
        --proxy-client-cert-file="$PKI/front-proxy.crt" --proxy-client-key-file="$PKI/front-proxy.key" \
        --enable-aggregator-routing=true --allow-privileged=true \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$PKI/service-accounts.pub" \
        --service-account-signing-key-file="$PKI/service-accounts.key" \
        --service-cluster-ip-range="$SERVICE_CIDR" --service-node-port-range=30000-32767 \
        --shutdown-delay-duration=0s
    # The readiness of the API server waits for etcd and for all its start hooks.
    wait_daemon kube-apiserver 60 kctl get --raw /readyz
    # Pods reach it through the node's address.
    claim_port api-forward "$NODE_IP" "$API_PORT"
    ensure_daemon api-forward socat "TCP-LISTEN:$API_PORT,bind=$NODE_IP,fork,reuseaddr" "TCP:127.0.0.1:$API_PORT"
}

start_controllers() {
    ensure_daemon kube-controller-manager "$RUN/bin/kube-controller-manager" \
        --kubeconfig="$KUBECONFIG_FILE" --authentication-kubeconfig="$KUBECONFIG_FILE" --authorization-kubeconfig="$KUBECONFIG_FILE" \
        --bind-address=127.0.0.1 --secure-port="$CONTROLLER_MANAGER_PORT" --cert-dir="$RUN/controller-manager" \
        --allocate-node-cidrs=true --cluster-cidr="$POD_CIDR" --service-cluster-ip-range="$SERVICE_CIDR" --leader-elect=false \
        --use-service-account-credentials=true --root-ca-file="$PKI/ca.crt" \
        --service-account-private-key-file="$PKI/service-accounts.key" \
        --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" \
        --flex-volume-plugin-dir="$RUN/volume-plugins" --kube-api-qps=1000 --kube-api-burst=2000 \
        --horizontal-pod-autoscaler-initial-readiness-delay=5s --horizontal-pod-autoscaler-cpu-initialization-period=20s
    ensure_daemon kube-scheduler "$RUN/bin/kube-scheduler" \
        --kubeconfig="$KUBECONFIG_FILE" --authentication-kubeconfig="$KUBECONFIG_FILE" --authorization-kubeconfig="$KUBECONFIG_FILE" \
        --bind-address=127.0.0.1 --secure-port="$SCHEDULER_PORT" --cert-dir="$RUN/scheduler" --leader-elect=false \
        --kube-api-qps=1000 --kube-api-burst=2000
}
