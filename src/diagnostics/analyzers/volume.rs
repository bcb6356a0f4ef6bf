//! A volume claim has no volume, or is not there at all.

use serde_json::Value;

use super::{Analyzer, probe::last_seen, schedule::speaks_of_volumes};
use crate::diagnostics::{
    catalog::VOLUME,
    fields::{condition, name, namespace, terminating, text, time},
    gather::claims_of,
    judge::Found,
    snapshot::Snapshot,
    words::clean,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["PersistentVolumeClaim", "StorageClass", "Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

/// Seconds in which a provisioner usually makes a volume.
const USUAL: i64 = 15;
/// Seconds after which waiting for a provisioner is given up.
const SETTLED: i64 = 60;

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    let claims = snapshot.all("PersistentVolumeClaim").iter().filter(|claim| !terminating(claim));
    let mut found: Vec<Found> = claims.filter_map(|claim| judge_claim(snapshot, claim)).collect();
    if snapshot.saw("PersistentVolumeClaim") {
        found.extend(snapshot.live_pods().flat_map(|pod| absent_claims(snapshot, pod)));
    }
    found
}

/// Claims that a waiting pod mounts and nobody made.
fn absent_claims(snapshot: &Snapshot, pod: &Value) -> Vec<Found> {
    if text(pod, "/status/phase") != Some("Pending") {
        return Vec::new();
    }
    let is_there = |wanted: &str| {
        snapshot
            .all("PersistentVolumeClaim")
            .iter()
            .any(|claim| name(claim) == wanted && namespace(claim) == namespace(pod))
    };
    let absent = claims_of(pod).filter(|claim| !is_there(claim));
    let tell = |claim: &str| {
        Found::new(VOLUME, snapshot, "Pod", pod, &format!("volume claim {claim} does not exist"))
            .lasting(true)
            .hint("create the PersistentVolumeClaim in the same namespace, or correct the name")
    };
    absent.map(tell).collect()
}

/// Why a claim is not bound.
struct Why {
    words: String,
    hint: String,
    lasting: bool,
    warning: bool,
}

impl Why {
    fn new(words: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            hint: hint.into(),
            lasting: true,
            warning: false,
        }
    }
}

fn judge_claim(snapshot: &Snapshot, claim: &Value) -> Option<Found> {
    let phase = text(claim, "/status/phase").unwrap_or("Pending");
    if phase == "Bound" {
        return None;
    }
    let users: Vec<&Value> = snapshot
        .live_pods()
        .filter(|pod| namespace(pod) == namespace(claim) && claims_of(pod).any(|mounted| mounted == name(claim)))
        .collect();
    let why = if phase == "Lost" {
        Why::new(
            "its volume was deleted: the data is gone",
            "delete the claim and make it anew, or restore the volume",
        )
    } else {
        why_pending(snapshot, claim, &users)?
    };
    let mut found = Found::new(
        VOLUME,
        snapshot,
        "PersistentVolumeClaim",
        claim,
        &format!("not bound: {}", why.words),
    )
    .lasting(why.lasting)
    .hint(why.hint);
    if why.warning {
        found = found.warning();
    }
    if let Some(event) = failed_provisioning(snapshot, claim) {
        found = found.evidence(text(event, "/message").unwrap_or_default());
    }
    let workload = users.first().and_then(|pod| snapshot.workload_of(pod));
    Some(found.workload(workload))
}

fn why_pending(snapshot: &Snapshot, claim: &Value, users: &[&Value]) -> Option<Why> {
    let classes = snapshot.all("StorageClass");
    let names: Vec<String> = classes.iter().map(|class| clean(name(class))).collect();
    let known = if names.is_empty() {
        "the cluster has no storage class".to_owned()
    } else {
        format!("storage classes here: {}", names.join(", "))
    };
    match text(claim, "/spec/storageClassName") {
        Some("") => Some(Why::new(
            "it asks for an existing volume, and none fits",
            "make a PersistentVolume that fits, or name a storage class",
        )),
        None if !snapshot.saw("StorageClass") => Some(Why::new("no volume fits", "name a storage class")),
        None if classes.iter().any(is_default) => by_class(snapshot, claim, users, classes.iter().find(|class| is_default(class))?),
        None => Some(Why::new("it names no storage class, and there is no default one", known)),
        Some(wanted) => match classes.iter().find(|class| name(class) == wanted) {
            Some(class) => by_class(snapshot, claim, users, class),
            None if !snapshot.saw("StorageClass") => Some(Why::new(
                format!("no volume of class {wanted} came"),
                "see `kubectl get storageclass`",
            )),
            None => Some(Why::new(format!("storage class {wanted} does not exist"), known)),
        },
    }
}

fn is_default(class: &Value) -> bool {
    text(class, "/metadata/annotations/storageclass.kubernetes.io~1is-default-class") == Some("true")
}

fn by_class(snapshot: &Snapshot, claim: &Value, users: &[&Value], class: &Value) -> Option<Why> {
    let provisioner = clean(text(class, "/provisioner").unwrap_or_default());
    let age = time(claim, "/metadata/creationTimestamp").map_or(i64::MAX, |then| snapshot.now.duration_since(then).as_secs());
    let no_volume = users.iter().any(|pod| {
        let message = condition(pod, "PodScheduled").and_then(|c| text(c, "/message")).unwrap_or_default();
        speaks_of_volumes(message) && message.contains("to bind")
    });
    if text(class, "/volumeBindingMode") == Some("WaitForFirstConsumer")
        && text(claim, "/metadata/annotations/volume.kubernetes.io~1selected-node").is_none()
    {
        return match users {
            [] => Some(Why {
                lasting: false,
                warning: true,
                ..Why::new(
                    "it waits for the first pod that uses it",
                    "nothing is wrong if no pod shall use it yet",
                )
            }),
            _ if no_volume => Some(Why::new(
                "no free volume fits",
                "make a PersistentVolume that fits, or name another storage class",
            )),
            // The pod waits for a node; why it does is another finding.
            _ => None,
        };
    }
    if provisioner == "kubernetes.io/no-provisioner" {
        return Some(Why::new(
            "its class makes no volumes, and none that is free fits",
            "make a PersistentVolume that fits, or name another storage class",
        ));
    }
    if let Some(event) = failed_provisioning(snapshot, claim) {
        let message = clean(text(event, "/message").unwrap_or_default());
        let why = Why::new(
            format!("provisioner {provisioner} failed: {message}"),
            "correct the claim or the storage class",
        );
        return Some(Why {
            lasting: age >= SETTLED,
            ..why
        });
    }
    (age >= USUAL).then(|| Why {
        lasting: age >= SETTLED,
        ..Why::new(
            format!("provisioner {provisioner} makes no volume: does it run?"),
            "see whether the provisioner's pod runs (Minikube: `minikube addons enable storage-provisioner`)",
        )
    })
}

fn failed_provisioning<'a>(snapshot: &'a Snapshot, claim: &'a Value) -> Option<&'a Value> {
    let failed = snapshot
        .warnings(claim)
        .filter(|event| text(event, "/reason") == Some("ProvisioningFailed"));
    failed.max_by_key(|event| last_seen(event))
}
