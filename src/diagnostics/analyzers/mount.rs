//! A volume cannot be mounted, for another reason than a ConfigMap or Secret that is missing.

use serde_json::Value;

use super::{Analyzer, config, sandbox::said_while_it_waits};
use crate::{
    diagnostics::{
        catalog::MOUNT,
        fields::{list, text},
        judge::Found,
        snapshot::Snapshot,
        words::clean,
    },
    domain::place::Locality,
};

pub const ANALYZER: Analyzer = Analyzer {
    kinds: &["Pod", "ReplicaSet", "Event"],
    logs: false,
    judge,
};

const REASONS: [&str; 3] = ["FailedMount", "FailedAttachVolume", "FailedMapVolume"];

fn judge(snapshot: &Snapshot) -> Vec<Found> {
    snapshot.live_pods().flat_map(|pod| of_pod(snapshot, pod)).collect()
}

/// Once for each volume, in the newest words about it.
fn of_pod(snapshot: &Snapshot, pod: &Value) -> Vec<Found> {
    let mut told: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for message in said_while_it_waits(snapshot, pod, &REASONS) {
        // "Unable to attach or mount volumes: … timed out" says that it waits, and not for what.
        let Some((volume, why)) = cause(message) else { continue };
        if told.contains(&volume) || config::is_missing(message, pod) {
            continue;
        }
        found.push(tell(snapshot, pod, &volume, why, message));
        told.push(volume);
    }
    found
}

/// `MountVolume.SetUp failed for volume "data" : hostPath type check failed: …`: the volume, and why.
fn cause(message: &str) -> Option<(String, &str)> {
    let (_, rest) = message.split_once(" for volume \"")?;
    let (volume, why) = rest.split_once('"')?;
    let why = why.trim_start_matches([' ', ':']);
    // Of a program that was run what it said counts, behind its own name and the folder.
    let output = why.lines().find_map(|line| line.strip_prefix("Output: "));
    let said = output.map(|output| output.rsplit_once(": ").map_or(output, |(_, said)| said));
    let why = said.or_else(|| why.lines().next())?;
    (!why.is_empty()).then(|| (volume.to_owned(), why.trim_end_matches('.')))
}

fn tell(snapshot: &Snapshot, pod: &Value, volume: &str, why: &str, message: &str) -> Found {
    let spec = list(pod, "/spec/volumes").iter().find(|one| text(one, "/name") == Some(volume));
    let source = spec.and_then(source);
    let named = source.as_ref().map_or_else(String::new, |(told, _)| format!(" ({told})"));
    let host_path = spec.is_some_and(|spec| spec.pointer("/hostPath").is_some());
    let mut found = Found::new(
        MOUNT,
        snapshot,
        "Pod",
        pod,
        &format!("volume {volume}{named} cannot be mounted: {why}"),
    )
    .evidence(message)
    // Nobody but a person makes a folder on a node.
    .lasting(host_path);
    if let Some((_, hint)) = source {
        found = found.hint(hint);
    }
    if host_path && snapshot.locality == Some(Locality::Minikube) {
        found = found.hint("a folder of this machine comes into Minikube's node with `minikube mount FOLDER:PATH`");
    }
    found
}

/// Where the volume comes from, and what to look at.
fn source(volume: &Value) -> Option<(String, &'static str)> {
    let of = |pointer: &str| text(volume, pointer).map(clean);
    if let Some(path) = of("/hostPath/path") {
        let hint = "make it on the node, or correct the path; `type: DirectoryOrCreate` lets the kubelet make a folder";
        return Some((format!("{path} of the node"), hint));
    }
    if let (Some(server), Some(path)) = (of("/nfs/server"), of("/nfs/path")) {
        let hint = "see that the server exports it to the node, and that the node has what mounts NFS (nfs-common)";
        return Some((format!("nfs {server}:{path}"), hint));
    }
    if let Some(driver) = of("/csi/driver") {
        return Some((
            format!("driver {driver}"),
            "see that the driver's pod runs on the node: `kubectl get csidriver,csinode`",
        ));
    }
    let claim = of("/persistentVolumeClaim/claimName")?;
    Some((
        format!("claim {claim}"),
        "see what the volume behind the claim is, and whether another node still holds it",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volume_and_the_reason_are_read_out_of_the_kubelets_words() {
        let words = "AttachVolume.Attach failed for volume \"pvc-1\" : Multi-Attach error for volume \"pvc-1\" Volume is already used";
        assert_eq!(
            cause(words),
            Some(("pvc-1".to_owned(), "Multi-Attach error for volume \"pvc-1\" Volume is already used"))
        );
        let waiting =
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[]: timed out waiting for the condition";
        assert_eq!(cause(waiting), None);
    }
}
