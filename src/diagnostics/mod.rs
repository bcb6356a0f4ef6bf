//! Analyzers: each declares what it needs to see, then judges a [`Snapshot`] purely. What they find is numbered; the
//! numbers stand in [`catalog`] and in `docs/findings.md`.
//!
//! - [`gather`](gather::gather) fetches a snapshot through the port `observe`: the only I/O here.
//! - [`judge`](judge::judge) runs the analyzers and tells each cause once.
//! - [`states`] – workloads, pods, services and rollouts in the words and numbers that people know from kubectl.
//! - [`sizing`](sizing::sizing) – whether what containers request and may use fits what they use.
//! - [`health`](health::health) – the answer to "is it healthy?" and "why does it fail?".

pub mod analyzers;
pub mod catalog;
mod exposed;
pub mod fields;
pub mod gather;
pub mod health;
pub mod judge;
mod logs;
mod readers;
mod releases;
mod revisions;
pub mod sizing;
mod snapshot;
pub mod states;
pub mod words;

pub use exposed::{exposed, veiled};
pub use fields::{list, number, text, time};
pub use gather::{Need, gather, pod_selector, selector};
pub use health::{health, lone_pods, services, workloads};
pub use judge::judge;
pub use readers::{Reads, readers};
pub use releases::releases_of;
pub use revisions::{Revision, revisions};
pub use sizing::sizing;
pub use snapshot::{LogTail, Snapshot};
