//! Real kubectl behind the gate with each kind of kubeconfig that a user may have, before a real API server; and a server that goes away
//! in the middle.

use std::{net::SocketAddr, process::Output, sync::atomic::Ordering};

use super::{gate::Place, proxy::Proxy};

#[path = "../../suite/gate/relay.rs"]
mod relay;

/// Kubeconfigs, made of the bench's own.
const CONFIGS: &str = r#"
part() { kubectl config view --raw --minify -o jsonpath="$1"; }
server=$(part '{.clusters[0].cluster.server}')
token=$(part '{.users[0].user.token}')
part '{.clusters[0].cluster.certificate-authority-data}' | base64 -d > ca.crt
cp "$TODO_AGENT_BENCH/pki/kubelet-client.crt" me.crt
cp "$TODO_AGENT_BENCH/pki/kubelet-client.key" me.key
pem() { sed ':a;N;$!ba;s/\n/\\n/g' "$1"; }
credential() { printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{%s}}\n' "$1"; }
credential "\"token\":\"$token\",\"expirationTimestamp\":\"2001-01-01T00:00:00Z\"" > token.json
credential "\"clientCertificateData\":\"$(pem me.crt)\\n\",\"clientKeyData\":\"$(pem me.key)\\n\"" > certificate.json
for kind in token certificate; do
    printf '#!/bin/sh\necho run >> %s/runs\ncat %s/%s.json\n' "$PWD" "$PWD" "$kind" > "by-$kind"
    chmod +x "by-$kind"
done
config() { # NAME CLUSTER USER
    cat > "$1" <<END
apiVersion: v1
kind: Config
current-context: other
clusters:
- {name: bench, cluster: {server: '$server', certificate-authority: ca.crt$2}}
- {name: other, cluster: {server: 'https://127.0.0.1:1'}}
contexts:
- {name: bench, context: {cluster: bench, user: me, namespace: $NS}}
- {name: other, context: {cluster: other, user: me}}
users:
- {name: me, user: {$3}}
END
}
by() { echo "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./by-$1, interactiveMode: Never}"; }
config token '' "token: $token"
config certificate '' 'client-certificate: me.crt, client-key: me.key'
config data '' "client-certificate-data: $(base64 -w0 me.crt), client-key-data: $(base64 -w0 me.key)"
config exec-token '' "$(by token)"
config exec-certificate '' "$(by certificate)"
config proxied ", proxy-url: 'http://$PROXY'" "token: $token"
config proxied-exec ", proxy-url: 'http://$PROXY'" "$(by certificate)"
config named ', tls-server-name: kubernetes.default.svc' "token: $token"
sed '/^clusters:/,/other, cluster:/d; /^users:/,$d' token > first
sed '/^contexts:/,/other, context:/d; /^current/d' token > second
"#;

/// A shell script behind the gate, with this list of kubeconfigs.
fn gated(place: &Place, files: &str, script: &str) -> Output {
    place.home.write("script", script);
    let line =
        format!("KUBECONFIG={files} timeout 60 todo-agent --context bench --allow-remote gate --allow change,run-code -- bash script");
    place.shell(&line).output().unwrap()
}

#[test]
fn each_kind_of_kubeconfig_works_through_the_gate() {
    let place = Place::new("config");
    let (port, through) = relay::proxy();
    place.admin(&format!("PROXY=127.0.0.1:{port}; {CONFIGS}"));
    place.admin("kubectl -n $NS run one --image=busybox --restart=Never --image-pull-policy=IfNotPresent -- sleep 1000000");
    place.admin("kubectl -n $NS wait --for=condition=ready pod/one --timeout=60s");
    // Reads, a watch, a change, and what becomes something else than HTTP.
    let script = "set -e
kubectl get pods -o name
kubectl wait --for=jsonpath='{.status.phase}'=Running pod/one -o name --timeout=20s
kubectl label pod one by=$RANDOM --overwrite -o name
kubectl exec one -- echo hello
KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false kubectl exec one -- echo hello
kubectl config get-contexts -o name";
    for files in [
        "token",
        "certificate",
        "data",
        "exec-token",
        "exec-certificate",
        "proxied",
        "proxied-exec",
        "named",
        "first:missing:second",
    ] {
        let before = through.load(Ordering::Relaxed);
        let told = gated(&place, files, script);
        let out = String::from_utf8_lossy(&told.stdout);
        assert_eq!(
            (told.status.code(), out.as_ref()),
            (Some(0), "pod/one\npod/one\npod/one\nhello\nhello\nbench\n"),
            "{files}: {told:?}"
        );
        let proxied = through.load(Ordering::Relaxed) > before;
        assert_eq!(proxied, files.starts_with("proxied"), "{files}");
    }
    let runs: u32 = place.admin("wc -l < runs").trim().parse().unwrap();
    assert!(runs > 5, "what has run out was not asked for again: {runs}");
}

#[test]
fn a_server_that_goes_away_in_the_middle_and_comes_back_is_told_and_used_again() {
    let place = Place::new("gone");
    place.admin(&format!("PROXY=127.0.0.1:9; {CONFIGS}"));
    place.admin("kubectl -n $NS create configmap settings --from-literal=a=1");
    let server = place.admin("kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'");
    let server: SocketAddr = server.trim().trim_start_matches("https://").parse().unwrap();
    let proxy = Proxy::before(server, place.home.work().join("gone"));
    place.admin(&format!("sed -i 's|https://{server}|https://{}|' token", proxy.address));
    let script = r#"
change() { kubectl patch configmap settings -p "{\"data\":{\"a\":\"$1\"}}" -o name 2>&1; }
change 2
kubectl get configmap settings -w -o name > watched 2>&1 & watch=$!
until [ -s watched ]; do sleep 0.1; done
touch gone; sleep 0.5
timeout 10 tail --pid=$watch -f /dev/null; echo "the watch ended: $?"
kubectl get configmap settings -o name 2>&1
change 3
rm gone; sleep 0.5
kubectl get configmap settings -o jsonpath='{.data.a}{"\n"}'
change 4"#;
    let told = gated(&place, "token", script);
    let silent = format!(
        "Error from server (ServiceUnavailable): the cluster of context \"bench\" does not answer (https://{}: connection refused)",
        proxy.address
    );
    assert_eq!(
        String::from_utf8_lossy(&told.stdout),
        format!("configmap/settings\nthe watch ended: 0\n{silent}\n{silent}\n2\nconfigmap/settings\n"),
        "{told:?}"
    );
    let now = "kubectl -n $NS get configmap settings -o jsonpath='{.data.a}'";
    assert_eq!(place.admin(now), "4");
    // A change that did not reach the server is none.
    let script = "kubectl get configmap settings >/dev/null; touch gone; sleep 0.5; kubectl patch configmap settings -p '{\"data\":{\"a\":\"5\"}}'; rm gone";
    let told = gated(&place, "token", script);
    assert_eq!(String::from_utf8_lossy(&told.stderr), format!("{silent}\n"));
    assert_eq!(place.admin(now), "4");
    place.admin("timeout 60 todo-agent transcript check");
}
