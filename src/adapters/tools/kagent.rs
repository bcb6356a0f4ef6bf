//! kagent: agents that run in the cluster, and a command that talks to them.

use std::sync::Arc;

use serde_json::Value;

use super::{Bounds, Surroundings, look, mute, not_driven, shown, status as told};
use crate::{
    adapters::process::{Mute, ask},
    domain::{
        inventory::ToolStatus,
        machine::{KagentFacts, Part, PartState},
    },
};

pub const NAME: &str = "kagent";

/// Its key lives in the cluster, with its controller.
pub(super) fn status(here: &Surroundings) -> ToolStatus {
    if here.program(NAME).is_none() {
        return told(NAME, false, "it is not installed".to_owned());
    }
    not_driven(NAME)
}

/// Its command. What is in the cluster is told by the cluster ([`with_cluster`]).
pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let Some(path) = look(here, |here| here.program(NAME)).await.flatten() else {
        return Part::new(NAME, PartState::Absent).because("not installed");
    };
    // Without a kubeconfig it finds no controller, and makes no file in the user's home.
    let ran = match ask(&path, &["version"], &bounds.sealed(), bounds.limit).await {
        Ok(ran) => ran,
        Err(Mute::TooLong) => return mute(NAME, &path, "its command does not answer in time".to_owned()),
        Err(Mute::NotStarted(why)) => return mute(NAME, &path, format!("its command does not start: {why}")),
    };
    let told: Value = ran.out.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let version = told.get("kagent_version").and_then(Value::as_str);
    Part {
        version: version.map(|version| version.trim_start_matches('v').to_owned()),
        path: shown(&path),
        ..Part::new(NAME, PartState::NotDriven)
    }
}

/// The same with what the cluster says: agents that are ready can be used even without the command.
#[must_use]
pub fn with_cluster(part: Part, facts: KagentFacts) -> Part {
    let found = part.path.is_some();
    let (state, why) = match facts.in_cluster {
        Some(true) if facts.ready.is_empty() => (PartState::Unusable, Some("in the cluster, and no agent of it is ready".to_owned())),
        Some(true) => (PartState::NotDriven, None),
        Some(false) if found => (
            PartState::Unusable,
            Some("its command is here; it is not in this cluster".to_owned()),
        ),
        Some(false) => (PartState::Absent, Some("not in this cluster".to_owned())),
        None => (part.state, part.why.clone()),
    };
    Part {
        state,
        why,
        kagent: Some(facts),
        ..part
    }
}
