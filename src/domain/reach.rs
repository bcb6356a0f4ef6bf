//! What containers can reach of the node that they run on: whatever the Pod Security Standards call more than baseline.

use serde_json::{Map, Value};

use super::program::program;

/// A change gives containers more of their node than they had before: its namespaces, files, ports or rights. So does another program
/// in a pod that has them: its containers share volumes, and one may write what another runs.
#[must_use]
pub fn reaches_its_node(before: Option<&Value>, after: Option<&Value>) -> bool {
    let all = |object: Option<&Value>| {
        let mut found = Vec::new();
        if let Some(object) = object {
            reaches(object, "", &mut found);
        }
        found
    };
    let then = all(before);
    all(after).iter().any(|reach| !then.contains(reach))
}

/// What is reached, or that something runs where it is, and what that is.
type Reach = (String, Value);

/// Each with the place where it stands: what one container has is nothing that another may have.
fn reaches(value: &Value, place: &str, found: &mut Vec<Reach>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                reaches(item, &format!("{place}[{}]", named(index, item)), found);
            }
        }
        Value::Object(map) => {
            let known = found.len();
            found.extend(of_one(map).into_iter().map(|reach| (format!("{place} {reach}"), Value::Null)));
            for (key, inner) in map {
                reaches(inner, &format!("{place}.{key}"), found);
            }
            if found.len() > known {
                found.extend(runs(map).map(|program| (format!("{place} runs"), program)));
            }
        }
        _ => {}
    }
}

fn named(index: usize, item: &Value) -> String {
    let name = item.get("name").and_then(Value::as_str);
    name.map_or_else(|| index.to_string(), str::to_owned)
}

/// The program of a pod, by its spec or as a whole: its annotations may say what it reaches as well.
fn runs(map: &Map<String, Value>) -> Option<Value> {
    let spec = map.get("spec").and_then(Value::as_object);
    program(map).or_else(|| spec.and_then(program))
}

fn of_one(map: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["hostNetwork", "hostPID", "hostIPC", "privileged", "hostProcess", "adminAccess"] {
        if map.get(name) == Some(&Value::Bool(true)) {
            found.push(name.to_owned());
        }
    }
    let text = |name: &str, member: &str| map.get(name).and_then(|inner| inner.get(member)).and_then(Value::as_str);
    // Files of the node, in a pod or in a volume of the cluster.
    for name in ["hostPath", "local"] {
        if let Some(path) = text(name, "path") {
            found.push(format!("{name} {path}"));
        }
    }
    if let Some(port) = map.get("hostPort").and_then(Value::as_u64).filter(|port| *port > 0) {
        found.push(format!("hostPort {port}"));
    }
    if let Some(mount) = map.get("procMount").and_then(Value::as_str).filter(|mount| *mount != "Default") {
        found.push(format!("procMount {mount}"));
    }
    for name in ["seccompProfile", "appArmorProfile"] {
        if text(name, "type") == Some("Unconfined") {
            found.push(format!("{name} Unconfined"));
        }
    }
    // Whom the kubelet asks instead of the pod.
    for name in ["httpGet", "tcpSocket"] {
        if let Some(host) = text(name, "host").filter(|host| !host.is_empty()) {
            found.push(format!("{name} {host}"));
        }
    }
    found.extend(capabilities(map));
    found.extend(selinux(map));
    found.extend(sysctls(map));
    found.extend(marks(map));
    found
}

fn capabilities(map: &Map<String, Value>) -> impl Iterator<Item = String> {
    let added = map.get("capabilities").and_then(|capabilities| capabilities.get("add"));
    let added = added.and_then(Value::as_array).into_iter().flatten();
    let beyond = |name: &&Value| !CAPABILITIES.iter().any(|known| *name == known);
    added.filter(beyond).map(|name| format!("capability {name}"))
}

fn selinux(map: &Map<String, Value>) -> Option<String> {
    let options = map.get("seLinuxOptions")?;
    let text = |name: &str| options.get(name).and_then(Value::as_str).unwrap_or_default();
    let usual = LABELS.contains(&text("type")) && text("user").is_empty() && text("role").is_empty();
    (!usual).then(|| format!("seLinuxOptions {options}"))
}

