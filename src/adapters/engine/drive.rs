//! Changes, each exactly as it was approved.

use std::time::Instant;

use bollard::{
    errors::Error,
    query_parameters::{RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, RemoveVolumeOptions, TagImageOptionsBuilder},
};
use serde_json::{Value, json};

use super::{Engine, fault, gate::Allowed, look::id_or_name};
use crate::domain::{
    docker::{DockerStep, Noun, short},
    execution::Done,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    plan::{Approved, Change, Plan},
    step::Step,
};

impl Engine {
    /// Sends the change at `index` of the approved plan.
    ///
    /// # Errors
    /// The engine said no; or `LostSight` when it went away before it said anything.
    pub async fn apply(&self, plan: &Approved<Plan>, index: usize) -> Result<Done> {
        let change = plan.get().changes.get(index).ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                format!("the plan \"{}\" has no change number {index}", plan.get().title),
            )
        })?;
        let start = Instant::now();
        let (object, what) = self.act(change).await?;
        Ok(Done {
            object,
            what,
            changed: change.diff.clone(),
            millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            after: Value::Null,
        })
    }

    async fn act(&self, change: &Change) -> Result<(ObjectRef, String)> {
        let object = &change.draft.object;
        let step = match &change.draft.step {
            Some(Step::Docker(step)) => Some(step),
            _ => None,
        };
        let what = match (change.draft.subresource.as_str(), step) {
            ("run", Some(DockerStep::Run(run))) => return self.run(run, change).await,
            ("pull", Some(DockerStep::Pull(pull))) => return self.pulled(&pull.image, object).await,
            ("build", Some(DockerStep::Build(build))) => {
                let id = self.build(build, object).await?;
                let what = format!("built {}", short(&id));
                let built = ObjectRef {
                    uid: Some(id),
                    ..object.clone()
                };
                return Ok((built, what));
            }
            (operation @ ("start" | "stop" | "restart" | "kill"), _) => self.turn(object, operation).await?,
            ("remove", _) => {
                // An undo takes away what it ran, running or not.
                let runs = change.draft.before.get("state") == Some(&json!("running"));
                self.remove(object, step.is_none() && runs).await?
            }
            ("remove by force", _) => self.remove(object, true).await?,
            ("untag", _) => self.remove(object, false).await.map(|_| "name taken away".to_owned())?,
            ("tag", Some(DockerStep::Tag(tag))) => self.tag(&tag.image, tag.image.uid.as_deref(), object).await?,
            ("tag", None) => {
                let id = change.draft.before.get("id").and_then(Value::as_str);
                self.tag(object, id, object).await?
            }
            (operation, _) => {
                return Err(Failure::new(
                    FailureKind::Refused,
                    format!("refused to {operation} {object}: it is not known what that does"),
                ));
            }
        };
        Ok((object.clone(), what))
    }

    pub(super) async fn turn(&self, container: &ObjectRef, operation: &str) -> Result<String> {
        let id = id_or_name(container);
        let _open = self.permits.open(Allowed::post(format!("/containers/{id}/{operation}")));
        let (answer, done) = match operation {
            "start" => (self.while_it_answers(self.docker.start_container(id, None)).await, "started"),
            "stop" => (self.while_it_answers(self.docker.stop_container(id, None)).await, "stopped"),
            "restart" => (self.while_it_answers(self.docker.restart_container(id, None)).await, "restarted"),
            _ => (self.while_it_answers(self.docker.kill_container(id, None)).await, "killed"),
        };
        answer.map_err(|error| self.unsure(error, container, operation))?;
        Ok(done.to_owned())
    }

    /// The name may stand for another image, or for a volume that was made anew, since it was shown.
    async fn still_stands(&self, object: &ObjectRef) -> Result<()> {
        let (pointer, shown) = match (Noun::of(object), &object.uid) {
            (Some(Noun::Image), Some(shown)) => ("/Id", shown),
            (Some(Noun::Volume), Some(shown)) => ("/CreatedAt", shown),
            _ => return Ok(()),
        };
        let named = ObjectRef {
            uid: None,
            ..object.clone()
        };
        let now = self.look(&crate::domain::ports::engine::Look::Object(named)).await?;
        let id = now.as_ref().and_then(|now| now.pointer(pointer)).and_then(Value::as_str);
        if id == Some(shown.as_str()) {
            return Ok(());
        }
        let what = format!("{object} is not the one that was shown; nothing was changed");
        Err(Failure::new(FailureKind::Conflict, what).hint("Ask again to see the change as it would be now."))
    }

    pub(super) async fn remove(&self, object: &ObjectRef, force: bool) -> Result<String> {
        self.remove_with(object, force, false).await
    }

    /// With `volumes` of a container also those that have no name and only it has.
    pub(super) async fn remove_with(&self, object: &ObjectRef, force: bool, volumes: bool) -> Result<String> {
        self.still_stands(object).await?;
        let name = id_or_name(object);
        let forced = if force { "true" } else { "false" };
        let answer = match Noun::of(object) {
            Some(Noun::Container) => {
                let mut allowed = Allowed::delete(format!("/containers/{name}")).with("force", forced);
                if volumes {
                    allowed = allowed.with("v", "true");
                }
                let _open = self.permits.open(allowed);
                let options = RemoveContainerOptionsBuilder::default().force(force).v(volumes).build();
                self.while_it_answers(self.docker.remove_container(name, Some(options))).await
            }
            Some(Noun::Image) => {
                let _open = self.permits.open(Allowed::delete(format!("/images/{name}")).with("force", forced));
                let options = RemoveImageOptionsBuilder::default().force(force).build();
                let removed = self.docker.remove_image(name, Some(options), None);
                self.while_it_answers(removed).await.map(|_| ())
            }
            Some(Noun::Network) => {
                let _open = self.permits.open(Allowed::delete(format!("/networks/{name}")));
                self.while_it_answers(self.docker.remove_network(name)).await
            }
            Some(Noun::Volume) => {
                let _open = self.permits.open(Allowed::delete(format!("/volumes/{name}")));
                self.while_it_answers(self.docker.remove_volume(name, None::<RemoveVolumeOptions>))
                    .await
            }
            None => Ok(()),
        };
        answer.map_err(|error| self.unsure(error, object, "remove"))?;
        Ok("removed".to_owned())
    }

    async fn tag(&self, image: &ObjectRef, id: Option<&str>, target: &ObjectRef) -> Result<String> {
        let source = id.unwrap_or(&image.name);
        let (repo, tag) = split(&target.name);
        let allowed = Allowed::post(format!("/images/{source}/tag")).with("repo", repo).with("tag", tag);
        let _open = self.permits.open(allowed);
        let options = TagImageOptionsBuilder::default().repo(repo).tag(tag).build();
        let answer = self.while_it_answers(self.docker.tag_image(source, Some(options))).await;
        answer.map_err(|error| self.unsure(error, target, "tag"))?;
        Ok("tagged".to_owned())
    }

    /// A change whose answer never came may have been made or not.
    pub(super) fn unsure(&self, error: Error, object: &ObjectRef, operation: &str) -> Failure {
        if !fault::is_lost(&error) {
            return self.failure(error, &format!("{operation} {object}"));
        }
        let silent = matches!(error, Error::RequestTimeoutError);
        let gone = if silent {
            fault::silent(&self.endpoint)
        } else {
            fault::gone(&self.endpoint)
        };
        let what = format!("whether {object} was changed ({operation}) is not known: {}", gone.what);
        let before = if silent { "" } else { " before it answered" };
        Failure::new(FailureKind::LostSight, format!("{what}{before}"))
            .hint(gone.hints.first().cloned().unwrap_or_default())
            .hint("then look: `todo-agent \"docker ps -a\"`")
            .cause(error)
    }
}

/// Repository and tag. A digest stands with the repository's name.
pub(super) fn split(image: &str) -> (&str, &str) {
    if image.contains('@') {
        return (image, "");
    }
    let last = image.rfind('/').map_or(0, |at| at + 1);
    match image[last..].find(':') {
        Some(at) => (&image[..last + at], &image[last + at + 1..]),
        None => (image, "latest"),
    }
}
