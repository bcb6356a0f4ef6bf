//! One analyzer for each fault. Each names the kinds it needs to see and judges a snapshot purely.

pub mod config;
pub mod crash;
pub mod image;
pub mod memory;
pub mod mount;
pub mod probe;
pub mod quota;
pub mod rollout;
pub mod sandbox;
pub mod schedule;
pub mod service;
pub mod volume;

use super::{judge::Found, snapshot::Snapshot};

/// What an analyzer needs, and how it judges.
#[derive(Clone, Copy, Debug)]
pub struct Analyzer {
    pub kinds: &'static [&'static str],
    /// It quotes the last log lines of containers that failed.
    pub logs: bool,
    pub judge: fn(&Snapshot) -> Vec<Found>,
}

/// All of them.
pub const ANALYZERS: [Analyzer; 12] = [
    image::ANALYZER,
    crash::ANALYZER,
    probe::ANALYZER,
    memory::ANALYZER,
    schedule::ANALYZER,
    quota::ANALYZER,
    config::ANALYZER,
    service::ANALYZER,
    volume::ANALYZER,
    mount::ANALYZER,
    sandbox::ANALYZER,
    rollout::ANALYZER,
];
