//! Persistent volume claims: the class `standard` makes a volume at once; any other waits, and says for what.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::world::Key;
use super::events::{Report, Source, report};
use super::turn::{Turn, finished};
use super::{NODE, values};

const PROTECTION: &str = "kubernetes.io/pvc-protection";
const BINDER: Source = Source::Controller("persistentvolume-controller");
/// What makes volumes in this cluster: the name that Minikube's has.
pub const PROVISIONER: &str = "k8s.io/minikube-hostpath";

pub fn reconcile(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let claim = turn.get_key(at)?.clone();
    if values::deleting(&claim) {
        return release(turn, at);
    }
    protect(turn, &claim);
    let claim = turn.get_key(at)?.clone();
    if values::text(&claim, "/status/phase") == "Bound" {
        return None;
    }
    let volume = values::text(&claim, "/spec/volumeName");
    let class = class(&claim);
    let trouble = if !volume.is_empty() && turn.get("PersistentVolume", "", volume).is_none() {
        Some((false, "FailedBinding", format!("volume \"{volume}\" not found")))
    } else if class.is_empty() {
        Some((
            false,
            "FailedBinding",
            "no persistent volumes available for this claim and no storage class is set".to_owned(),
        ))
    } else {
        match turn.get("StorageClass", "", &class) {
            None => Some((
                true,
                "ProvisioningFailed",
                format!("storageclass.storage.k8s.io \"{class}\" not found"),
            )),
            Some(found) if waits(found) && !used(turn, at) => Some((
                false,
                "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding".to_owned(),
            )),
            Some(found) if values::text(found, "/provisioner") != PROVISIONER => Some((
                false,
                "ExternalProvisioning",
                format!(
                    "Waiting for a volume to be created either by the external provisioner '{}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
                    values::text(found, "/provisioner")
                ),
            )),
            Some(_) => None,
        }
    };
    match trouble {
        Some((warning, reason, message)) => wait(turn, at, &claim, warning, reason, message),
        None => {
            bind(turn, &claim, &class);
            None
        }
    }
}

/// A claim is held for as long as pods use it, whoever took that away.
fn protect(turn: &mut Turn, claim: &Value) {
    let mut finalizers = values::list(claim, "/metadata/finalizers").to_vec();
    if !finalizers.iter().any(|finalizer| finalizer == PROTECTION) {
        finalizers.push(json!(PROTECTION));
        let mut claim = claim.clone();
        values::set(&mut claim, &["metadata", "finalizers"], Value::Array(finalizers));
        turn.put(claim);
    }
}

/// Whether a class binds only what a pod uses.
fn waits(class: &Value) -> bool {
    values::text(class, "/volumeBindingMode") == "WaitForFirstConsumer"
}

fn used(turn: &Turn, at: &Key) -> bool {
    turn.world.list("Pod", Some(&at.1)).any(|pod| {
        let mut volumes = values::list(pod, "/spec/volumes").iter();
        !finished(pod) && volumes.any(|volume| values::text(volume, "/persistentVolumeClaim/claimName") == at.2)
    })
}

fn class(claim: &Value) -> String {
    values::text(claim, "/spec/storageClassName").to_owned()
}

/// Says every 15 seconds what it waits for; after five minutes twenty looks are taken as one.
fn wait(turn: &mut Turn, at: &Key, claim: &Value, warning: bool, reason: &str, message: String) -> Option<Timestamp> {
    let note = turn.note(at).cloned().unwrap_or_default();
    let next = values::time(&note, "/retry");
    let same = values::text(&note, "/message") == message;
    if let Some(next) = next.filter(|next| same && *next > turn.at) {
        return Some(next);
    }
    if values::text(claim, "/status/phase") != "Pending" {
        let mut claim = claim.clone();
        values::set(&mut claim, &["status", "phase"], json!("Pending"));
        turn.put(claim);
    }
    let looks = if same { values::count(&note, "/looks") } else { 0 };
    let (seconds, times) = if looks < 20 { (15, 1) } else { (300, 20) };
    let normal = Report::normal(BINDER, reason, message.clone());
    report(turn, claim, &Report { warning, ..normal }, times);
    let next = values::after(turn.at, values::seconds(seconds));
    turn.set_note(at, json!({ "retry": next.to_string(), "looks": looks + 1, "message": message }));
    Some(next)
}

