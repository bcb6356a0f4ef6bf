//! The Docker Engine of this machine, where there is one.

use std::{collections::BTreeSet, time::Duration};

use bollard::Docker;

/// A request waits no longer than this for an engine that does not answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Those of these images that the local engine has. No engine, or one that does not answer in a second, has none.
///
/// For callers without a runtime of their own: it asks from a thread of its own.
#[must_use]
pub fn has_images(names: &[String]) -> BTreeSet<String> {
    let names = names.to_vec();
    std::thread::spawn(move || ask(names)).join().unwrap_or_default()
}

fn ask(names: Vec<String>) -> BTreeSet<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_or_else(
        |_| BTreeSet::new(),
        |runtime| runtime.block_on(async { tokio::time::timeout(PATIENCE, there(names)).await.unwrap_or_default() }),
    )
}

async fn there(names: Vec<String>) -> BTreeSet<String> {
    let Ok(docker) = Docker::connect_with_defaults() else {
        return BTreeSet::new();
    };
    // Debian's engine speaks 1.41 and refuses newer versions than its own.
    let Ok(docker) = docker.negotiate_version().await else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for name in names {
        if docker.inspect_image(&name).await.is_ok() {
            found.insert(name);
        }
    }
    found
}
