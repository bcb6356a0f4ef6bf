//! A container made and started; one that is waited for is removed again.

use bollard::{errors::Error, models::ContainerCreateBody, query_parameters::CreateContainerOptionsBuilder};
use futures_util::StreamExt;
use serde_json::Value;

use super::{Engine, PoisonError, body, gate::Allowed, host, look::id_or_name};
use crate::domain::{
    docker::{Logs, Run, short},
    event::Event,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
    plan::Change,
};

impl Engine {
    pub(super) async fn run(&self, run: &Run, change: &Change) -> Result<(ObjectRef, String)> {
        let object = &change.draft.object;
        let env = self.variables(run)?;
        self.have(run, change.draft.before.get("id").and_then(Value::as_str)).await?;
        let token = change
            .reversal
            .as_ref()
            .and_then(|reversal| reversal.fields.first()?.ours.as_ref()?.as_str());
        let config: ContainerCreateBody = serde_json::from_value(body::of(run, &env, token.unwrap_or_default())).map_err(|error| {
            Failure::new(FailureKind::Configuration, format!("{object} cannot be described to the engine")).cause(error)
        })?;
        let body = serde_json::to_value(&config).unwrap_or_default();
        let id = {
            let allowed = Allowed::post("/containers/create").with("name", &object.name).body(body);
            let _open = self.permits.open(allowed);
            let options = CreateContainerOptionsBuilder::default().name(&object.name).build();
            let created = self.while_it_answers(self.docker.create_container(Some(options), config)).await;
            created.map_err(|error| self.unsure(error, object, "run"))?.id
        };
        let made = ObjectRef {
            uid: Some(id),
            ..object.clone()
        };
        if let Err(failure) = self.turn(&made, "start").await {
            if failure.kind == FailureKind::LostSight {
                return Err(failure);
            }
            // What was made and could not be started is nobody's: it goes again.
            return Err(match self.remove_with(&made, false, true).await {
                Ok(_) => failure,
                Err(left) => failure.hint(format!("{object} was made and is left, not started: {}", left.what)),
            });
        }
        if run.once {
            return self.passed(&made).await;
        }
        let id = short(made.uid.as_deref().unwrap_or_default()).to_owned();
        Ok((made, format!("{} runs as {id}", object.name)))
    }