/// Makes a volume for the claim and binds the two.
fn bind(turn: &mut Turn, claim: &Value, class: &str) {
    let (namespace, name) = (values::namespace(claim), values::name(claim));
    let given = values::text(claim, "/spec/volumeName");
    let volume = if given.is_empty() {
        format!("pvc-{}", values::uid(claim))
    } else {
        given.to_owned()
    };
    let capacity = claim.pointer("/spec/resources/requests").cloned().unwrap_or_else(|| json!({}));
    let modes = claim
        .pointer("/spec/accessModes")
        .cloned()
        .unwrap_or_else(|| json!(["ReadWriteOnce"]));
    let told = |turn: &mut Turn, reason: &str, message: String, source: Source| {
        report(turn, claim, &Report::normal(source, reason, message), 1);
    };
    if given.is_empty() {
        let provisioner = Source::Controller("k8s.io/minikube-hostpath");
        told(
            turn,
            "Provisioning",
            format!("External provisioner is provisioning volume for claim \"{namespace}/{name}\""),
            provisioner,
        );
        turn.create(
            json!({
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": { "name": volume, "annotations": { "pv.kubernetes.io/provisioned-by": PROVISIONER }, "finalizers": ["kubernetes.io/pv-protection"] },
                "spec": {
                    "accessModes": modes,
                    "capacity": capacity,
                    "claimRef": { "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": name, "namespace": namespace, "uid": values::uid(claim) },
                    "hostPath": { "path": format!("/tmp/hostpath-provisioner/{namespace}/{name}"), "type": "" },
                    "nodeAffinity": null,
                    "persistentVolumeReclaimPolicy": "Delete",
                    "storageClassName": class,
                    "volumeMode": "Filesystem",
                },
                "status": { "phase": "Bound" },
            }),
            &[values::uid(claim), NODE],
        );
        told(
            turn,
            "ProvisioningSucceeded",
            format!("Successfully provisioned volume {volume}"),
            provisioner,
        );
    }
    let mut claim = claim.clone();
    values::set(&mut claim, &["spec", "volumeName"], json!(volume));
    values::set(
        &mut claim,
        &["status"],
        json!({ "phase": "Bound", "accessModes": modes, "capacity": capacity }),
    );
    for (note, value) in [
        ("pv.kubernetes.io/bind-completed", "yes"),
        ("pv.kubernetes.io/bound-by-controller", "yes"),
        ("volume.kubernetes.io/storage-provisioner", PROVISIONER),
        ("volume.beta.kubernetes.io/storage-provisioner", PROVISIONER),
    ] {
        values::set_annotation(&mut claim, note, value);
    }
    turn.put(claim);
}

/// A claim that is going away waits for the pods that use it, then its volume goes with it.
fn release(turn: &mut Turn, at: &Key) -> Option<Timestamp> {
    let used = turn.world.list("Pod", Some(&at.1)).any(|pod| {
        let mut volumes = values::list(pod, "/spec/volumes").iter();
        !super::turn::finished(pod) && volumes.any(|volume| values::text(volume, "/persistentVolumeClaim/claimName") == at.2)
    });
    if used {
        return None;
    }
    let mut claim = turn.get_key(at)?.clone();
    let volume = values::text(&claim, "/spec/volumeName").to_owned();
    let mut finalizers = values::list(&claim, "/metadata/finalizers").to_vec();
    finalizers.retain(|finalizer| finalizer != PROTECTION);
    if finalizers.is_empty() {
        turn.remove(at);
        let volume = ("PersistentVolume".to_owned(), String::new(), volume);
        if turn
            .get_key(&volume)
            .is_some_and(|found| values::text(found, "/spec/persistentVolumeReclaimPolicy") == "Delete")
        {
            turn.remove(&volume);
        }
    } else {
        values::set(&mut claim, &["metadata", "finalizers"], Value::Array(finalizers));
        turn.put(claim);
    }
    None
}
