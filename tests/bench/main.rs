//! The program on real parts: a real Kubernetes and a real Docker Engine, brought up by `tests/bench/up`. Not a part of
//! `cargo test`, which needs the toolchain alone: `eval "$(tests/bench/env)" && cargo test --test bench`.
// Helpers of tests stand outside `#[test]` functions; a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod differential;
mod ground;
// The suite's; not all of it is used here.
#[allow(dead_code)]
#[path = "../suite/run.rs"]
mod run;
mod scenarios;
#[allow(dead_code)]
#[path = "../suite/gate/tries.rs"]
mod tries;
