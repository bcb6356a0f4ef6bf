//! The cells of all other kinds.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::text::{age, count, items, none, number, or, since, string};

/// All cells but the name.
pub fn cells(kind: &str, object: &Value, now: Timestamp) -> Option<Vec<Value>> {
    let text = |pointer: &str| Value::from(string(object, pointer));
    let flag = |pointer: &str| Value::from(object.pointer(pointer) == Some(&json!(true)));
    let age = age(object, now);
    Some(match kind {
        "Namespace" => vec![text("/status/phase"), age],
        "Node" => node(object, age),
        "ConfigMap" => vec![(count(object, "/data") + count(object, "/binaryData")).into(), age],
        "Secret" => vec![text("/type"), count(object, "/data").into(), age],
        "ServiceAccount" => vec![items(object, "/secrets").len().into(), age],
        "PersistentVolumeClaim" => claim(object, age),
        "PersistentVolume" => volume(object, age),
        "StorageClass" => vec![
            text("/provisioner"),
            or(string(object, "/reclaimPolicy"), "Delete").into(),
            or(string(object, "/volumeBindingMode"), "Immediate").into(),
            flag("/allowVolumeExpansion"),
            age,
        ],
        "RoleBinding" | "ClusterRoleBinding" => binding(object, age),
        "Lease" => vec![text("/spec/holderIdentity"), age],
        "ComponentStatus" => vec!["Healthy".into(), text("/conditions/0/message"), "".into()],
        "ResourceQuota" => {
            let (request, limit) = quota(object);
            vec![request.into(), limit.into(), age]
        }
        "PriorityClass" => vec![
            number(object, "/value").into(),
            flag("/globalDefault"),
            age,
            text("/preemptionPolicy"),
        ],
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => vec![items(object, "/webhooks").len().into(), age],
        "RuntimeClass" => vec![text("/handler"), age],
        "CSINode" => vec![items(object, "/spec/drivers").len().into(), age],
        "VolumeAttachment" => vec![
            text("/spec/attacher"),
            text("/spec/source/persistentVolumeName"),
            text("/spec/nodeName"),
            flag("/status/attached"),
            age,
        ],
        "APIService" => {
            let service = object.pointer("/spec/service").map_or_else(
                || "Local".to_owned(),
                |service| format!("{}/{}", string(service, "/namespace"), string(service, "/name")),
            );
            vec![service.into(), "True".into(), age]
        }
        _ => return None,
    })
}

