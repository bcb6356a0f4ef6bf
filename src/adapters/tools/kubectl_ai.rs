//! kubectl-ai: there are two programs of that name. Google's works on clusters; the older one writes manifests, and takes every
//! word for a prompt, `version` too: it is asked without any key.

use std::sync::Arc;

use super::{Bounds, Surroundings, look, mute, not_driven, shown, status as told, version_in};
use crate::{
    adapters::process::{Mute, ask},
    domain::{
        inventory::ToolStatus,
        machine::{Part, PartState},
    },
};

pub const NAME: &str = "kubectl-ai";

/// The keys of its providers, its default first (facts of gollm's factories).
const KEYS: [&str; 7] = [
    "GEMINI_API_KEY",
    "OPENAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "GROK_API_KEY",
    "OLLAMA_HOST",
    "LLAMACPP_HOST",
    "BEDROCK_MODEL",
];

pub(super) fn status(here: &Surroundings) -> ToolStatus {
    if here.program(NAME).is_none() {
        return told(NAME, false, "it is not installed".to_owned());
    }
    let lacks = lacks(here);
    match lacks.first() {
        Some(program) => told(NAME, true, format!("{program}, which it needs, is not on PATH")),
        None if !has_key(here) => {
            let reason = "GEMINI_API_KEY is not set, nor the key of another provider";
            told(NAME, true, reason.to_owned())
        }
        None => not_driven(NAME),
    }
}

/// Programs through which it does everything, and that are not there.
fn lacks(here: &Surroundings) -> Vec<&'static str> {
    let needed = if cfg!(windows) { &["kubectl"][..] } else { &["kubectl", "bash"] };
    needed.iter().filter(|name| here.program(name).is_none()).copied().collect()
}

fn has_key(here: &Surroundings) -> bool {
    KEYS.iter().any(|key| here.has(key))
}

/// Which of the two it is, and what keeps it from working.
pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let found = look(here, |here| (here.program(NAME), lacks(here))).await;
    let Some((Some(path), lacks)) = found else {
        return Part::new(NAME, PartState::Absent).because("not installed");
    };
    let ran = match ask(&path, &["version"], &bounds.sealed(), bounds.limit).await {
        Ok(ran) => ran,
        Err(Mute::TooLong) => return mute(NAME, &path, "it does not answer in time".to_owned()),
        Err(Mute::NotStarted(why)) => return mute(NAME, &path, format!("it does not start: {why}")),
    };
    let Some(version) = ran.out.lines().find_map(|line| line.strip_prefix("version: ")) else {
        return mute(NAME, &path, other(&path, bounds).await);
    };
    let part = Part {
        version: Some(version.trim().trim_start_matches('v').to_owned()),
        path: shown(&path),
        ..Part::new(NAME, PartState::NotDriven)
    };
    let unusable = Part {
        state: PartState::Unusable,
        ..part.clone()
    };
    if let Some(program) = lacks.first() {
        return unusable.because(format!("{program}, which it needs, is not on PATH"));
    }
    if !has_key(here) {
        let set = if cfg!(windows) {
            "`setx GEMINI_API_KEY …`"
        } else {
            "`export GEMINI_API_KEY=…`"
        };
        return unusable
            .because("GEMINI_API_KEY is not set, nor the key of another provider")
            .then(set);
    }
    part
}

/// What the program of that name is, when it is not Google's.
async fn other(path: &std::path::Path, bounds: &Bounds) -> String {
    let what = "this is another program of that name, not the one that works on clusters";
    let half = Bounds {
        limit: bounds.limit / 2,
        ..bounds.clone()
    };
    let version = ask(path, &["--version"], &half.sealed(), half.limit).await.ok();
    match version.and_then(|ran| version_in(&ran.out)) {
        Some(version) => format!("{what} ({version}, a writer of manifests)"),
        None => what.to_owned(),
    }
}
