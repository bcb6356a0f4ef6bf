//! The usual programs around a cluster: which of them are there, and their versions.

use std::sync::Arc;

use super::{Bounds, Surroundings, look, mute, plugin, shown, version_in};
use crate::{
    adapters::process::{Mute, Surrounding, ask},
    domain::machine::{Part, PartState},
};

/// Each with what makes it tell its version without asking anybody else.
pub const PROGRAMS: [(&str, &[&str]); 4] = [
    ("kubectl", &["version", "--client", "-o", "json"]),
    ("helm", &["version", "--short"]),
    ("minikube", &["version", "--short"]),
    ("kind", &["version"]),
];

/// One of [`PROGRAMS`]. It runs as the user runs it: what stands on PATH may be a shim that needs their home.
pub async fn probe(name: &'static str, args: &[&str], here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let Some(path) = look(here, move |here| here.program(name)).await.flatten() else {
        return Part::new(name, PartState::Absent).because("not installed");
    };
    match ask(&path, args, &Surrounding::Whole, bounds.limit).await {
        Err(Mute::TooLong) => mute(name, &path, "it does not answer in time".to_owned()),
        Err(Mute::NotStarted(why)) => mute(name, &path, format!("it does not start: {why}")),
        Ok(ran) => match version_in(&ran.out) {
            Some(version) => Part {
                version: Some(version),
                path: shown(&path),
                ..Part::new(name, PartState::Usable)
            },
            None => {
                let said = ran.err.lines().chain(ran.out.lines()).map(str::trim).find(|line| !line.is_empty());
                mute(
                    name,
                    &path,
                    format!("it does not tell its version: {}", said.unwrap_or("it says nothing")),
                )
            }
        },
    }
}

/// Docker's builder, a plugin of its command.
pub async fn buildx(here: &Arc<Surroundings>, bounds: &Bounds) -> Part {
    let name = "buildx";
    let Some(path) = look(here, |here| plugin::find("docker-buildx", here)).await.flatten() else {
        return Part::new(name, PartState::Absent).because("not installed");
    };
    match plugin::version(&path, &Surrounding::Whole, bounds).await {
        Err(why) => mute(name, &path, why),
        Ok(version) => Part {
            version,
            path: shown(&path),
            ..Part::new(name, PartState::Usable)
        },
    }
}
