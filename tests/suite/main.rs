//! One test binary: it links once.
// Helpers of tests stand outside `#[test]` functions; a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
#[cfg(unix)]
mod chat;
mod cli;
mod cluster;
mod diagnose;
mod disk;
mod docker_words;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod double;
mod embedded;
mod ends;
#[cfg(unix)]
mod entrusted;
mod follow;
mod gate;
mod gather;
mod guides;
mod held_out;
mod hints;
#[cfg(target_os = "linux")]
mod isolated;
mod keeping;
mod keys;
mod lifecycle;
mod objects;
mod playbooks;
mod prompts;
#[cfg(unix)]
mod proposed;
mod record;
mod releases;
#[cfg(unix)]
mod routes;
mod run;
mod sample;
mod sample_engine;
mod schema;
mod script;
mod slips;
#[cfg(unix)]
mod stopped;
#[cfg(unix)]
mod terminal;
mod unclear;
mod understanding;
mod undo;
mod walk;
mod watched;
mod wire;
