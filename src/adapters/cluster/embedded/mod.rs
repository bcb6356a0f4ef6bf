//! The embedded cluster: a Kubernetes API inside the process, simulated and said to be so.

pub mod lifecycle;
pub mod world;
