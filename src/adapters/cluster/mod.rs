//! The Kubernetes API: client, gate, observation; and the embedded cluster behind the same service.

pub mod embedded;
