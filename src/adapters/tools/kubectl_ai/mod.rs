//! kubectl-ai: there are two programs of that name. Google's works on clusters; the older one writes manifests, and takes every
//! word for a prompt, `version` too: it is asked without any key.

mod asking;
mod drive;
mod isolated;
mod news;
mod provider;
mod told;
mod trace;
mod why;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use drive::{Company, Driver};

use super::{Bounds, Surroundings, look, mute, shown, status as told, version_in};
use crate::{
    adapters::process::Mute,
    domain::{
        errand::Isolation,
        inventory::ToolStatus,
        machine::{Part, PartState},
    },
};

pub const NAME: &str = "kubectl-ai";

pub(super) fn status(here: &Surroundings) -> ToolStatus {
    if here.program(NAME).is_none() {
        return told(NAME, false, "it is not installed".to_owned());
    }
    let lacks = lacks(here);
    match lacks.first() {
        Some(program) => told(NAME, true, format!("{program}, which it needs, is not on PATH")),
        None => match provider::chosen(here) {
            Err(why) => told(NAME, true, why),
            Ok(_) => ToolStatus {
                usable: true,
                ..told(NAME, true, String::new())
            },
        },
    }
}

/// Programs through which it does everything, and that are not there.
fn lacks(here: &Surroundings) -> Vec<&'static str> {
    let needed = if cfg!(windows) { &["kubectl"][..] } else { &["kubectl", "bash"] };
    needed.iter().filter(|name| here.program(name).is_none()).copied().collect()
}

/// Which of the two it is, and what keeps it from working.
pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let Some(Found {
        program: path,
        lacks,
        chosen,
        isolation,
    }) = look(here, find).await.flatten()
    else {
        return Part::new(NAME, PartState::Absent).because("not installed");
    };
    let (version, isolation) = match version(&path, isolation, here, bounds).await {
        Ok(told) => told,
        Err(why) => return mute(NAME, &path, why),
    };
    let part = Part {
        version: Some(version),
        path: shown(&path),
        ..Part::new(NAME, PartState::Usable)
    };
    let unusable = Part {
        state: PartState::Unusable,
        ..part.clone()
    };
    match (lacks.first(), chosen) {
        (Some(program), _) => unusable.because(format!("{program}, which it needs, is not on PATH")),
        (None, Err(why)) => {
            let set = if cfg!(windows) {
                "`setx GEMINI_API_KEY …`"
            } else {
                "`export GEMINI_API_KEY=…`"
            };
            let no_key = why.starts_with("GEMINI_API_KEY");
            let unusable = unusable.because(why);
            if no_key { unusable.then(set) } else { unusable }
        }
        (None, Ok(chosen)) => Part {
            isolation: Some(isolation),
            ..part.because(chosen.to_string())
        },
    }
}

/// What was found of it without starting anything.
struct Found {
    program: PathBuf,
    lacks: Vec<&'static str>,
    chosen: Result<provider::Chosen, String>,
    isolation: Isolation,
}

fn find(here: &Surroundings) -> Option<Found> {
    let program = here.program(NAME)?;
    let chosen = provider::chosen(here);
    Some(Found {
        lacks: lacks(here),
        isolation: isolated::isolation(here, &program, chosen.as_ref().ok()),
        chosen,
        program,
    })
}

/// What Google's program says, and what it can be kept from with all that it starts; for another one of that name, which it is. It is
/// asked without any key, and behind the walls.
async fn version(path: &Path, isolation: Isolation, here: &Surroundings, bounds: &Bounds) -> Result<(String, Isolation), String> {
    let isolation = isolated::tried(isolation, here, path, bounds).await;
    let ran = match isolated::ask(path, &["version"], here, path, &isolation, bounds).await {
        Ok(ran) => ran,
        Err(Mute::TooLong) => return Err("it does not answer in time".to_owned()),
        Err(Mute::NotStarted(why)) => return Err(format!("it does not start: {why}")),
    };
    match ran.out.lines().find_map(|line| line.strip_prefix("version: ")) {
        Some(version) => Ok((version.trim().trim_start_matches('v').to_owned(), isolation)),
        None => Err(other(path, here, &isolation, bounds).await),
    }
}

/// What the program of that name is, when it is not Google's.
async fn other(path: &Path, here: &Surroundings, isolation: &Isolation, bounds: &Bounds) -> String {
    let what = "this is another program of that name, not the one that works on clusters";
    let half = Bounds {
        limit: bounds.limit / 2,
        ..bounds.clone()
    };
    let version = isolated::ask(path, &["--version"], here, path, isolation, &half).await.ok();
    match version.and_then(|ran| version_in(&ran.out)) {
        Some(version) => format!("{what} ({version}, a writer of manifests)"),
        None => what.to_owned(),
    }
}
