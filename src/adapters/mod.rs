//! Everything outside the process; the only users of kube, bollard and child processes.

pub mod clock;
pub mod cluster;
pub mod engine;
pub mod files;
mod passage;
pub mod process;
pub mod sealed;
pub mod tools;
pub mod wrapped;
