use serde_json::Value;

use super::workload::{desired_replicas, owned_pods};
use crate::{
    diagnostics::{
        fields::{condition, controller, number, terminating, text, uid},
        words::counted,
    },
    domain::kind::Kind,
};

/// How far a workload is on the way to what its specification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Nothing is left to do for the controller.
    pub complete: bool,
    /// The controller has seen the newest specification: the numbers speak of it.
    pub observed: bool,
    /// The controller gave up waiting (`ProgressDeadlineExceeded`), or is told to pause.
    pub gave_up: bool,
    /// `2 of 3 updated, 1 old replica left`.
    pub words: String,
    /// Grows as the controller gets on; comparable for one workload and one specification.
    pub score: i64,
}

/// What `kubectl rollout status` waits for (k8s.io/kubectl `rollout_status.go`, 1.34), and no replica beyond what is desired.
#[must_use]
pub fn rollout(kind: &Kind, workload: &Value) -> Rollout {
    if !is_observed(kind, workload) {
        return Rollout {
            complete: false,
            observed: false,
            gave_up: false,
            words: "waiting for the controller to see the change".to_owned(),
            score: i64::MIN,
        };
    }
    let counts = Counts::of(kind, workload);
    let deadline = condition(workload, "Progressing").and_then(|c| text(c, "/reason")) == Some("ProgressDeadlineExceeded");
    let complete = counts.complete();
    let paused = workload.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) && counts.updated < counts.to_update;
    Rollout {
        complete,
        observed: true,
        gave_up: (deadline || paused) && !complete,
        words: if paused {
            format!("paused: {}", counts.words())
        } else {
            counts.words()
        },
        score: counts.score(),
    }
}

/// A kind that tells no observed generation (some custom ones) is taken at its word.
fn is_observed(kind: &Kind, workload: &Value) -> bool {
    let tells = kind.is_workload() || workload.pointer("/status/observedGeneration").is_some();
    let observed = number(workload, "/status/observedGeneration");
    !tells || observed != 0 && observed >= number(workload, "/metadata/generation")
}

struct Counts {
    desired: u32,
    /// Replicas that must run the newest template: less than desired with a partition, none with `OnDelete`.
    to_update: u32,
    updated: u32,
    /// Replicas of any template.
    total: u32,
    available: u32,
    /// Pods of the old template will be replaced without further doing.
    replaces: bool,
    /// Its strategy leaves pods on the old template: `OnDelete`, or a partition.
    keeps_old: bool,
    /// A StatefulSet that has not yet taken the new revision for the current one.
    unsettled: bool,
}

impl Counts {
    fn of(kind: &Kind, workload: &Value) -> Self {
        let status = |field: &str| number(workload, &format!("/status/{field}"));
        let on_delete = text(workload, "/spec/updateStrategy/type") == Some("OnDelete");
        if kind.kind == "DaemonSet" {
            let desired = status("desiredNumberScheduled");
            return Self {
                desired,
                to_update: if on_delete { 0 } else { desired },
                updated: status("updatedNumberScheduled"),
                keeps_old: on_delete,
                total: status("currentNumberScheduled"),
                available: status("numberAvailable"),
                replaces: false,
                unsettled: false,
            };
        }
        let desired = desired_replicas(workload);
        let partition = number(workload, "/spec/updateStrategy/rollingUpdate/partition");
        let stateful = kind.kind == "StatefulSet";
        if !kind.is_workload() {
            // Replica sets, replication controllers and custom kinds that can be scaled: they do not replace pods.
            let available = workload
                .pointer("/status/availableReplicas")
                .map_or_else(|| status("readyReplicas"), |_| status("availableReplicas"));
            return Self {
                desired,
                to_update: 0,
                updated: 0,
                keeps_old: false,
                total: status("replicas"),
                available,
                replaces: false,
                unsettled: false,
            };
        }
        Self {
            desired,
            to_update: match stateful {
                true if on_delete => 0,
                true => desired.saturating_sub(partition),
                false => desired,
            },
            updated: status("updatedReplicas"),
            keeps_old: stateful && (on_delete || partition > 0),
            total: status("replicas"),
            available: status("availableReplicas"),
            replaces: !stateful,
            unsettled: stateful
                && !on_delete
                && partition == 0
                && desired > 0
                && text(workload, "/status/currentRevision") != text(workload, "/status/updateRevision"),
        }
    }

