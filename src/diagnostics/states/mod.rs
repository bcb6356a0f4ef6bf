//! Workloads, pods, services and rollouts, summed up purely from their objects.

mod pod;
mod rollout;
mod service;
mod workload;

pub use pod::{pod_state, pod_words, pods_words};
pub use rollout::{Rollout, current_pods, newest_replica_set, rollout};
pub use service::service_state;
pub use workload::{desired_replicas, owned_pods, workload_state};
