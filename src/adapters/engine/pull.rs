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
        self.pull(image, before.as_deref()).await?;
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

    /// `here` is the id of the image that has this name now.
    pub(super) async fn pull(&self, image: &str, here: Option<&str>) -> Result<()> {
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
                        return Err(unpulled(image, here, message));
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
                        Some((_, message)) => unpulled(image, here, message),
                        None => match &error {
                            Error::DockerStreamError { error } => unpulled(image, here, error),
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

fn unpulled(image: &str, here: Option<&str>, message: &str) -> Failure {
    let message = message
        .trim()
        .trim_start_matches("Error response from daemon: ")
        .trim_end_matches('.');
    let why = message.lines().next().unwrap_or_default();
    if let Some(id) = here {
        let what = format!("{image} cannot be pulled: {why}");
        return Failure::new(FailureKind::Failed, what)
            .hint(format!("what is here under this name stays: {}", short(id)))
            .hint("what needs a login is pulled with `docker pull` first");
    }
    let missing = ["not found", "manifest unknown", "does not exist"];
    let kind = if missing.iter().any(|words| why.contains(words)) {
        FailureKind::NotFound
    } else {
        FailureKind::Failed
    };
    Failure::new(kind, format!("{image} is not on this engine and cannot be pulled: {why}"))
        .hint("check its name and tag: `todo-agent \"docker images\"` shows what is here")
        .hint("what needs a login is pulled with `docker pull` first")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::engine::fake::{Fake, Reply},
        domain::docker::Noun,
    };

    #[tokio::test]
    async fn an_image_that_is_here_is_not_said_to_be_missing_when_its_registry_is() {
        let down = || Reply::new(500, "{\"message\":\"dial tcp 192.0.2.1:443: connect: connection refused\"}");
        let here = Fake::start(vec![
            ("GET /images/x:1/json", Reply::ok("{\"Id\":\"sha256:256c56b4f684\"}")),
            ("POST /images/create", down()),
        ]);
        let target = Noun::Image.named("x:1".to_owned(), None);
        let failure = here.engine().pulled("x:1", &target).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.what.as_str(), failure.hints.first().map(String::as_str)),
            (
                FailureKind::Failed,
                "x:1 cannot be pulled: dial tcp 192.0.2.1:443: connect: connection refused",
                Some("what is here under this name stays: 256c56b4f684")
            )
        );
        let gone = Fake::start(vec![
            ("GET /images", Reply::new(404, "{\"message\":\"no\"}")),
            ("POST /images/create", down()),
        ]);
        let failure = gone.engine().pulled("x:1", &target).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.what.as_str()),
            (
                FailureKind::Failed,
                "x:1 is not on this engine and cannot be pulled: dial tcp 192.0.2.1:443: connect: connection refused"
            )
        );
    }
}