    fn complete(&self) -> bool {
        self.updated >= self.to_update && self.old() == 0 && self.total == self.desired && self.available == self.desired && !self.unsettled
    }

    /// Replicas that are still to go.
    fn old(&self) -> u32 {
        if self.replaces {
            self.total.saturating_sub(self.updated)
        } else {
            self.total.saturating_sub(self.desired)
        }
    }

    fn score(&self) -> i64 {
        let done = self.updated.min(self.to_update) + self.available.min(self.desired);
        let to_go = self.old().max(self.total.saturating_sub(self.desired));
        i64::from(done) - i64::from(to_go)
    }

    fn words(&self) -> String {
        let Self {
            desired,
            available,
            updated,
            ..
        } = *self;
        let surplus = self.total.saturating_sub(desired) as usize;
        if self.replaces && self.old() > 0 && desired > 0 {
            format!(
                "{updated} of {} updated, {} left",
                self.to_update,
                counted(self.old() as usize, "old replica")
            )
        } else if updated < self.to_update {
            format!("{updated} of {} updated, {available} of {desired} available", self.to_update)
        } else if surplus > 0 {
            format!("{} still to stop", counted(surplus, "replica"))
        } else if desired == 0 {
            "no replicas, as specified".to_owned()
        } else if self.complete() {
            let kept = self.total.saturating_sub(updated) as usize;
            let available = format!("{available} of {} available", counted(desired as usize, "replica"));
            match kept {
                0 => available,
                _ if self.keeps_old => format!("{available}; {kept} keep the old template (OnDelete or partition)"),
                _ => available,
            }
        } else {
            format!("{available} of {desired} available")
        }
    }
}

/// The pods that run the newest template and are not being stopped: those that decide whether a rollout can succeed.
/// Where the newest template cannot be told apart, every pod that is not being stopped.
#[must_use]
pub fn current_pods<'a>(kind: &Kind, workload: &'a Value, replica_sets: &'a [Value], pods: &'a [Value]) -> Vec<&'a Value> {
    let newest = newest_replica_set(workload, replica_sets).and_then(uid);
    let partial = text(workload, "/spec/updateStrategy/type") == Some("OnDelete")
        || number(workload, "/spec/updateStrategy/rollingUpdate/partition") > 0;
    let label = match kind.kind.as_str() {
        _ if partial => None,
        "StatefulSet" => text(workload, "/status/updateRevision").map(|revision| ("/metadata/labels/controller-revision-hash", revision)),
        "DaemonSet" => text(workload, "/metadata/annotations/deprecated.daemonset.template.generation")
            .map(|generation| ("/metadata/labels/pod-template-generation", generation)),
        _ => None,
    };
    let is_current = |pod: &Value| match (newest, label) {
        (Some(set), _) => controller(pod).and_then(|owner| text(owner, "/uid")) == Some(set),
        (None, Some((pointer, wanted))) => text(pod, pointer).is_none_or(|has| has == wanted),
        (None, None) => true,
    };
    owned_pods(workload, replica_sets, pods)
        .filter(|pod| !terminating(pod) && is_current(pod))
        .collect()
}

