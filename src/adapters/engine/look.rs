//! What is there, as the engine tells it. Values of variables that are secret leave here hidden.

use std::sync::PoisonError;

use bollard::{
    errors::Error,
    query_parameters::{ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListVolumesOptions, StatsOptionsBuilder},
};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Engine, context::Context, fault, host};
use crate::{
    domain::{
        docker::Noun,
        failure::{Failure, FailureKind, Result},
        object::ObjectRef,
        ports::engine::Look,
    },
    redact::{Redactor, has_mark, is_secret_name},
};

impl Engine {
    /// # Errors
    /// The engine cannot be reached, or said no.
    pub async fn look(&self, look: &Look) -> Result<Option<Value>> {
        match look {
            Look::Containers { all } => {
                let options = ListContainersOptionsBuilder::default().all(*all).build();
                self.told(self.docker.list_containers(Some(options)).await, "list containers")
            }
            Look::Images { all } => {
                let options = ListImagesOptionsBuilder::default().all(*all).build();
                self.told(self.docker.list_images(Some(options)).await, "list images")
            }
            Look::Networks => self.told(self.docker.list_networks(None).await, "list networks"),
            Look::Volumes => self.told(self.docker.list_volumes(None::<ListVolumesOptions>).await, "list volumes"),
            Look::DiskUsage => {
                // The version that old engines and new ones answer alike.
                self.told(self.plain("/v1.41/system/df").await, "ask for disk usage")
            }
            Look::Engine => {
                let (version, info) = tokio::join!(self.docker.version(), self.docker.info());
                let version = self.told(version, "ask for the engine's version")?;
                let info = self.told(info, "ask about the engine")?;
                Ok(info.map(|info| json!({"version": version, "info": info})))
            }
            Look::Object(object) => self.object(object).await,
            Look::History(image) => self.told(
                self.docker.image_history(&image.name).await,
                &format!("read the history of {image}"),
            ),
            Look::Context(build) => {
                let context = Context::of(build.context.as_deref().unwrap_or("."), build.file.as_deref())?;
                let told = context.told();
                let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.retain(|(other, _)| other != build);
                shown.push((build.clone(), context));
                Ok(Some(told))
            }
            Look::HostPath { path, here } => Ok(Some(host::seen(path, here.then_some(&self.endpoint)))),
            Look::EnvFile(file) => {
                let read = host::variables(file)?;
                let names: Vec<&str> = read.iter().map(|variable| host::name(variable)).collect();
                let told = json!({"names": names});
                let mut known = self.variables.lock().unwrap_or_else(PoisonError::into_inner);
                known.retain(|(other, _)| other != file);
                known.push((file.clone(), read));
                Ok(Some(told))
            }
            Look::Stats(container) => {
                let options = StatsOptionsBuilder::default().stream(false).one_shot(false).build();
                let mut stats = Box::pin(self.docker.stats(id_or_name(container), Some(options)));
                self.told(stats.try_next().await, &format!("measure {container}"))
            }
        }
    }

    async fn object(&self, object: &ObjectRef) -> Result<Option<Value>> {
        let doing = format!("inspect {object}");
        let name = id_or_name(object);
        match Noun::of(object) {
            Some(Noun::Container) => {
                let mut found = self.told(self.docker.inspect_container(name, None).await, &doing)?;
                found.iter_mut().for_each(hide);
                Ok(found)
            }
            Some(Noun::Image) => {
                let mut found = self.told(self.docker.inspect_image(name).await, &doing)?;
                found.iter_mut().for_each(hide);
                Ok(found)
            }
            Some(Noun::Network) => self.told(self.docker.inspect_network(name, None).await, &doing),
            Some(Noun::Volume) => self.told(self.docker.inspect_volume(name).await, &doing),
            None => Err(Failure::new(
                FailureKind::Configuration,
                format!("{object} is no object of a Docker Engine"),
            )),
        }
    }

    fn told<T: Serialize>(&self, answer: Result<T, Error>, doing: &str) -> Result<Option<Value>> {
        match answer {
            Ok(answer) => serde_json::to_value(answer)
                .map(Some)
                .map_err(|error| Failure::new(FailureKind::Failed, format!("cannot {doing}: the answer cannot be read")).cause(error)),
            Err(error) if fault::status(&error).is_some_and(|(status, _)| status == 404) => Ok(None),
            Err(error) => Err(self.failure(error, doing)),
        }
    }
}

/// With an id it is this very object. An image is known by its name: an id may have several.
pub(super) fn id_or_name(object: &ObjectRef) -> &str {
    match Noun::of(object) {
        // Of an image the name is what is meant, and a volume has no id: when it was made stands for one.
        Some(Noun::Image | Noun::Volume) => &object.name,
        _ => object.uid.as_deref().unwrap_or(&object.name),
    }
}

/// `NAME=value` of containers and images, with `•••` for a value that is secret.
fn hide(object: &mut Value) {
    let Some(env) = object.pointer_mut("/Config/Env").and_then(Value::as_array_mut) else {
        return;
    };
    let redactor = Redactor::default();
    for entry in env {
        let Some((name, value)) = entry.as_str().and_then(|entry| entry.split_once('=')) else {
            continue;
        };
        let shown = redactor.under(name, &Value::from(value));
        if is_secret_name(name) || shown.as_str().is_some_and(has_mark) {
            *entry = Value::from(format!("{name}=•••"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_variables_are_hidden() {
        let mut container = json!({"Config": {"Env": ["PATH=/bin", "API_KEY=abc", "EMPTY="]}});
        hide(&mut container);
        assert_eq!(container, json!({"Config": {"Env": ["PATH=/bin", "API_KEY=•••", "EMPTY="]}}));
    }
}