fn sysctls(map: &Map<String, Value>) -> impl Iterator<Item = String> {
    let set = map.get("sysctls").and_then(Value::as_array).into_iter().flatten();
    let beyond = |one: &&Value| !one.get("name").and_then(Value::as_str).is_some_and(|name| SYSCTLS.contains(&name));
    set.filter(beyond).map(|one| format!("sysctl {one}"))
}

/// Labels and annotations that say the same as fields: what a namespace enforces, and profiles as they were written before they were fields.
fn marks(map: &Map<String, Value>) -> impl Iterator<Item = String> {
    let counts = |(name, value): &(&String, &Value)| {
        let unconfined = value.as_str() == Some("unconfined");
        let profile = [
            "container.apparmor.security.beta.kubernetes.io/",
            "seccomp.security.alpha.kubernetes.io/",
            "container.seccomp.security.alpha.kubernetes.io/",
        ];
        name.starts_with("pod-security.kubernetes.io/enforce") || (unconfined && profile.iter().any(|known| name.starts_with(known)))
    };
    map.iter().filter(counts).map(|(name, value)| format!("{name} {value}"))
}

/// Capabilities that are anybody's.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Types of SELinux.
const LABELS: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Settings of the kernel that a pod has for itself.
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(spec: Value) -> Value {
        json!({"spec": spec})
    }

    fn container(more: Value) -> Value {
        let mut container = json!({"name": "c"});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        pod(json!({"containers": [container]}))
    }

    #[test]
    fn whatever_is_more_than_baseline_reaches_the_node() {
        let secured = |more: Value| container(json!({"securityContext": more}));
        for after in [
            pod(json!({"hostNetwork": true})),
            pod(json!({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]})),
            json!({"kind": "PersistentVolume", "spec": {"local": {"path": "/etc"}}}),
            secured(json!({"privileged": true})),
            secured(json!({"capabilities": {"add": ["SYS_ADMIN"]}})),
            secured(json!({"procMount": "Unmasked"})),
            secured(json!({"seccompProfile": {"type": "Unconfined"}})),
            secured(json!({"appArmorProfile": {"type": "Unconfined"}})),
            secured(json!({"seLinuxOptions": {"type": "spc_t"}})),
            secured(json!({"seLinuxOptions": {"user": "u"}})),
            container(json!({"ports": [{"containerPort": 80, "hostPort": 80}]})),
            json!({"kind": "ResourceClaim", "spec": {"devices": {"requests": [{"name": "d", "adminAccess": true}]}}}),
            container(json!({"livenessProbe": {"httpGet": {"host": "10.0.0.1", "port": 80}}})),
            pod(json!({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}})),
            json!({"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}}}),
            json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}),
        ] {
            assert!(reaches_its_node(None, Some(&after)), "{after}");
            assert!(!reaches_its_node(Some(&after), Some(&after)), "{after}");
        }
        for after in [
            secured(json!({"capabilities": {"add": ["CHOWN"], "drop": ["ALL"]}})),
            secured(
                json!({"seccompProfile": {"type": "RuntimeDefault"}, "seLinuxOptions": {"level": "s0:c1", "type": "container_t"}, "procMount": "Default"}),
            ),
            pod(json!({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}})),
            container(json!({"ports": [{"containerPort": 80}], "livenessProbe": {"httpGet": {"port": 80}}})),
            json!({"kind": "ConfigMap", "data": {"local": "x", "privileged": "true"}}),
        ] {
            assert!(!reaches_its_node(None, Some(&after)), "{after}");
        }
    }

    #[test]
    fn another_program_where_the_node_is_reached_is_more() {
        let template = |spec: Value| json!({"kind": "DaemonSet", "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": spec}}});
        let spec = json!({
            "initContainers": [{"name": "fetch", "image": "a:1", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
            "containers": [
                {"name": "c", "image": "a:1", "command": ["/v/run"], "securityContext": {"privileged": true}, "livenessProbe": {"exec": {"command": ["true"]}}},
                {"name": "side", "image": "a:1"},
            ],
            "volumes": [{"name": "v", "configMap": {"name": "script"}}],
        });
        let reaching = template(spec.clone());
        let mut plain = reaching.clone();
        plain["spec"]["template"]["spec"]["containers"][0]["securityContext"] = json!({});
        let mut unconfined = plain.clone();
        unconfined["spec"]["template"]["metadata"]["annotations"] =
            json!({"container.apparmor.security.beta.kubernetes.io/c": "unconfined"});
        let more = json!([{"name": "v", "emptyDir": {}}, {"name": "more", "emptyDir": {}}]);
        for (pointer, value, is_more) in [
            ("containers/0/image", json!("a:2"), true),
            ("containers/1/image", json!("a:2"), true),
            ("containers/1/env", json!([{"name": "A", "value": "1"}]), true),
            ("containers/2", json!({"name": "new", "image": "a:1"}), true),
            ("containers/0/livenessProbe/exec/command", json!(["false"]), true),
            ("initContainers/0/image", json!("a:2"), true),
            ("initContainers/1", json!({"name": "new", "image": "a:1"}), true),
            ("volumes/0/configMap/name", json!("other"), true),
            ("volumes/0/configMap/items", json!([{"key": "other", "path": "run"}]), true),
            ("volumes/0", json!({"name": "v", "image": {"reference": "a:2"}}), true),
            ("volumes", more, true),
            ("serviceAccountName", json!("other"), true),
            ("runtimeClassName", json!("other"), true),
            ("hostAliases", json!([{"ip": "192.0.2.1", "hostnames": ["a.example"]}]), true),
            ("dnsConfig", json!({"nameservers": ["192.0.2.1"]}), true),
            ("shareProcessNamespace", json!(true), true),
            ("securityContext", json!({"runAsUser": 0}), true),
            ("containers/0/resources", json!({"limits": {"cpu": "1"}}), false),
            ("containers/0/livenessProbe/periodSeconds", json!(5), false),
            ("terminationGracePeriodSeconds", json!(5), false),
            ("tolerations", json!([{"operator": "Exists"}]), false),
            ("nodeSelector", json!({"disk": "ssd"}), false),
            ("affinity", json!({"nodeAffinity": {}}), false),
            ("priorityClassName", json!("high"), false),
        ] {
            for (before, is_more) in [(&reaching, is_more), (&unconfined, is_more), (&plain, false)] {
                let mut after = before.clone();
                set(&mut after["spec"]["template"]["spec"], pointer, value.clone());
                assert_ne!(*before, after, "{pointer}");
                assert_eq!(reaches_its_node(Some(before), Some(&after)), is_more, "{pointer} {before}");
            }
        }
        let mut restarted = reaching.clone();
        restarted["spec"]["template"]["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/restartedAt": "now"});
        assert!(!reaches_its_node(Some(&reaching), Some(&restarted)));
        assert!(!reaches_its_node(Some(&reaching), Some(&plain)), "less is no more");
    }

    /// At the end of a list, too.
    fn set(spec: &mut Value, pointer: &str, value: Value) {
        let place = pointer.split('/').fold(spec, |at, key| match at {
            Value::Array(items) => {
                let index: usize = key.parse().unwrap();
                items.resize(items.len().max(index + 1), Value::Null);
                &mut items[index]
            }
            other => &mut other[key],
        });
        *place = value;
    }

    #[test]
    fn what_one_container_has_is_not_what_another_may_have() {
        let one = json!({"name": "a", "securityContext": {"privileged": true}});
        let two = json!({"name": "b", "securityContext": {"privileged": true}});
        let before = pod(json!({"containers": [one]}));
        assert!(reaches_its_node(Some(&before), Some(&pod(json!({"containers": [two]})))));
        assert!(reaches_its_node(Some(&before), Some(&pod(json!({"containers": [one, two]})))));
        assert!(!reaches_its_node(Some(&before), Some(&before)));
    }
}
