//! docker agent (once cagent): a plugin of the docker command, or a program of its own.

use std::{path::PathBuf, sync::Arc};

use super::{Bounds, Surroundings, look, mute, not_driven, plugin, shown, status as told, version_in};
use crate::{
    adapters::process::ask,
    domain::{
        inventory::ToolStatus,
        machine::{Part, PartState},
    },
};

pub const NAME: &str = "docker-agent";
const PLUGIN: &str = "docker-agent";
/// Its names as a program of its own, the old one last.
const PROGRAMS: [&str; 2] = ["docker-agent", "cagent"];
/// Keys of the models it can use. Without any it may still find Docker Model Runner.
const KEYS: [&str; 5] = [
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "MISTRAL_API_KEY",
];

fn find(here: &Surroundings) -> Option<PathBuf> {
    plugin::find(PLUGIN, here).or_else(|| PROGRAMS.iter().find_map(|name| here.program(name)))
}

pub(super) fn status(here: &Surroundings) -> ToolStatus {
    match find(here) {
        Some(_) => not_driven(NAME),
        None => told(
            NAME,
            false,
            "it is not installed; it comes with Docker Desktop 4.63 and later".to_owned(),
        ),
    }
}

pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let Some(path) = look(here, find).await.flatten() else {
        return Part::new(NAME, PartState::Absent).because("not installed; comes with Docker Desktop");
    };
    let version = match plugin::version(&path, &bounds.sealed(), bounds).await {
        Ok(version) => Ok(version),
        // An older one is no plugin.
        Err(why) => match ask(&path, &["version"], &bounds.sealed(), bounds.limit).await {
            Ok(ran) => version_in(&ran.out).map(Some).ok_or(why),
            Err(_) => Err(why),
        },
    };
    match version {
        Err(why) => mute(NAME, &path, why),
        Ok(version) => {
            let part = Part {
                version,
                path: shown(&path),
                ..Part::new(NAME, PartState::NotDriven)
            };
            if KEYS.iter().any(|key| here.has(key)) {
                part
            } else {
                part.because("no key of a model is set; it may still find Docker Model Runner")
            }
        }
    }
}
