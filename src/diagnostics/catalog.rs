//! The numbered kinds of findings. A code is stable: it is never given another meaning and never reused.
//! `docs/findings.md` is this table for people; a test compares them.

/// One numbered kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub code: &'static str,
    pub title: &'static str,
    /// What it means and how it shows.
    pub means: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

pub const IMAGE: &str = "T101";
pub const CRASH: &str = "T102";
pub const PROBE: &str = "T103";
pub const MEMORY: &str = "T104";
pub const SCHEDULE: &str = "T105";
pub const QUOTA: &str = "T106";
pub const CONFIG: &str = "T107";
pub const SELECTOR: &str = "T108";
pub const VOLUME: &str = "T109";
pub const ROLLOUT: &str = "T110";
pub const REFUSED: &str = "T111";
pub const PORT: &str = "T112";
pub const START: &str = "T113";
pub const MOUNT: &str = "T114";
pub const SANDBOX: &str = "T115";

/// Every kind of finding, by code.
pub const CATALOG: [Entry; 15] = [
    Entry {
        code: IMAGE,
        title: "Image cannot be pulled",
        means: "The node cannot get the image of a container: it is not in the registry or on the node, the registry refuses, or the name is not valid.",
        remedy: "Correct the image, log in to the registry (`imagePullSecrets`), or load a locally built image into the cluster's node (`minikube image load IMAGE`).",
    },
    Entry {
        code: CRASH,
        title: "Container crashes",
        means: "A container ends and is started again, or a job's pod failed. The exit code and the last lines of its log tell why.",
        remedy: "Read the last log lines; correct the program, its configuration or what it depends on. Exit code 0 means that the program ended by itself: a server must keep running.",
    },
    Entry {
        code: PROBE,
        title: "Probe fails",
        means: "A readiness probe fails, so that no traffic reaches the pod; or a liveness or startup probe fails, so that the container is restarted.",
        remedy: "Compare path and port of the probe with what the program serves; give a slow program a startup probe or a longer delay.",
    },
    Entry {
        code: MEMORY,
        title: "Out of memory",
        means: "The kernel killed a container because it used more memory than its limit.",
        remedy: "Raise `resources.limits.memory`, or let the program use less.",
    },
    Entry {
        code: SCHEDULE,
        title: "No node takes the pod",
        means: "The scheduler finds no node that fits: too little CPU or memory, a node selector, affinity or taint.",
        remedy: "Ask for less (`resources.requests`), free or add a node, or correct the selector. Minikube: `minikube start --memory=… --cpus=…` on a new profile.",
    },
    Entry {
        code: QUOTA,
        title: "Quota exceeded",
        means: "A ResourceQuota of the namespace does not permit another pod, or demands that the pod states requests and limits.",
        remedy: "Run fewer replicas, ask for less, state requests and limits, or have the quota raised.",
    },
    Entry {
        code: CONFIG,
        title: "ConfigMap, Secret or key missing",
        means: "A pod refers to a ConfigMap, a Secret or a key in one that is not there; its containers are not started.",
        remedy: "Create it in the same namespace, or correct the reference. The pod starts by itself once it is there.",
    },
    Entry {
        code: SELECTOR,
        title: "Service selects nothing",
        means: "No pod and no workload bears the labels that a service selects: nobody answers behind its address.",
        remedy: "Make the service's `spec.selector` equal to labels of the pods.",
    },
    Entry {
        code: VOLUME,
        title: "Volume claim not bound",
        means: "A PersistentVolumeClaim has no volume: its storage class is missing, nobody provisions for it, or it waits for the first pod.",
        remedy: "Name a storage class that exists (`kubectl get storageclass`) or start the provisioner; Minikube: `minikube addons enable storage-provisioner`.",
    },
    Entry {
        code: ROLLOUT,
        title: "Rollout stuck",
        means: "The controller gave up waiting for new replicas to become available, and none of the other findings tells why.",
        remedy: "Look at the new pods and at readiness gates; go back with `todo-agent undo` or `kubectl rollout undo`.",
    },
    Entry {
        code: REFUSED,
        title: "Pods are refused",
        means: "The API server refuses to create the pods of a workload: a missing service account, a security policy or an admission webhook.",
        remedy: "The message names who refused; correct the pod template or the policy.",
    },
    Entry {
        code: PORT,
        title: "Service port leads nowhere",
        means: "A service sends to a port that the containers behind it do not declare.",
        remedy: "Make the service's `targetPort` equal to a `containerPort` or its name.",
    },
    Entry {
        code: START,
        title: "Container cannot be started",
        means: "The container runtime cannot run the command: it is not in the image, not executable, or made for another platform.",
        remedy: "Correct `command`, `args` or the image's entrypoint; build the image for the node's platform.",
    },
    Entry {
        code: MOUNT,
        title: "Volume cannot be mounted",
        means: "The node cannot mount a volume of a pod: a folder of the node is not there, a server or driver does not answer, or another node holds the volume. The pod stays in ContainerCreating.",
        remedy: "Correct the volume's source, or bring back what serves it; the pod starts by itself once it can be mounted.",
    },
    Entry {
        code: SANDBOX,
        title: "Pod sandbox cannot be made",
        means: "The container runtime of the node cannot make what the containers would run in: no such runtime, no network for the pod, or no pause image.",
        remedy: "Look at the network plugin's pods and at the runtime on the node; leave a `runtimeClassName` away that the node does not know.",
    },
];

/// The entry of a code.
#[must_use]
pub fn entry(code: &str) -> Option<&'static Entry> {
    CATALOG.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Write the page anew with `UPDATE_DOCS=1 cargo test --lib catalog`.
    #[test]
    fn the_page_for_people_says_the_same() {
        let mut page =
            "# Findings\n\nWhat `todo-agent` may find wrong, by number. The numbers are stable: scripts may rely on them.\n".to_owned();
        for entry in &CATALOG {
            page += &format!(
                "\n## {} {}\n\n{}\n\n**What to do.** {}\n",
                entry.code, entry.title, entry.means, entry.remedy
            );
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), page);
    }

    #[test]
    fn codes_are_in_order_and_given_once() {
        let codes: Vec<_> = CATALOG.iter().map(|entry| entry.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }
}
