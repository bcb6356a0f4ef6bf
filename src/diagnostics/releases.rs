//! The revisions of one release of Helm.

use std::collections::BTreeSet;

use crate::domain::{
    failure::{Failure, FailureKind, Result},
    ports::observe::Observe,
    release::Release,
};

/// Every revision that Helm keeps of a release, oldest first; never none.
///
/// # Errors
/// There is no such release: with where there is one, and what is called nearly so. Its records may not be read.
pub async fn releases_of(observe: &dyn Observe, name: &str, namespace: &str) -> Result<Vec<Release>> {
    let found = observe.releases(Some(namespace), Some(name)).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let what = format!("there is no Helm release \"{name}\" in namespace {namespace}");
    let mut failure = Failure::new(FailureKind::NotFound, what);
    // Who may not look further is told without.
    let all = observe.releases(None, None).await.unwrap_or_default();
    let elsewhere: BTreeSet<&str> = all
        .iter()
        .filter(|release| release.name == name)
        .map(|release| release.namespace.as_str())
        .collect();
    let near = all
        .iter()
        .filter(|release| release.namespace == namespace)
        .map(|release| (strsim::osa_distance(name, &release.name), release.name.as_str()))
        .min()
        .filter(|(distance, near)| *distance <= 2.max(near.chars().count() / 3));
    for other in elsewhere {
        failure = failure.hint(format!("There is one in namespace {other}: add `-n {other}`."));
    }
    if let Some((_, near)) = near {
        failure = failure.hint(format!("Did you mean {near}?"));
    }
    Err(failure.hint("`todo-agent \"helm list -A\"` shows which there are."))
}