/// The replica set of a Deployment's newest revision.
pub fn newest_replica_set<'a>(workload: &Value, replica_sets: &'a [Value]) -> Option<&'a Value> {
    const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
    let own = uid(workload)?;
    let revision = |object: &Value| text(object, REVISION).and_then(|r| r.parse::<u64>().ok());
    let owned = replica_sets
        .iter()
        .filter(|set| controller(set).and_then(|owner| text(owner, "/uid")) == Some(own));
    owned.max_by_key(|set| (revision(set), text(set, "/metadata/creationTimestamp")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(kind: &str, object: &Value) -> String {
        let kind = Kind::well_known().into_iter().find(|k| k.kind == kind).unwrap();
        let state = rollout(&kind, object);
        format!(
            "{}{}{}",
            state.words,
            if state.complete { " (complete)" } else { "" },
            if state.gave_up { " (gave up)" } else { "" }
        )
    }

    fn deployment(desired: u32, updated: u32, total: u32, available: u32) -> Value {
        json!({"metadata": {"generation": 2}, "spec": {"replicas": desired},
            "status": {"observedGeneration": 2, "updatedReplicas": updated, "replicas": total, "availableReplicas": available}})
    }

    #[test]
    fn a_deployment_is_complete_when_no_replica_is_old_missing_or_too_many() {
        let mut unseen = deployment(3, 3, 3, 3);
        unseen["metadata"]["generation"] = json!(3);
        let mut stuck = deployment(3, 1, 4, 3);
        stuck["status"]["conditions"] = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]);
        let mut paused = deployment(3, 0, 3, 3);
        paused["spec"]["paused"] = json!(true);
        let cases = [
            (paused, "paused: 0 of 3 updated, 3 old replicas left (gave up)"),
            (unseen, "waiting for the controller to see the change"),
            (stuck, "1 of 3 updated, 3 old replicas left (gave up)"),
            (deployment(3, 2, 3, 3), "2 of 3 updated, 1 old replica left"),
            (deployment(3, 3, 4, 3), "3 of 3 updated, 1 old replica left"),
            (deployment(0, 0, 2, 2), "2 replicas still to stop"),
            (deployment(3, 0, 0, 0), "0 of 3 updated, 0 of 3 available"),
            (deployment(3, 3, 3, 2), "2 of 3 available"),
            (deployment(2, 5, 5, 5), "3 replicas still to stop"),
            (deployment(3, 3, 3, 3), "3 of 3 replicas available (complete)"),
            (deployment(1, 1, 1, 1), "1 of 1 replica available (complete)"),
            (deployment(0, 2, 2, 2), "2 replicas still to stop"),
            (deployment(0, 0, 0, 0), "no replicas, as specified (complete)"),
        ];
        for (object, wanted) in cases {
            assert_eq!(words("Deployment", &object), wanted, "{object}");
        }
    }

    #[test]
    fn a_stateful_set_may_keep_old_pods_below_its_partition_or_until_they_are_deleted() {
        let set = |strategy: Value, updated: u32, current: &str| {
            json!({"metadata": {"generation": 2}, "spec": {"replicas": 3, "updateStrategy": strategy},
                "status": {"observedGeneration": 2, "updatedReplicas": updated, "replicas": 3, "availableReplicas": 3, "currentRevision": current, "updateRevision": "b"}})
        };
        let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
        let partition = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
        let cases = [
            (set(rolling.clone(), 1, "a"), "1 of 3 updated, 3 of 3 available"),
            (set(rolling.clone(), 3, "a"), "3 of 3 available"),
            (set(rolling, 3, "b"), "3 of 3 replicas available (complete)"),
            (set(partition.clone(), 0, "a"), "0 of 1 updated, 3 of 3 available"),
            (
                set(partition, 1, "a"),
                "3 of 3 replicas available; 2 keep the old template (OnDelete or partition) (complete)",
            ),
            (
                set(json!({"type": "OnDelete"}), 0, "a"),
                "3 of 3 replicas available; 3 keep the old template (OnDelete or partition) (complete)",
            ),
        ];
        for (object, wanted) in cases {
            assert_eq!(words("StatefulSet", &object), wanted, "{object}");
        }
    }

    #[test]
    fn a_daemon_set_counts_nodes() {
        let set = |updated: u32, available: u32| {
            json!({"metadata": {"generation": 1}, "spec": {"updateStrategy": {"type": "RollingUpdate"}},
                "status": {"observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "updatedNumberScheduled": updated, "numberAvailable": available}})
        };
        assert_eq!(words("DaemonSet", &set(1, 2)), "1 of 2 updated, 2 of 2 available");
        assert_eq!(words("DaemonSet", &set(2, 1)), "1 of 2 available");
        assert_eq!(words("DaemonSet", &set(2, 2)), "2 of 2 replicas available (complete)");
    }

    #[test]
    fn pods_of_the_old_template_do_not_count_as_current() {
        let deployment = json!({"metadata": {"uid": "D"}});
        let set = |name: &str, revision: &str| json!({"metadata": {"uid": name, "annotations": {"deployment.kubernetes.io/revision": revision}, "ownerReferences": [{"uid": "D", "controller": true}]}});
        let pod = |name: &str, by: &str| json!({"metadata": {"name": name, "ownerReferences": [{"uid": by, "controller": true}]}});
        let sets = [set("old", "9"), set("new", "10")];
        let pods = [pod("a", "old"), pod("b", "new")];
        let names: Vec<_> = current_pods(&Kind::deployment(), &deployment, &sets, &pods)
            .into_iter()
            .map(|p| text(p, "/metadata/name"))
            .collect();
        assert_eq!(names, [Some("b")]);
    }
}
