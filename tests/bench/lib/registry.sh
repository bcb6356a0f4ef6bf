# shellcheck shell=bash
# The registry that stands for the world's: containerd asks it for every image that is not on the node.

start_registry() { # FOLDER
    claim_port registry 127.0.0.1 "$REGISTRY_PORT"
    cat >"$NODE_CONF/registry.yaml" <<EOF
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: $1}
  delete: {enabled: true}
http: {addr: "127.0.0.1:$REGISTRY_PORT"}
otel: {traces: {exporter: none}}
EOF
    ensure_daemon registry env OTEL_TRACES_EXPORTER=none "$RUN/bin/registry" serve "$NODE_CONF/registry.yaml"
    wait_daemon registry 20 curl -sf "http://127.0.0.1:$REGISTRY_PORT/v2/"
}
