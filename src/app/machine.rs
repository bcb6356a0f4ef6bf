//! What this machine has for the work: everything is looked at at once, and nothing may make the answer wait.

use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{App, reach::Reach, tee::Nobody, writable};
use crate::{
    adapters::tools::{
        Bounds, Surroundings, docker_agent, engine, gordon, kagent, kubectl_ai, model,
        programs::{self, PROGRAMS},
    },
    domain::{
        failure::{Failure, Result},
        machine::{ClusterFacts, KagentFacts, Machine, Part, PartState, Room, Work},
        place::Locality,
        request::RequestOptions,
    },
};

/// A probe ends its own waiting before this.
const LIMIT: Duration = Duration::from_millis(1300);
/// And is given up after this, whatever it hangs on. The whole answer takes less than two seconds.
const WHOLE: Duration = Duration::from_millis(1600);

/// The folder of records, as a part.
const STATE: &str = "state";

const DOMAINS: [&str; 3] = ["docker", "kubernetes", "analysis"];

impl App {
    /// What is there, what can be used, why not, and what to do about it. Changes nothing and makes nothing.
    pub async fn examine(&self, options: &RequestOptions) -> Machine {
        let here = Arc::new(Surroundings::of_this_process().with(self.setups(), self.kept()));
        let scratch = Scratch::new();
        let bounds = Bounds {
            limit: LIMIT,
            scratch: scratch.0.clone(),
        };
        let options = RequestOptions {
            timeout_seconds: Some(1),
            ..options.clone()
        };
        // In so short a time nobody can log in.
        let reach = Arc::new(Reach::new(self, &options, Arc::new(Nobody)).in_background());
        let programs = PROGRAMS.map(|(name, args)| in_time(name, programs::probe(name, args, &here, &bounds)));
        let ((cluster, agents), docker, programs, buildx, gordon, agent, kubectl_ai, kagent, model) = tokio::join!(
            cluster(reach),
            in_time(engine::NAME, engine::probe(&here, &bounds)),
            futures_util::future::join_all(programs),
            in_time("buildx", programs::buildx(&here, &bounds)),
            in_time(gordon::NAME, gordon::probe(&here, &bounds)),
            in_time(docker_agent::NAME, docker_agent::probe(&here, &bounds)),
            in_time(kubectl_ai::NAME, kubectl_ai::probe(&here, &bounds)),
            in_time(kagent::NAME, kagent::probe(&here, &bounds)),
            in_time(model::NAME, model::probe(&here, bounds.limit)),
        );
        let gordon = gordon::with_engine(gordon, docker.engine.as_ref().filter(|_| docker.state == PartState::Usable));
        let state = self.state_folder();
        let mut parts = vec![kept(started(cluster, &programs), state.as_ref()), docker, buildx];
        parts.extend(programs);
        parts.extend([gordon, agent, kubectl_ai, kagent::with_cluster(kagent, agents), model]);
        parts.extend(self.library().err().map(|failure| of_failure("playbooks", &failure)));
        parts.extend(state);
        let work = self.work(&parts);
        Machine { parts, work }
    }

    /// Where records, undo data and the embedded cluster are kept; a part only where that cannot be.
    fn state_folder(&self) -> Option<Part> {
        let folders = [self.dirs.state().to_path_buf(), self.dirs.transcripts()];
        let why = folders.iter().find_map(|folder| writable::obstacle(folder))?;
        let part = Part::new(STATE, PartState::Unusable).because(why);
        Some(part.then("Without it nothing is changed: check who may write there, or choose another place with `--state-dir DIR`."))
    }

    /// Who does what there are playbooks for, on what can be used: an AI tool that is driven and can be used, else the built-in engine.
    fn work(&self, parts: &[Part]) -> Vec<Work> {
        let Ok(library) = self.library() else { return Vec::new() };
        let done = |domain: &str| library.playbooks.all().any(|playbook| playbook.domain == domain);
        let is_usable = |name: &str| parts.iter().any(|part| part.name == name && part.state == PartState::Usable);
        let options = &self.settings.options;
        let tool = is_usable(kubectl_ai::NAME) && options.no_ai != Some(true) && options.with_tool.as_deref() != Some("builtin");
        let one = |domain: &str| {
            let on = if domain == "docker" { "docker" } else { "cluster" };
            let usable = is_usable(on);
            let by = if domain == "kubernetes" && tool {
                kubectl_ai::NAME
            } else {
                "builtin"
            };
            let lacks = (done(domain) && !usable).then(|| on.to_owned());
            Work {
                domain: domain.to_owned(),
                by: (done(domain) && usable).then(|| by.to_owned()),
                lacks,
            }
        };
        DOMAINS.into_iter().map(one).collect()
    }
}

