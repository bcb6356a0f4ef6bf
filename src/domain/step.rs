//! The closed vocabulary of what the built-in engine does. Playbooks compose these; nothing else is ever executed.

mod apply;
mod create;
mod forward;
mod look;
mod propose;
mod read;
mod rollout;
mod shape;
mod wait;

pub use apply::Apply;
pub use create::{Autoscale, ConfigMap, Contents, CreateNamespace, CreateSecret, Deploy, Expose, Exposure};
pub use forward::{Forward, Lane, Lanes, PodPort, Pods};
pub use look::{CanI, Contexts, Explain, HelmList, HelmRelease, HelmRollback, OfRelease, Sizing, Top, Watch, WhoCan};
pub use propose::Propose;
pub use read::{Describe, Diagnose, Events, Health, List, Logs, Manifest, Overview, Readers, RolloutStatus};
pub use rollout::{RolloutHistory, RolloutUndo, SetPaused};
pub use shape::{Delete, Marks, SetResources};
pub use wait::{Readiness, Until, Wait, plain_path};

use serde::{Deserialize, Serialize};

use super::{
    docker::DockerStep,
    intent::{Amount, EnvChange},
    object::ObjectRef,
    risk::Risk,
};

/// One step of a plan, all values known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Overview(Overview),
    List(List),
    Watch(Watch),
    Describe(Describe),
    Logs(Logs),
    Events(Events),
    Health(Health),
    Diagnose(Diagnose),
    RolloutStatus(RolloutStatus),
    Scale(Scale),
    Restart(Restart),
    SetImage(SetImage),
    SetEnv(SetEnv),
    RolloutHistory(RolloutHistory),
    RolloutUndo(RolloutUndo),
    SetPaused(SetPaused),
    Label(Marks),
    Annotate(Marks),
    /// Keys of a ConfigMap.
    SetData(Marks),
    /// Which workloads read a ConfigMap or a Secret.
    Readers(Readers),
    Delete(Delete),
    SetResources(SetResources),
    CreateNamespace(CreateNamespace),
    CreateDeployment(Deploy),
    CreateConfigMap(ConfigMap),
    CreateSecret(CreateSecret),
    Expose(Expose),
    Autoscale(Autoscale),
    Apply(Apply),
    Top(Top),
    Sizing(Sizing),
    CanI(CanI),
    Contexts(Contexts),
    HelmList(HelmList),
    HelmRelease(HelmRelease),
    HelmRollback(HelmRollback),
    Wait(Wait),
    WhoCan(WhoCan),
    Manifest(Manifest),
    Explain(Explain),
    Forward(Forward),
    /// By an AI tool, and approved.
    Propose(Propose),
    /// On a Docker Engine.
    Docker(DockerStep),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    pub workload: ObjectRef,
    pub replicas: Amount,
}

/// New pods from the same template, as `kubectl rollout restart` does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    pub workload: ObjectRef,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetImage {
    pub workload: ObjectRef,
    /// `None`: the only container, else the one whose name or image the workload's name resembles; else it is asked.
    #[serde(default)]
    pub container: Option<String>,
    pub image: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetEnv {
    pub workload: ObjectRef,
    /// `None`: every container, as `kubectl set env` does.
    #[serde(default)]
    pub container: Option<String>,
    pub env: Vec<EnvChange>,
}

/// Whether and how a step can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undoing {
    /// The fields we set get their old values again.
    Restore,
    /// Some of it; what stays is named.
    InPart,
    /// Nothing was kept that could be restored.
    Impossible,
    /// It changed nothing.
    NothingToUndo,
}

impl Undoing {
    /// Something of it can be taken back.
    #[must_use]
    pub const fn restores(self) -> bool {
        matches!(self, Self::Restore | Self::InPart)
    }
}

