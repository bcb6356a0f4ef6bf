//! An image fetched from its registry, told as it comes.

use std::collections::BTreeMap;

use bollard::{errors::Error, models::CreateImageInfo, query_parameters::CreateImageOptionsBuilder};
use futures_util::TryStreamExt;

use super::{Engine, drive::split, fault, gate::Allowed};
use crate::domain::{
    answer::LogLine,
    docker::short,
    event::Event,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
};

impl Engine {
    pub(super) async fn pulled(&self, image: &str, target: &ObjectRef) -> Result<(ObjectRef, String)> {
        let before = self.docker.inspect_image(&target.name).await.ok().and_then(|image| image.id);
        self.pull(image).await?;
        let now = self.docker.inspect_image(&target.name).await;
        let id = now.map_err(|error| self.unsure(error, target, "pull"))?.id.unwrap_or_default();
        let what = if before.as_ref() == Some(&id) {
            format!("is up to date: {}", short(&id))
        } else {
            format!("pulled {}", short(&id))
        };
        let pulled = ObjectRef {
            uid: Some(id),
            ..target.clone()
        };
        Ok((pulled, what))
    }

    pub(super) async fn pull(&self, image: &str) -> Result<()> {
        let (repo, tag) = split(image);
        let allowed = Allowed::post("/images/create").with("fromImage", repo).with("tag", tag);
        let _open = self.permits.open(allowed);
        let options = CreateImageOptionsBuilder::default().from_image(repo).tag(tag).build();
        let mut progress = Box::pin(self.docker.create_image(Some(options), None, None));
        let mut told = Told::default();
        loop {
            match self.while_it_answers(progress.try_next()).await {
                Ok(Some(info)) => {
                    if let Some(message) = info.error_detail.as_ref().and_then(|detail| detail.message.as_ref()) {
                        return Err(unpulled(image, message));
                    }
                    if let Some(text) = told.line(&info) {
                        let line = LogLine {
                            pod: image.to_owned(),
                            container: String::new(),
                            text,
                        };
                        self.record.record(Event::Line { line })?;
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    return Err(match fault::status(&error) {
                        Some((_, message)) => unpulled(image, message),
                        None => match &error {
                            Error::DockerStreamError { error } => unpulled(image, error),
                            _ => self.failure(error, &format!("pull {image}")),
                        },
                    });
                }
            }
        }
    }
}

/// What was heard of each layer: how far it is comes many times a second, and is not told.
#[derive(Default)]
struct Told(BTreeMap<String, String>);

impl Told {
    fn line(&mut self, info: &CreateImageInfo) -> Option<String> {
        let status = info.status.as_deref()?.trim_end();
        let Some(id) = info.id.as_deref() else {
            return Some(status.to_owned());
        };
        if matches!(status, "Downloading" | "Extracting" | "Verifying Checksum" | "Waiting") {
            return None;
        }
        let known = self.0.insert(id.to_owned(), status.to_owned());
        (known.as_deref() != Some(status)).then(|| format!("{id}: {status}"))
    }
}

fn unpulled(image: &str, message: &str) -> Failure {
    let message = message
        .trim()
        .trim_start_matches("Error response from daemon: ")
        .trim_end_matches('.');
    Failure::new(
        FailureKind::NotFound,
        format!(
            "{image} is not on this engine and cannot be pulled: {}",
            message.lines().next().unwrap_or_default()
        ),
    )
    .hint("check its name and tag: `todo-agent \"docker images\"` shows what is here")
    .hint("what needs a login is pulled with `docker pull` first")
}