/// The embedded cluster is one of the things that are kept there.
fn kept(cluster: Part, state: Option<&Part>) -> Part {
    let embedded = cluster.cluster.as_ref().and_then(|facts| facts.locality) == Some(Locality::Embedded);
    match state.and_then(|state| state.why.clone()) {
        Some(why) if embedded => Part {
            state: PartState::Unusable,
            why: Some(format!("the embedded cluster has no place: {why}")),
            ..cluster
        },
        _ => cluster,
    }
}

async fn in_time(name: &str, probe: impl Future<Output = Part>) -> Part {
    let late = || Part::new(name, PartState::Unusable).because("it could not be found out in time");
    tokio::time::timeout(WHOLE, probe).await.unwrap_or_else(|_| late())
}

/// The cluster, and the agents in it.
async fn cluster(reach: Arc<Reach>) -> (Part, KagentFacts) {
    // A kubeconfig may stand on a disk that does not answer: it is read on a thread of its own.
    let runtime = tokio::runtime::Handle::current();
    let asked = tokio::task::spawn_blocking(move || runtime.block_on(meet(&reach)));
    match tokio::time::timeout(WHOLE, asked).await {
        Ok(Ok(told)) => told,
        _ => {
            let late = Part::new("cluster", PartState::Unusable).because("it could not be found out in time which one is meant");
            (late, KagentFacts::default())
        }
    }
}

async fn meet(reach: &Reach) -> (Part, KagentFacts) {
    let files = match reach.kubeconfig() {
        Ok(files) => files,
        Err(failure) => return (of_failure("cluster", &failure), KagentFacts::default()),
    };
    let Some(files) = files else {
        return (embedded(), KagentFacts::default());
    };
    let target = match reach.cluster().await {
        Ok(cluster) => cluster.target().clone(),
        Err(failure) => return (of_failure("cluster", &failure), KagentFacts::default()),
    };
    let facts = ClusterFacts {
        kubeconfig: files.iter().map(|file| file.display().to_string()).collect(),
        context: target.context,
        contexts: target.contexts,
        namespace: target.namespace,
        server: target.server,
        locality: None,
        room: None,
    };
    let asked = async { tokio::join!(reach.trusted(), room(reach), agents(reach)) };
    let (place, room, agents) = match tokio::time::timeout(LIMIT, asked).await {
        Ok(told) => told,
        Err(_) => {
            let silent = Part::new("cluster", PartState::Unusable).because(format!("{} does not answer in time", facts.server));
            let part = Part {
                cluster: Some(facts),
                ..silent
            };
            return (part, KagentFacts::default());
        }
    };
    let part = match place {
        Ok(place) => Part {
            version: place.version.map(|version| version.trim_start_matches('v').to_owned()),
            cluster: Some(ClusterFacts {
                locality: Some(place.locality),
                room,
                ..facts
            }),
            ..Part::new("cluster", PartState::Usable)
        },
        Err(failure) => Part {
            cluster: Some(facts),
            ..of_failure("cluster", &failure)
        },
    };
    (part, agents)
}

async fn room(reach: &Reach) -> Option<Room> {
    reach.cluster().await.ok()?.room().await.ok().flatten()
}

async fn agents(reach: &Reach) -> KagentFacts {
    let asked: Result<KagentFacts> = async { reach.cluster().await?.kagent().await }.await;
    asked.unwrap_or_default()
}

fn embedded() -> Part {
    Part {
        cluster: Some(ClusterFacts {
            kubeconfig: Vec::new(),
            context: "embedded".to_owned(),
            contexts: Vec::new(),
            namespace: "default".to_owned(),
            server: String::new(),
            locality: Some(Locality::Embedded),
            room: None,
        }),
        ..Part::new("cluster", PartState::Usable).because("no kubeconfig names a real one")
    }
}

/// For the embedded cluster: how one comes to a real one with what is there.
fn started(cluster: Part, programs: &[Part]) -> Part {
    let embedded = cluster.cluster.as_ref().and_then(|facts| facts.locality) == Some(Locality::Embedded);
    let there = |name: &str| programs.iter().any(|part| part.name == name && part.state == PartState::Usable);
    if !embedded || !cluster.next.is_empty() {
        cluster
    } else if there("minikube") {
        cluster.then("`minikube start`")
    } else if there("kind") {
        cluster.then("`kind create cluster`")
    } else {
        cluster
    }
}

fn of_failure(name: &str, failure: &Failure) -> Part {
    Part {
        next: failure.hints.clone(),
        ..Part::new(name, PartState::Unusable).because(failure.what.clone())
    }
}

/// A folder for programs that write into the home they are given. Gone when dropped.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("todo-agent-{}", uuid::Uuid::new_v4()));
        if let Err(error) = make_private(&dir) {
            tracing::debug!(%error, "no folder for the homes of tools");
        }
        Self(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "the folder of the homes of tools stays");
        }
    }
}

#[cfg(unix)]
fn make_private(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn make_private(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir(dir)
}
