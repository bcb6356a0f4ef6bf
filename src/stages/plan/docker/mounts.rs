//! What a container that is run gets from outside: folders of the machine, volumes, a network, variables from files.

use serde_json::{Map, Value, json};

use super::text;
use crate::{
    domain::{
        docker::{
            Noun, Run,
            mount::{Mount, Source},
        },
        failure::{Failure, FailureKind, Result},
        intent::EnvChange,
        place::{Locality, Place},
        ports::engine::Look,
    },
    stages::plan::Planner,
};

/// Networks that every engine has.
pub(super) const OWN_NETWORKS: [&str; 4] = ["bridge", "host", "none", "default"];

impl Planner {
    /// Each as a row of the preview.
    pub(super) async fn given(&self, run: &Run, place: &Place, after: &mut Map<String, Value>, notes: &mut Vec<String>) -> Result<()> {
        for said in &run.volumes {
            let mount = Mount::parse(said).map_err(|why| Failure::new(FailureKind::Usage, format!("{why}: \"{said}\"")))?;
            let told = self.mounted(&mount, place, notes).await?;
            let access = if mount.is_read_only() { "read only" } else { "may be changed" };
            after.insert(format!("mount {}", mount.target), json!(format!("{told}, {access}")));
        }
        if let Some(network) = &run.network {
            let object = Noun::Network.named(network, None);
            if !OWN_NETWORKS.contains(&network.as_str()) && self.engine.look(&Look::Object(object.clone())).await?.is_none() {
                let failure = Failure::new(FailureKind::NotFound, format!("there is no {object}; nothing was run"));
                return Err(failure.hint("`todo-agent \"docker network ls\"` shows which there are"));
            }
            after.insert("network".to_owned(), json!(network));
            if network == "host" {
                notes.push("it uses the network of the engine's machine: its ports are that machine's".to_owned());
            }
        }
        for file in &run.env_files {
            let read = self.engine.look(&Look::EnvFile(file.clone())).await?.unwrap_or_default();
            let names = read.get("names").and_then(Value::as_array).into_iter().flatten();
            let names: Vec<&str> = names.filter_map(Value::as_str).collect();
            after.insert(format!("variables of {file}"), json!(names.join(", ")));
        }
        Ok(())
    }

    async fn mounted(&self, mount: &Mount, place: &Place, notes: &mut Vec<String>) -> Result<String> {
        match &mount.source {
            Source::Unnamed => Ok("a new volume without a name".to_owned()),
            Source::Volume(name) => {
                let there = self.engine.look(&Look::Object(Noun::Volume.named(name, None))).await?.is_some();
                if there {
                    return Ok(format!("volume/{name}"));
                }
                notes.push(format!("volume/{name} is new, and stays when the container goes"));
                Ok(format!("volume/{name}, which is made"))
            }
            Source::Path(said) => {
                // Desktop shows the folders of this machine to its own; no other machine does.
                let here = matches!(place.locality, Locality::Engine | Locality::DockerDesktop);
                let look = Look::HostPath { path: said.clone(), here };
                let seen = self.engine.look(&look).await?.unwrap_or_default();
                let path = text(&seen, "/path").unwrap_or_else(|| said.clone());
                let is = |what: &str| seen.get(what) == Some(&json!(true));
                // What is read only keeps files from being changed, and no socket from being written to.
                if is("socket") || is("grave") && !mount.is_read_only() {
                    return Err(too_much(&path, here, is("socket")));
                }
                if !here {
                    notes.push("a path is looked for on the engine's machine, and not on this one".to_owned());
                    return Ok(format!("{path} of the engine's machine"));
                }
                if seen.get("there") == Some(&json!(false)) {
                    notes.push(format!(
                        "{path} is not there: the engine makes an empty folder for it, which belongs to root"
                    ));
                }
                Ok(format!("{path} of this machine"))
            }
        }
    }

    /// Variables whose values the environment has.
    pub(super) async fn set_here(&self, variables: &[EnvChange]) -> Result<()> {
        for change in variables.iter().filter(|change| change.value.is_none()) {
            self.observe.variable(&change.name).await?;
        }
        Ok(())
    }
}

/// What the preview says of the value of a variable.
pub(super) fn value(variable: &EnvChange) -> &str {
    variable.value.as_deref().unwrap_or("as it is set here")
}

fn too_much(path: &str, here: bool, socket: bool) -> Failure {
    let machine = if here { "this machine" } else { "the engine's machine" };
    let what = format!("a container that has {path} may do anything on {machine}; nothing was run");
    let needed = if socket {
        "give it the folder that it needs: a socket is written to also where `:ro` stands"
    } else {
        "give it the folder that it needs, and `:ro` behind it where it only reads"
    };
    Failure::new(FailureKind::Refused, what)
        .hint(needed)
        .hint("if it is meant all the same, `docker run` does it in a shell")
}
