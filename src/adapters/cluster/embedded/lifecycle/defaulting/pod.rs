//! Defaults of pods and of what is in them.

use serde_json::{Value, json};

use super::{super::values, fill};

/// The defaults of a pod's spec.
pub(super) fn pod_spec(object: &mut Value, at: &str) {
    let Some(spec) = object.pointer_mut(at).filter(|spec| spec.is_object()) else {
        return;
    };
    fill(
        spec,
        &[],
        &[
            ("restartPolicy", json!("Always")),
            ("terminationGracePeriodSeconds", json!(30)),
            ("dnsPolicy", json!("ClusterFirst")),
            ("securityContext", json!({})),
            ("schedulerName", json!("default-scheduler")),
        ],
    );
    if values::count(spec, "/terminationGracePeriodSeconds") < 0 {
        values::set(spec, &["terminationGracePeriodSeconds"], json!(1));
    }
    let host = spec.get("hostNetwork") == Some(&Value::Bool(true));
    if let Some(account) = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount")).cloned() {
        fill(spec, &[], &[("serviceAccountName", account.clone()), ("serviceAccount", account)]);
    }
    for list in ["initContainers", "containers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            self::container(container, host);
            // In a pod alone, and not in the template of one (`SetDefaults_Pod`).
            if at == "/spec" {
                requested(container);
            }
        }
    }
    for volume in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        self::volume(volume);
    }
}

fn container(container: &mut Value, host: bool) {
    let image = values::text(container, "/image").to_owned();
    let last = image.rsplit('/').next().unwrap_or_default().to_owned();
    let tag = last.split_once(':').map(|(_, tag)| tag);
    let always = !image.contains('@') && tag.is_none_or(|tag| tag == "latest");
    fill(
        container,
        &[],
        &[
            ("resources", json!({})),
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
            ("imagePullPolicy", json!(if always { "Always" } else { "IfNotPresent" })),
        ],
    );
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        fill(port, &[], &[("protocol", json!("TCP"))]);
        if let Some(number) = port.get("containerPort").cloned().filter(|_| host) {
            fill(port, &[], &[("hostPort", number)]);
        }
    }
    resources(container);
    env(container);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe).filter(|probe| probe.is_object()) {
            self::probe(probe);
        }
    }
    for hook in ["/lifecycle/preStop", "/lifecycle/postStart"] {
        if let Some(http) = container.pointer_mut(&format!("{hook}/httpGet")) {
            fill(http, &[], &[("path", json!("/")), ("scheme", json!("HTTP"))]);
        }
    }
}

/// Numbers are written as text.
fn resources(container: &mut Value) {
    for part in ["limits", "requests"] {
        let Some(amounts) = container.pointer_mut(&format!("/resources/{part}")).and_then(Value::as_object_mut) else {
            continue;
        };
        for amount in amounts.values_mut() {
            if let Value::Number(number) = amount {
                *amount = json!(number.to_string());
            }
        }
    }
}

/// What is limited is requested, unless it says otherwise.
fn requested(container: &mut Value) {
    let limits = values::map(container, "/resources/limits").cloned().unwrap_or_default();
    for (resource, limit) in limits {
        fill(container, &["resources", "requests"], &[(resource.as_str(), limit)]);
    }
}

fn env(container: &mut Value) {
    for entry in container.get_mut("env").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = entry.pointer_mut("/valueFrom/fieldRef") {
            fill(field, &[], &[("apiVersion", json!("v1"))]);
        }
        if let Some(field) = entry.pointer_mut("/valueFrom/resourceFieldRef") {
            fill(field, &[], &[("divisor", json!("0"))]);
        }
    }
}

fn probe(probe: &mut Value) {
    fill(
        probe,
        &[],
        &[
            ("timeoutSeconds", json!(1)),
            ("periodSeconds", json!(10)),
            ("successThreshold", json!(1)),
            ("failureThreshold", json!(3)),
        ],
    );
    if let Some(http) = probe.get_mut("httpGet") {
        fill(http, &[], &[("path", json!("/")), ("scheme", json!("HTTP"))]);
    }
    if let Some(grpc) = probe.get_mut("grpc") {
        fill(grpc, &[], &[("service", json!(""))]);
    }
}

fn volume(volume: &mut Value) {
    const MODE: i64 = 420;
    for source in ["configMap", "secret", "projected", "downwardAPI"] {
        if let Some(source) = volume.get_mut(source).filter(|source| source.is_object()) {
            fill(source, &[], &[("defaultMode", json!(MODE))]);
        }
    }
    if let Some(path) = volume.get_mut("hostPath").filter(|path| path.is_object()) {
        fill(path, &[], &[("type", json!(""))]);
    }
    let sources = volume.as_object().map(|fields| fields.len()).unwrap_or_default();
    if sources == 1 {
        fill(volume, &[], &[("emptyDir", json!({}))]);
    }
}