impl Step {
    /// The name under which playbooks write this step.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Overview(_) => "overview",
            Self::List(_) => "list",
            Self::Watch(_) => "watch",
            Self::Describe(_) => "describe",
            Self::Logs(_) => "logs",
            Self::Events(_) => "events",
            Self::Health(_) => "health",
            Self::Diagnose(_) => "diagnose",
            Self::RolloutStatus(_) => "rollout_status",
            Self::Scale(_) => "scale",
            Self::Restart(_) => "restart",
            Self::SetImage(_) => "set_image",
            Self::SetEnv(_) => "set_env",
            Self::RolloutHistory(_) => "rollout_history",
            Self::RolloutUndo(_) => "rollout_undo",
            Self::SetPaused(_) => "set_paused",
            Self::Label(_) => "label",
            Self::Annotate(_) => "annotate",
            Self::SetData(_) => "set_data",
            Self::Readers(_) => "readers",
            Self::Delete(_) => "delete",
            Self::SetResources(_) => "set_resources",
            Self::CreateNamespace(_) => "create_namespace",
            Self::CreateDeployment(_) => "create_deployment",
            Self::CreateConfigMap(_) => "create_config_map",
            Self::CreateSecret(_) => "create_secret",
            Self::Expose(_) => "expose",
            Self::Autoscale(_) => "autoscale",
            Self::Apply(_) => "apply",
            Self::Top(_) => "top",
            Self::Sizing(_) => "sizing",
            Self::CanI(_) => "can_i",
            Self::Contexts(_) => "contexts",
            Self::HelmList(_) => "helm_list",
            Self::HelmRelease(_) => "helm_release",
            Self::HelmRollback(_) => "helm_rollback",
            Self::Wait(_) => "wait",
            Self::WhoCan(_) => "who_can",
            Self::Manifest(_) => "manifest",
            Self::Explain(_) => "explain",
            Self::Forward(_) => "forward",
            Self::Propose(_) => "propose",
            Self::Docker(step) => step.name(),
        }
    }

    #[must_use]
    pub const fn risk(&self) -> Risk {
        match self {
            Self::Overview(_)
            | Self::List(_)
            | Self::Watch(_)
            | Self::Describe(_)
            | Self::Readers(_)
            | Self::Logs(_)
            | Self::Events(_)
            | Self::Health(_)
            | Self::Diagnose(_)
            | Self::RolloutStatus(_)
            | Self::RolloutHistory(_)
            | Self::Top(_)
            | Self::Sizing(_)
            | Self::CanI(_)
            | Self::Contexts(_)
            | Self::HelmList(_)
            | Self::HelmRelease(_)
            | Self::Wait(_)
            | Self::WhoCan(_)
            | Self::Manifest(_)
            | Self::Explain(_)
            | Self::Apply(Apply { only_show: true, .. }) => Risk::Read,
            Self::Scale(_)
            | Self::Restart(_)
            | Self::SetImage(_)
            | Self::SetEnv(_)
            | Self::RolloutUndo(_)
            | Self::HelmRollback(_)
            | Self::SetPaused(_)
            | Self::Label(_)
            | Self::Annotate(_)
            | Self::SetData(_)
            | Self::SetResources(_)
            | Self::CreateNamespace(_)
            | Self::CreateDeployment(_)
            | Self::CreateConfigMap(_)
            | Self::CreateSecret(_)
            | Self::Expose(_)
            | Self::Autoscale(_)
            | Self::Propose(_)
            | Self::Apply(_) => Risk::Change,
            // It changes nothing, and opens a way into a pod.
            Self::Forward(_) => Risk::RunCode,
            Self::Delete(_) => Risk::Destroy,
            Self::Docker(step) => step.risk(),
        }
    }

    #[must_use]
    pub fn undoing(&self) -> Undoing {
        match self {
            Self::Docker(step) => step.undoing(),
            Self::Forward(_) => Undoing::NothingToUndo,
            _ if self.lasts().is_some() => Undoing::Impossible,
            _ if matches!(self.risk(), Risk::Read) => Undoing::NothingToUndo,
            _ => Undoing::Restore,
        }
    }

    /// Why nothing takes it back, in one sentence.
    #[must_use]
    pub fn lasts(&self) -> Option<&'static str> {
        match self {
            Self::Delete(delete) => delete.lasts(),
            Self::Restart(_) => Some("A restart makes new pods of the same template: there is no earlier state to go back to."),
            Self::Docker(step) => step.lasts(),
            _ => None,
        }
    }

    /// To try it, what is secret is read: values of files and of the environment.
    #[must_use]
    pub const fn reads_secrets(&self) -> bool {
        matches!(self, Self::CreateSecret(_))
    }

    /// It shows what comes until somebody ends it.
    #[must_use]
    pub const fn follows(&self) -> bool {
        match self {
            Self::Forward(_) | Self::Watch(_) => true,
            Self::Logs(logs) => logs.follow,
            Self::Docker(DockerStep::Logs(logs)) => logs.follow,
            _ => false,
        }
    }

    /// The object that a change step acts on.
    #[must_use]
    pub const fn target(&self) -> Option<&ObjectRef> {
        match self {
            Self::Scale(Scale { workload, .. })
            | Self::Restart(Restart { workload })
            | Self::SetImage(SetImage { workload, .. })
            | Self::SetEnv(SetEnv { workload, .. })
            | Self::RolloutStatus(RolloutStatus { workload })
            | Self::RolloutHistory(RolloutHistory { workload, .. })
            | Self::RolloutUndo(RolloutUndo { workload, .. })
            | Self::SetPaused(SetPaused { workload, .. })
            | Self::SetResources(SetResources { workload, .. })
            | Self::Expose(Expose { workload, .. })
            | Self::Autoscale(Autoscale { workload, .. })
            | Self::Logs(Logs { workload, .. }) => Some(workload),
            Self::Describe(Describe { object, .. })
            | Self::Readers(Readers { object })
            | Self::Forward(Forward { object, .. })
            | Self::Wait(Wait { object, .. })
            | Self::Manifest(Manifest { object, .. })
            | Self::Label(Marks { object, .. })
            | Self::Annotate(Marks { object, .. })
            | Self::SetData(Marks { object, .. })
            | Self::Propose(Propose { object })
            | Self::Delete(Delete { object }) => Some(object),
            Self::Watch(Watch { object: Some(object), .. }) => Some(object),
            Self::List(List { of, .. })
            | Self::Watch(Watch { of, .. })
            | Self::Top(Top { of, .. })
            | Self::Sizing(Sizing { of, .. })
            | Self::Events(Events { of, .. })
            | Self::Health(Health { of, .. })
            | Self::Diagnose(Diagnose { of, .. }) => of.as_ref(),
            Self::Docker(step) => step.target(),
            Self::Overview(_)
            | Self::Apply(_)
            | Self::CanI(_)
            | Self::Contexts(_)
            | Self::HelmList(_)
            | Self::HelmRelease(_)
            | Self::HelmRollback(_)
            | Self::WhoCan(_)
            | Self::Explain(_)
            | Self::CreateNamespace(_)
            | Self::CreateDeployment(_)
            | Self::CreateConfigMap(_)
            | Self::CreateSecret(_) => None,
        }
    }
}
