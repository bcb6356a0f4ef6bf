//! Who is to look again when an object was written or removed, without owning it or being owned.

use serde_json::Value;

use super::super::world::Key;
use super::turn::{Turn, finished, rank, unscheduled};
use super::{selector, values};

impl Turn<'_> {
    /// Somebody else removed an object, and its owner is no longer known.
    pub(super) fn wake_possible_owners(&mut self, key: &Key) {
        let owners: &[&str] = match key.0.as_str() {
            "Pod" => &["ReplicaSet", "StatefulSet", "DaemonSet", "Job"],
            "ReplicaSet" => &["Deployment"],
            "Job" => &["CronJob"],
            "ControllerRevision" => &["StatefulSet", "DaemonSet"],
            "Endpoints" | "EndpointSlice" => &["Service"],
            _ => &[],
        };
        for kind in owners {
            self.wake_all(kind, Some(&key.1), |_| true);
        }
    }

    /// A pod or replica set that nobody controls may be adopted.
    pub(super) fn wake_adopters(&mut self, key: &Key) {
        let Some(object) = self.get_key(key).cloned() else { return };
        let adopter = if key.0 == "Pod" { "ReplicaSet" } else { "Deployment" };
        self.wake_all(adopter, Some(&key.1), |owner| {
            owner
                .pointer("/spec/selector")
                .is_some_and(|selector| selector::matches(selector, &object))
        });
    }

    /// Those who look at this object without owning it.
    pub(super) fn wake_neighbours(&mut self, key: &Key) {
        match key.0.as_str() {
            "Pod" => {
                self.wake_all("Service", Some(&key.1), |_| true);
                self.wake_all("ResourceQuota", Some(&key.1), |_| true);
                self.wake_all("PodDisruptionBudget", Some(&key.1), |_| true);
                self.wake_all("PersistentVolumeClaim", Some(&key.1), |claim| {
                    values::deleting(claim) || values::text(claim, "/status/phase") == "Pending"
                });
                if self.get_key(key).is_some_and(finished) {
                    self.wake_all("Pod", None, unscheduled);
                }
            }
            "PersistentVolumeClaim" | "ConfigMap" | "Secret" => {
                self.wake_all("Pod", Some(&key.1), |pod| values::text(pod, "/status/phase") == "Pending");
            }
            "ResourceQuota" => self.wake_all("ReplicaSet", Some(&key.1), |set| values::condition(set, "ReplicaFailure").is_some()),
            "Deployment" | "StatefulSet" => self.wake_all("HorizontalPodAutoscaler", Some(&key.1), |_| true),
            "StorageClass" => self.wake_all("PersistentVolumeClaim", None, |claim| {
                values::text(claim, "/status/phase") != "Bound"
            }),
            "Node" => {
                self.wake_all("Pod", None, unscheduled);
                self.wake_all("DaemonSet", None, |_| true);
            }
            _ => {}
        }
    }

    /// Those who go away only after what they own, some of which may have been the removed one.
    pub(super) fn wake_waiting(&mut self, namespace: &str) {
        let waits = |object: &Value| {
            values::list(object, "/metadata/finalizers")
                .iter()
                .any(|one| one == "foregroundDeletion")
        };
        let waiting = self
            .world
            .all()
            .filter(|((_, of, _), object)| (of == namespace || of.is_empty()) && waits(object));
        let keys: Vec<Key> = waiting.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.queue.insert((rank(&key.0).unwrap_or(14), key));
        }
    }
}
