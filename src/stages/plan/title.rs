//! One line that says what a plan is about.

use crate::domain::{
    docker::{Containers, DockerStep},
    object::ObjectRef,
    step::{HelmRollback, RolloutUndo, Step},
};

pub(super) fn of(changes: &[Step], reads: &[Step]) -> String {
    changes.iter().chain(reads).map(step).collect::<Vec<_>>().join(", then ")
}

fn step(step: &Step) -> String {
    let about = |verb: &str, of: Option<&ObjectRef>| of.map_or_else(|| verb.to_owned(), |object| format!("{verb} of {object}"));
    match step {
        Step::Overview(_) => "overview".to_owned(),
        Step::List(list) => about(&format!("list {}", list.kind.plural), list.of.as_ref()),
        Step::Watch(watch) => match (&watch.kind, &watch.object) {
            (_, Some(object)) => format!("watch {object}"),
            (kind, None) => about(
                &format!("watch {}", kind.as_ref().map_or("pods", |kind| kind.plural.as_str())),
                watch.of.as_ref(),
            ),
        },
        Step::Describe(describe) => format!("describe {}", describe.object),
        Step::Logs(logs) => about("logs", Some(&logs.workload)),
        Step::Events(events) => about("events", events.of.as_ref()),
        Step::Health(health) => about("health", health.of.as_ref()),
        Step::Diagnose(diagnose) => about("diagnosis", diagnose.of.as_ref()),
        Step::RolloutStatus(rollout) => about("rollout status", Some(&rollout.workload)),
        Step::Scale(scale) => format!("scale {}", scale.workload),
        Step::Restart(restart) => format!("restart {}", restart.workload),
        Step::SetImage(set) => format!("set image of {}", set.workload),
        Step::SetEnv(set) => format!("set environment of {}", set.workload),
        Step::RolloutHistory(history) => about("rollout history", Some(&history.workload)),
        Step::RolloutUndo(RolloutUndo {
            workload, revision: None, ..
        }) => format!("roll back {workload}"),
        Step::RolloutUndo(RolloutUndo {
            workload,
            revision: Some(number),
            ..
        }) => format!("roll back {workload} to revision {number}"),
        Step::SetPaused(set) if set.paused => format!("pause rollout of {}", set.workload),
        Step::SetPaused(set) => format!("resume rollout of {}", set.workload),
        Step::Label(marks) => format!("set labels of {}", marks.object),
        Step::Annotate(marks) => format!("set annotations of {}", marks.object),
        Step::Readers(readers) => format!("readers of {}", readers.object),
        Step::SetData(marks) => format!("set what {} holds", marks.object),
        Step::Delete(delete) => format!("delete {}", delete.object),
        Step::Propose(propose) => format!("change {}", propose.object),
        Step::SetResources(set) => format!("set resources of {}", set.workload),
        Step::CreateNamespace(create) => format!("create namespace/{}", create.name),
        Step::CreateDeployment(create) => format!("create deployment/{}", create.name),
        Step::CreateConfigMap(create) => format!("create configmap/{}", create.name),
        Step::CreateSecret(create) => format!("create secret/{}", create.name),
        Step::Expose(expose) => format!("expose {}", expose.workload),
        Step::Top(top) => about("usage", top.of.as_ref()),
        Step::Sizing(sizing) => about("resources", sizing.of.as_ref()),
        Step::CanI(can) => format!("whether you may {} {}", can.verb, can.kind.plural),
        Step::Contexts(_) => "contexts".to_owned(),
        Step::Forward(forward) => format!("forward ports to {}", forward.object),
        Step::Wait(wait) => format!("wait for {}", wait.object),
        Step::Manifest(manifest) => format!("manifest of {}", manifest.object),
        Step::WhoCan(can) => format!("who can {} {}", can.verb, can.kind.plural),
        Step::Explain(explain) => {
            let kind = explain.kind.as_ref().map(|kind| kind.singular());
            format!("explain {}", explain.field.clone().or(kind).unwrap_or_default())
        }
        Step::HelmList(_) => "releases".to_owned(),
        Step::HelmRelease(release) => format!("release {}", release.name),
        Step::HelmRollback(HelmRollback { name, revision: None, .. }) => format!("roll back release/{name}"),
        Step::HelmRollback(HelmRollback {
            name,
            revision: Some(number),
            ..
        }) => format!("roll back release/{name} to revision {number}"),
        Step::Apply(apply) if apply.only_show => format!("difference of {}", apply.path),
        Step::Apply(apply) => format!("apply {}", apply.path),
        Step::Autoscale(autoscale) => format!("autoscale {}", autoscale.workload),
        Step::Docker(step) => on_engine(step),
    }
}

fn on_engine(step: &DockerStep) -> String {
    match step {
        DockerStep::Containers(Containers { all: true }) => "list all containers".to_owned(),
        DockerStep::Containers(_) => "list containers".to_owned(),
        DockerStep::Images(images) => match &images.of {
            Some(name) => format!("list images called {name}"),
            None => "list images".to_owned(),
        },
        DockerStep::Networks(_) => "list networks".to_owned(),
        DockerStep::Volumes(_) => "list volumes".to_owned(),
        DockerStep::DiskUsage(_) => "disk usage".to_owned(),
        DockerStep::Engine(_) => "the engine".to_owned(),
        DockerStep::Logs(logs) => format!("logs of {}", logs.container),
        DockerStep::Stats(stats) => stats
            .container
            .as_ref()
            .map_or_else(|| "what containers use".to_owned(), |container| format!("what {container} uses")),
        DockerStep::Inspect(inspect) => format!("inspect {}", inspect.object),
        DockerStep::History(of) => format!("history of {}", of.image),
        DockerStep::Start(of) => format!("start {}", of.container),
        DockerStep::Stop(of) => format!("stop {}", of.container),
        DockerStep::Restart(of) => format!("restart {}", of.container),
        DockerStep::Kill(of) => format!("kill {}", of.container),
        DockerStep::Remove(remove) => format!("remove {}", remove.object),
        DockerStep::Tag(tag) => format!("tag {} as {}", tag.image, tag.tag),
        DockerStep::Run(run) => match &run.name {
            Some(name) => format!("run {} as {name}", run.image),
            None => format!("run {}", run.image),
        },
        DockerStep::Pull(pull) => format!("pull {}", pull.image),
        DockerStep::Build(build) => format!("build {}", build.tag),
        DockerStep::Prune(_) => "remove what nothing uses".to_owned(),
    }
}