    /// The image as it was shown, or fetched where there was none.
    async fn have(&self, run: &Run, shown: Option<&str>) -> Result<()> {
        match (self.docker.inspect_image(&run.image).await, shown) {
            (Ok(image), Some(shown)) if image.id.as_deref() != Some(shown) => Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "{} is not the image that was shown: its name stands for another since; nothing was run",
                    run.image
                ),
            )
            .hint("Ask again to see what would be run now.")),
            (Ok(_), _) => Ok(()),
            (Err(error), Some(_)) => Err(self.failure(error, &format!("find the image {}, which was shown", run.image))),
            (Err(_), None) => self.pull(&run.image, None).await,
        }
    }

    /// Its output as it comes, and how it ended; then it is taken away, with the volumes that only it has.
    async fn passed(&self, container: &ObjectRef) -> Result<(ObjectRef, String)> {
        let left = |failure: Failure| {
            let name = &container.name;
            failure.hint(format!(
                "{container} is left and may still run: `todo-agent \"docker rm -f {name}\"` ends it"
            ))
        };
        self.heard(container).await.map_err(left)?;
        let code = self.ended(container).await.map_err(left)?;
        self.remove_with(container, false, true).await.map_err(left)?;
        if code == 0 {
            return Ok((container.clone(), "ran, and ended with exit code 0".to_owned()));
        }
        let what = format!("{container} ended with exit code {code}, and was removed");
        Err(Failure::new(FailureKind::Failed, what).hint("its output stands above"))
    }

    async fn heard(&self, container: &ObjectRef) -> Result<()> {
        let query = Logs {
            container: container.clone(),
            follow: true,
            since: None,
            tail: None,
        };
        let heard = async {
            let mut feed = self.logs(&query).await?;
            while let Some(line) = feed.next().await {
                self.record.record(Event::Line { line: line? })?;
            }
            Ok::<_, Failure>(())
        };
        let silence = async { self.while_it_answers(std::future::pending::<Result<(), Error>>()).await };
        tokio::select! {
            heard = heard => heard,
            silent = silence => silent.map_err(|error| self.unsure(error, container, "run")),
        }
    }

    /// Its exit code, when it has ended.
    async fn ended(&self, container: &ObjectRef) -> Result<i64> {
        let mut wait = self.docker.wait_container(id_or_name(container), None);
        match self.while_it_answers(async { wait.next().await.transpose() }).await {
            Ok(Some(answer)) => Ok(answer.status_code),
            Ok(None) => Err(Failure::new(
                FailureKind::LostSight,
                format!("how {container} ended is not known: the engine stopped answering before it said so"),
            )),
            Err(Error::DockerContainerWaitError { code, .. }) => Ok(code),
            Err(error) => Err(self.unsure(error, container, "run")),
        }
    }

    /// Those of files as they were shown, then those that were said: the later counts.
    fn variables(&self, run: &Run) -> Result<Vec<String>> {
        let known = self.variables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for file in &run.env_files {
            let (_, read) = known.iter().find(|(other, _)| other == file).ok_or_else(|| {
                let what = format!("refused to run {}: the variables of {file} were not shown", run.image);
                Failure::new(FailureKind::Refused, what)
            })?;
            all.extend(read.iter().cloned());
        }
        drop(known);
        all.extend(host::said(&run.env)?.into_iter().map(|(name, value)| format!("{name}={value}")));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::engine::fake::{Fake, Reply},
        domain::{docker::Noun, ports::engine::Look},
    };

    fn container() -> ObjectRef {
        Noun::Container.named("once".to_owned(), Some("1f".to_owned()))
    }

    #[tokio::test]
    async fn what_is_waited_for_goes_with_its_volumes() {
        let fake = Fake::start(vec![
            ("GET /containers/1f/logs", Reply::ok("")),
            ("POST /containers/1f/wait", Reply::ok("{\"StatusCode\":0}")),
            ("DELETE /containers/1f", Reply::new(204, "")),
        ]);
        let (_, what) = fake.engine().passed(&container()).await.unwrap();
        assert_eq!(what, "ran, and ended with exit code 0");
        let removed: Vec<String> = fake.heard().into_iter().filter(|call| call.starts_with("DELETE")).collect();
        assert_eq!(removed, ["DELETE /containers/1f?v=true&force=false&link=false"]);
    }

    #[tokio::test]
    async fn an_end_that_nobody_told_is_no_exit_code_and_what_is_left_is_said() {
        let left = "container/once is left and may still run: `todo-agent \"docker rm -f once\"` ends it";
        let silent = Fake::start(vec![
            ("GET /containers/1f/logs", Reply::ok("")),
            ("POST /containers/1f/wait", Reply::ok("")),
        ]);
        let failure = silent.engine().passed(&container()).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.what.as_str(), failure.hints),
            (
                FailureKind::LostSight,
                "how container/once ended is not known: the engine stopped answering before it said so",
                vec![left.to_owned()]
            )
        );
        let mute = Fake::start(vec![(
            "GET /containers/1f/logs",
            Reply::new(500, "{\"message\":\"configured logging driver does not support reading\"}"),
        )]);
        let failure = mute.engine().passed(&container()).await.unwrap_err();
        assert_eq!(failure.hints.last().map(String::as_str), Some(left));
    }

    #[tokio::test]
    async fn an_image_whose_name_was_moved_since_is_not_run() {
        let fake = Fake::start(vec![("GET /images/x:1/json", Reply::ok("{\"Id\":\"sha256:2\"}"))]);
        let run = Run {
            image: "x:1".to_owned(),
            ..Run::default()
        };
        let engine = fake.engine();
        assert_eq!(engine.have(&run, Some("sha256:2")).await, Ok(()));
        assert_eq!(
            engine.have(&run, Some("sha256:1")).await.map_err(|failure| failure.what),
            Err("x:1 is not the image that was shown: its name stands for another since; nothing was run".to_owned())
        );
    }

    #[tokio::test]
    async fn one_file_of_variables_serves_several_runs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env").display().to_string();
        std::fs::write(&file, "A=1\n").unwrap();
        let engine = Fake::start(vec![]).engine();
        let run = Run {
            env_files: vec![file.clone(), file.clone()],
            ..Run::default()
        };
        assert_eq!(engine.variables(&run).unwrap_err().kind, FailureKind::Refused);
        engine.look(&Look::EnvFile(file)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(engine.variables(&run), Ok(vec!["A=1".to_owned(), "A=1".to_owned()]));
        }
    }
}