fn node(object: &Value, age: Value) -> Vec<Value> {
    let ready = items(object, "/status/conditions")
        .iter()
        .find(|condition| condition["type"] == "Ready")
        .map_or(
            "Unknown",
            |condition| if condition["status"] == "True" { "Ready" } else { "NotReady" },
        );
    let cordoned = if object.pointer("/spec/unschedulable") == Some(&json!(true)) {
        ",SchedulingDisabled"
    } else {
        ""
    };
    let mut roles: Vec<&str> = object
        .pointer("/metadata/labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    let address = |kind: &str| {
        let mut addresses = items(object, "/status/addresses").iter();
        none(
            addresses
                .find(|address| address["type"] == kind)
                .map(|address| string(address, "/address"))
                .unwrap_or_default(),
        )
    };
    let info = |field: &str| Value::from(or(string(object, &format!("/status/nodeInfo/{field}")), "<unknown>"));
    vec![
        format!("{ready}{cordoned}").into(),
        none(roles.join(",")).into(),
        age,
        string(object, "/status/nodeInfo/kubeletVersion").into(),
        address("InternalIP").into(),
        address("ExternalIP").into(),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn modes(object: &Value, pointer: &str) -> String {
    let short = |mode: &Value| match mode.as_str() {
        Some("ReadWriteOnce") => "RWO",
        Some("ReadOnlyMany") => "ROX",
        Some("ReadWriteMany") => "RWX",
        Some("ReadWriteOncePod") => "RWOP",
        _ => "",
    };
    items(object, pointer).iter().map(short).collect::<Vec<_>>().join(",")
}

fn claim(object: &Value, age: Value) -> Vec<Value> {
    let volume = string(object, "/spec/volumeName");
    let bound = !volume.is_empty();
    let going = object.pointer("/metadata/deletionTimestamp").is_some();
    vec![
        if going {
            "Terminating".into()
        } else {
            string(object, "/status/phase").into()
        },
        volume.into(),
        if bound {
            string(object, "/status/capacity/storage")
        } else {
            String::new()
        }
        .into(),
        if bound {
            modes(object, "/status/accessModes")
        } else {
            String::new()
        }
        .into(),
        string(object, "/spec/storageClassName").into(),
        or(string(object, "/spec/volumeAttributesClassName"), "<unset>").into(),
        age,
        or(string(object, "/spec/volumeMode"), "<unset>").into(),
    ]
}

fn volume(object: &Value, age: Value) -> Vec<Value> {
    let claim = object
        .pointer("/spec/claimRef")
        .map(|claim| format!("{}/{}", string(claim, "/namespace"), string(claim, "/name")));
    let going = object.pointer("/metadata/deletionTimestamp").is_some();
    vec![
        string(object, "/spec/capacity/storage").into(),
        modes(object, "/spec/accessModes").into(),
        string(object, "/spec/persistentVolumeReclaimPolicy").into(),
        if going {
            "Terminating".into()
        } else {
            string(object, "/status/phase").into()
        },
        claim.unwrap_or_default().into(),
        string(object, "/spec/storageClassName").into(),
        or(string(object, "/spec/volumeAttributesClassName"), "<unset>").into(),
        string(object, "/status/reason").into(),
        age,
        or(string(object, "/spec/volumeMode"), "<unset>").into(),
    ]
}

fn binding(object: &Value, age: Value) -> Vec<Value> {
    let subjects = |kind: &str| {
        let names: Vec<String> = items(object, "/subjects")
            .iter()
            .filter(|subject| subject["kind"] == kind)
            .map(|subject| match string(subject, "/namespace") {
                namespace if kind == "ServiceAccount" => format!("{namespace}/{}", string(subject, "/name")),
                _ => string(subject, "/name"),
            })
            .collect();
        Value::from(names.join(", "))
    };
    vec![
        format!("{}/{}", string(object, "/roleRef/kind"), string(object, "/roleRef/name")).into(),
        age,
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}

/// `pods: 1/3, requests.cpu: 0/1`, and the limits apart.
fn quota(object: &Value) -> (String, String) {
    let mut parts = (Vec::new(), Vec::new());
    let mut hard: Vec<(&String, &Value)> = object
        .pointer("/status/hard")
        .or_else(|| object.pointer("/spec/hard"))
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .collect();
    hard.sort_by_key(|(name, _)| name.as_str());
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (name, hard) in hard {
        let used = object
            .pointer("/status/used")
            .and_then(|used| used.get(name))
            .map_or_else(|| "0".to_owned(), plain);
        let text = format!("{name}: {used}/{}", plain(hard));
        if name.starts_with("limits") {
            parts.1.push(text)
        } else {
            parts.0.push(text)
        }
    }
    (parts.0.join(", "), parts.1.join(", "))
}

/// All cells of an event, which has no name in front; core and `events.k8s.io` have other names for the fields.
pub fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let text = |core: &str, other: &str| or(string(object, core), &string(object, other));
    let seen = |time: String| {
        if time.is_empty() {
            "<unknown>".to_owned()
        } else {
            since(&time, now)
        }
    };
    let first = or(text("/firstTimestamp", "/deprecatedFirstTimestamp"), &string(object, "/eventTime"));
    let mut last = or(text("/lastTimestamp", "/deprecatedLastTimestamp"), &first);
    let mut count = number(object, "/count").max(number(object, "/deprecatedCount"));
    if object.pointer("/series").is_some() {
        last = string(object, "/series/lastObservedTime");
        count = number(object, "/series/count");
    }
    let about = |field: &str| text(&format!("/involvedObject/{field}"), &format!("/regarding/{field}"));
    let component = or(
        text("/source/component", "/deprecatedSource/component"),
        &text("/reportingComponent", "/reportingController"),
    );
    let host = or(
        text("/source/host", "/deprecatedSource/host"),
        &string(object, "/reportingInstance"),
    );
    let source = if host.is_empty() {
        component
    } else {
        format!("{component}, {host}")
    };
    let target = match about("name") {
        name if name.is_empty() => about("kind"),
        name => format!("{}/{name}", about("kind").to_lowercase()),
    };
    vec![
        seen(last).into(),
        string(object, "/type").into(),
        string(object, "/reason").into(),
        target.into(),
        about("fieldPath").into(),
        source.into(),
        text("/message", "/note").trim().into(),
        seen(first).into(),
        count.max(1).into(),
        string(object, "/metadata/name").into(),
    ]
}
