//! helm itself, which alone changes releases: their records, hooks and merges are its own.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{Surroundings, look, version_in};
use crate::{
    adapters::process::{HELM_ELSEWHERE, Mute, Ran, Surrounding, ask},
    domain::{
        failure::{Failure, FailureKind, Result},
        object::ObjectRef,
        release,
    },
};

/// As long as it takes to tell a version.
const ASKED: Duration = Duration::from_secs(10);

/// As long as helm itself waits for its hooks.
const HOOKS: Duration = Duration::from_mins(5);

/// Beyond its own limit, to say how it ended.
const GRACE: Duration = Duration::from_secs(30);

/// And to other records than those that were looked at.
const OTHER_RECORDS: [&str; 2] = ["HELM_DRIVER", "HELM_NAMESPACE"];

/// The helm of this machine, for one cluster.
#[derive(Clone, Debug)]
pub struct Helm {
    program: PathBuf,
    surrounding: Surrounding,
    context: String,
}

impl Helm {
    /// For the context `context` of these files.
    ///
    /// # Errors
    /// It is not on PATH.
    pub async fn find(files: &[PathBuf], context: &str) -> Result<Self> {
        let here = Arc::new(Surroundings::of_this_process());
        let program = look(&here, |here| here.program("helm")).await.flatten().ok_or_else(|| {
            Failure::new(
                FailureKind::Configuration,
                "helm is not on PATH, and releases are changed by helm alone",
            )
            .hint("Install it: https://helm.sh/docs/intro/install")
            .hint("What can be gone back to: `todo-agent \"helm list\"`, then `todo-agent \"helm history NAME\"`.")
        })?;
        let astray = HELM_ELSEWHERE.into_iter().chain(OTHER_RECORDS);
        let mut variables: Vec<(&str, Option<OsString>)> = astray.map(|name| (name, None)).collect();
        variables.push(("KUBECONFIG", std::env::join_paths(files).ok()));
        Ok(Self {
            program,
            surrounding: Surrounding::Turned(variables),
            context: context.to_owned(),
        })
    }

    /// # Errors
    /// It does not run.
    pub async fn tell(&self) -> Result<release::Helm> {
        let ran = self.run(&["version", "--short"], ASKED).await;
        let ran = ran.map_err(|mute| unable(&self.program, &mute))?;
        Ok(release::Helm {
            version: version_in(&ran.out),
        })
    }

    /// Rolls a release back. That helm says no is told, and what came of it shows in its record.
    ///
    /// # Errors
    /// It does not run; or `LostSight`: it did not end in time.
    pub async fn rollback(&self, release: &ObjectRef, revision: u64, limit: Option<Duration>) -> Result<Option<String>> {
        let limit = limit.unwrap_or(HOOKS).max(Duration::from_secs(1));
        let (revision, seconds) = (revision.to_string(), format!("{}s", limit.as_secs()));
        let namespace = release.namespace.as_deref().unwrap_or_default();
        let args = [
            "rollback",
            &release.name,
            &revision,
            "--namespace",
            namespace,
            "--kube-context",
            &self.context,
            "--timeout",
            &seconds,
        ];
        match self.run(&args, limit + GRACE).await {
            Ok(ran) if ran.succeeded => Ok(None),
            Ok(ran) => Ok(Some(said(&ran))),
            Err(Mute::TooLong) => Err(Failure::new(
                FailureKind::LostSight,
                format!("whether {release} was rolled back is not known: helm did not end within {seconds}, and was ended"),
            )
            .hint(format!(
                "See what it left: `todo-agent -n {namespace} \"helm history {}\"`",
                release.name
            ))),
            Err(mute) => Err(unable(&self.program, &mute)),
        }
    }

    async fn run(&self, args: &[&str], limit: Duration) -> Result<Ran, Mute> {
        ask(&self.program, args, &self.surrounding, limit).await
    }
}

/// The last line that it said, without the word in front of it.
fn said(ran: &Ran) -> String {
    let mut lines = ran.err.lines().chain(ran.out.lines()).map(str::trim);
    let last = lines.rfind(|line| !line.is_empty()).unwrap_or("it says nothing");
    last.strip_prefix("Error: ").unwrap_or(last).to_owned()
}

fn unable(program: &Path, mute: &Mute) -> Failure {
    let why = match mute {
        Mute::TooLong => "it does not answer".to_owned(),
        Mute::NotStarted(why) => why.clone(),
    };
    Failure::new(FailureKind::Configuration, format!("helm cannot be run: {why}")).hint(format!("It is {}.", program.display()))
}
