//! Gordon (`docker ai`): a plugin of the docker command that works with Docker Desktop alone.

use std::sync::Arc;

use super::{Bounds, Surroundings, look, mute, not_driven, plugin, shown, status as told};
use crate::domain::{
    inventory::ToolStatus,
    machine::{EngineFacts, Part, PartState},
};

pub const NAME: &str = "gordon";
const PLUGIN: &str = "docker-ai";
const ABSENT: &str = "it is not installed; it comes with Docker Desktop 4.61 and later";

/// Docker Desktop since which the agent of today answers.
const SINCE: (u32, u32) = (4, 61);

pub(super) fn status(here: &Surroundings) -> ToolStatus {
    if plugin::find(PLUGIN, here).is_none() {
        return told(NAME, false, ABSENT.to_owned());
    }
    if here.program("docker").is_none() {
        let reason = "the docker command that starts it is not on PATH";
        return told(NAME, true, reason.to_owned());
    }
    not_driven(NAME)
}

/// Its plugin, and whether the docker command is there to start it.
pub async fn probe(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let found = look(here, |here| (plugin::find(PLUGIN, here), here.program("docker").is_some())).await;
    let Some((Some(path), docker)) = found else {
        return Part::new(NAME, PartState::Absent).because("not installed; comes with Docker Desktop");
    };
    match plugin::version(&path, &bounds.sealed(), bounds).await {
        Err(why) => mute(NAME, &path, why),
        Ok(_) if !docker => mute(NAME, &path, "the docker command that starts it is not on PATH".to_owned()),
        Ok(version) => Part {
            version,
            path: shown(&path),
            ..Part::new(NAME, PartState::NotDriven)
        },
    }
}

/// The same, once it is known which engine there is: without Docker Desktop the plugin answers nothing.
#[must_use]
pub fn with_engine(part: Part, engine: Option<&EngineFacts>) -> Part {
    if part.state != PartState::NotDriven {
        return part;
    }
    let desktop = engine.and_then(|engine| engine.desktop.as_deref());
    let why = match desktop {
        None => "it needs Docker Desktop, and none answers".to_owned(),
        Some(desktop) if is_old(desktop) => format!("it needs Docker Desktop 4.61 or later, and this is {desktop}"),
        // Whether somebody is signed in is not told to other programs.
        Some(_) => return part,
    };
    Part {
        state: PartState::Unusable,
        ..part.because(why)
    }
}

/// `Docker Desktop 4.60.1`.
fn is_old(desktop: &str) -> bool {
    let Some(version) = super::version_in(desktop) else {
        return false;
    };
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    matches!((numbers.next().flatten(), numbers.next().flatten()), (Some(major), Some(minor)) if (major, minor) < SINCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_docker_desktop_that_is_new_enough_it_cannot_be_used() {
        let part = || Part::new(NAME, PartState::NotDriven);
        let engine = |desktop: Option<&str>| EngineFacts {
            address: String::new(),
            named_by: String::new(),
            desktop: desktop.map(str::to_owned),
            api_version: None,
        };
        let told = [
            None,
            Some(engine(None)),
            Some(engine(Some("Docker Desktop 4.60.1"))),
            Some(engine(Some("Docker Desktop 4.61.0"))),
        ]
        .map(|engine| with_engine(part(), engine.as_ref()).why);
        let expected = [
            Some("it needs Docker Desktop, and none answers"),
            Some("it needs Docker Desktop, and none answers"),
            Some("it needs Docker Desktop 4.61 or later, and this is Docker Desktop 4.60.1"),
            None,
        ];
        assert_eq!(told, expected.map(|why| why.map(str::to_owned)));
    }
}
