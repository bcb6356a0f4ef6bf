//! A container made and started; one that is waited for is removed again.

use bollard::{errors::Error, models::ContainerCreateBody, query_parameters::CreateContainerOptionsBuilder};
use futures_util::StreamExt;

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
        if self.docker.inspect_image(&run.image).await.is_err() {
            self.pull(&run.image).await?;
        }
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
            return Err(match self.remove(&made, false).await {
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

    /// Its output as it comes, and how it ended.
    async fn passed(&self, container: &ObjectRef) -> Result<(ObjectRef, String)> {
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
            heard = heard => heard?,
            silent = silence => silent.map_err(|error| self.unsure(error, container, "run"))?,
        }
        let code = self.ended(container).await?;
        self.remove(container, false).await?;
        if code == 0 {
            return Ok((container.clone(), "ran, and ended with exit code 0".to_owned()));
        }
        let what = format!("{container} ended with exit code {code}, and was removed");
        Err(Failure::new(FailureKind::Failed, what).hint("its output stands above"))
    }

    /// Its exit code, when it has ended.
    async fn ended(&self, container: &ObjectRef) -> Result<i64> {
        let mut wait = self.docker.wait_container(id_or_name(container), None);
        match self.while_it_answers(async { wait.next().await.transpose() }).await {
            Ok(answer) => Ok(answer.map_or(0, |answer| answer.status_code)),
            Err(Error::DockerContainerWaitError { code, .. }) => Ok(code),
            Err(error) => Err(self.unsure(error, container, "run")),
        }
    }

    /// Those of files as they were shown, then those that were said.
    fn variables(&self, run: &Run) -> Result<Vec<String>> {
        let mut known = self.variables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for file in &run.env_files {
            let at = known.iter().position(|(other, _)| other == file);
            let (_, read) = at.map(|at| known.swap_remove(at)).ok_or_else(|| {
                let what = format!("refused to run {}: the variables of {file} were not shown", run.image);
                Failure::new(FailureKind::Refused, what)
            })?;
            all.extend(read);
        }
        all.extend(host::said(run)?);
        Ok(all)
    }
}
