//! What the bench stands on, as `tests/bench/env` tells it.

use std::{env, path::PathBuf};

/// A variable of `tests/bench/env`; without it there is nothing to test on, which is a failure and no skip.
fn told(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/bench/up, then eval \"$(tests/bench/env)\""))
}

/// The kubeconfig of the real cluster, as its administrator.
pub fn kubeconfig() -> PathBuf {
    told("KUBECONFIG").into()
}

/// The socket or address of the real Docker Engine.
pub fn engine() -> String {
    told("DOCKER_HOST")
}

/// Everything that runs.
pub fn folder() -> PathBuf {
    told("TODO_AGENT_BENCH").into()
}

/// Where the real tools are looked for: kubectl, helm3, helm4 of the bench come first.
pub fn path() -> String {
    told("PATH")
}

/// A real tool, by its name.
pub fn tool(name: &str) -> PathBuf {
    let paths = path();
    let found = env::split_paths(&paths).map(|dir| dir.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not on the bench's PATH"))
}
