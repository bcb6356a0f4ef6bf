# shellcheck shell=bash
# What a cluster has besides its own programs: DNS, a default StorageClass, metrics. They run on the host and are announced in
# the cluster by Services without selectors.

# What the cluster is told of an add-on, with this bench's addresses.
announce() { # FILE
    local file="$NODE_CONF/$1" log="$RUN/log/addons.log"
    sed -e "s#@NODE_IP@#$NODE_IP#g; s#@DNS_IP@#$DNS_IP#g; s#@METRICS_PORT@#$METRICS_SERVER_PORT#g; s#@VOLUMES@#$RUN/volumes#g" \
        "$BENCH/manifests/$1" >"$file"
    # Right after its start the API server may not have the namespaces yet.
    wait_for 15 kctl apply -f "$file" || kctl apply -f "$file" >"$log" 2>&1 || fail_with_log "$log" "$1 was not applied"
}

start_dns() {
    announce dns.yaml
    claim_port coredns "$NODE_IP" 53
    claim_port coredns 127.0.0.1 "$DNS_HEALTH_PORT"
    cat >"$NODE_CONF/Corefile" <<EOF
.:53 {
    bind $NODE_IP
    errors
    health 127.0.0.1:$DNS_HEALTH_PORT
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig $KUBECONFIG_FILE todo-bench
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    forward . /etc/resolv.conf
    cache 5
}
EOF
    ensure_daemon coredns "$RUN/bin/coredns" -conf "$NODE_CONF/Corefile"
}

start_storage() {
    announce storage.yaml
    mkdir -p "$RUN/volumes"
    kctl get configmap local-path-config -n local-path-storage -o 'jsonpath={.data.config\.json}' >"$NODE_CONF/local-path.json"
    ensure_daemon local-path-provisioner "$RUN/bin/local-path-provisioner" start --kubeconfig "$KUBECONFIG_FILE" \
        --namespace local-path-storage --service-account-name local-path-provisioner --config "$NODE_CONF/local-path.json" \
        --configmap-name local-path-config --helper-image busybox:1.36 --provisioner-name rancher.io/local-path
}

# It collects every ten seconds: it should find the node the first time.
start_metrics() {
    wait_for 30 kctl get node "$NODE_NAME" || true
    claim_port metrics-server "$NODE_IP" "$METRICS_SERVER_PORT"
    ensure_daemon metrics-server "$RUN/bin/metrics-server" --kubeconfig="$KUBECONFIG_FILE" \
        --authentication-kubeconfig="$KUBECONFIG_FILE" --authorization-kubeconfig="$KUBECONFIG_FILE" \
        --bind-address="$NODE_IP" --secure-port="$METRICS_SERVER_PORT" --tls-cert-file="$PKI/metrics-server.crt" \
        --tls-private-key-file="$PKI/metrics-server.key" --kubelet-certificate-authority="$PKI/ca.crt" \
        --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
        --kubelet-preferred-address-types=InternalIP --kubelet-use-node-status-port --metric-resolution=10s --kubelet-request-timeout=5s
}

dns_answers() { curl -sf "http://127.0.0.1:$DNS_HEALTH_PORT/health"; }

# Told last: the API server looks again only after half a minute when it finds that nobody answers. Figures are there after the
# second collection; the server calls itself ready only when it has those of a pod, too, so that is not waited for.
announce_metrics() {
    wait_daemon metrics-server 60 curl -skf "https://$NODE_IP:$METRICS_SERVER_PORT/livez"
    announce metrics.yaml
    wait_for 60 metrics_available || fail_with_log "$(daemon_log metrics-server)" "the metrics API does not answer"
}

metrics_available() {
    [[ $(kctl get apiservice v1beta1.metrics.k8s.io -o 'jsonpath={.status.conditions[?(@.type=="Available")].status}') == True ]]
}
