//! What must be true afterwards, and what was seen.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    docker::condition::OnEngine,
    field::FieldPath,
    finding::Finding,
    intent::{Amount, EnvChange},
    object::ObjectRef,
};

/// A condition as a playbook states it. Closed vocabulary, like the steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostCondition {
    /// `spec.replicas` has this value.
    Replicas(ReplicasAre),
    /// Generation observed; updated = available = desired; no old replica left. After a template change, five seconds
    /// more without a restart.
    Available(IsAvailable),
    /// The container runs this image in the template.
    Image(ImageIs),
    /// The variables are in the template as asked.
    Env(EnvIs),
    /// Fields have these values; what an undo verifies.
    Fields(FieldsAre),
    /// The rollout is paused, or not.
    Paused(PausedIs),
    Labels(MarksAre),
    Annotations(MarksAre),
    /// What the containers may use is in the template as asked.
    Resources(ResourcesAre),
    /// It is there, and not on its way out.
    Exists(IsThere),
    /// It is not there any more.
    Gone(IsThere),
    /// A release of Helm has a revision that is what an earlier one was.
    Released(IsReleased),
    /// It comes to be so, by whatever brings it about: what is waited for.
    Reaches(Reaches),
    /// Of an object of a Docker Engine.
    Docker(OnEngine),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reaches {
    pub object: ObjectRef,
    /// As `kubectl wait --for` takes it; `None`: ready.
    #[serde(default)]
    pub until: Option<String>,
    #[serde(default)]
    pub gone: bool,
    /// Seconds in all; `None`: as long as any verification waits.
    #[serde(default)]
    pub timeout: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsReleased {
    pub release: ObjectRef,
    /// The revision that was made.
    pub revision: u64,
    /// The one that it is to be like.
    pub like: u64,
    /// SHA-256 of that one's manifest: Helm may have forgotten it by then.
    pub digest: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PausedIs {
    pub workload: ObjectRef,
    pub equals: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarksAre {
    pub object: ObjectRef,
    pub set: Vec<EnvChange>,
}

/// The fields that the step sets, with the server's own spelling of the amounts; the plan fills them in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourcesAre {
    pub workload: ObjectRef,
    #[serde(default)]
    pub fields: Vec<(FieldPath, Option<Value>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsThere {
    pub object: ObjectRef,
    /// Fields that it must have.
    #[serde(default)]
    pub fields: Vec<(FieldPath, Option<Value>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicasAre {
    pub workload: ObjectRef,
    /// A relative amount is made absolute by the plan.
    pub equals: Amount,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsAvailable {
    pub workload: ObjectRef,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageIs {
    pub workload: ObjectRef,
    #[serde(default)]
    pub container: Option<String>,
    pub equals: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvIs {
    pub workload: ObjectRef,
    #[serde(default)]
    pub container: Option<String>,
    pub env: Vec<EnvChange>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldsAre {
    pub object: ObjectRef,
    /// `None`: the field must be absent.
    pub fields: Vec<(FieldPath, Option<Value>)>,
}

impl PostCondition {
    /// Both cannot be true of one object.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        let same_object = self.object().same_name(other.object());
        let differ = match (self, other) {
            (Self::Replicas(one), Self::Replicas(two)) => one.equals != two.equals,
            (Self::Image(one), Self::Image(two)) => one.container == two.container && one.equals != two.equals,
            (Self::Env(one), Self::Env(two)) => {
                let other_value = |change: &EnvChange| two.env.iter().any(|known| known.name == change.name && known.value != change.value);
                one.container == two.container && one.env.iter().any(other_value)
            }
            (Self::Paused(one), Self::Paused(two)) => one.equals != two.equals,
            (Self::Labels(one), Self::Labels(two)) | (Self::Annotations(one), Self::Annotations(two)) => {
                let other_value = |change: &EnvChange| two.set.iter().any(|known| known.name == change.name && known.value != change.value);
                one.set.iter().any(other_value)
            }
            // What is waited for comes after what was done before it.
            (Self::Reaches(_), _) | (_, Self::Reaches(_)) | (Self::Gone(_), Self::Gone(_)) => false,
            (Self::Gone(_), _) | (_, Self::Gone(_)) => true,
            (Self::Docker(one), Self::Docker(two)) => one.check != two.check,
            (Self::Released(one), Self::Released(two)) => one.like != two.like,
            _ => false,
        };
        same_object && differ
    }

    #[must_use]
    pub const fn object(&self) -> &ObjectRef {
        match self {
            Self::Replicas(ReplicasAre { workload, .. })
            | Self::Available(IsAvailable { workload })
            | Self::Image(ImageIs { workload, .. })
            | Self::Env(EnvIs { workload, .. })
            | Self::Paused(PausedIs { workload, .. })
            | Self::Resources(ResourcesAre { workload, .. }) => workload,
            Self::Fields(FieldsAre { object, .. })
            | Self::Labels(MarksAre { object, .. })
            | Self::Annotations(MarksAre { object, .. })
            | Self::Exists(IsThere { object, .. })
            | Self::Gone(IsThere { object, .. })
            | Self::Reaches(Reaches { object, .. })
            | Self::Docker(OnEngine { object, .. }) => object,
            Self::Released(IsReleased { release, .. }) => release,
        }
    }
}

/// Three answers, never a default that guesses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Holds,
    /// Not yet; waiting may help.
    Pending,
    /// Observed not to be true, and waiting will not help or time is up.
    Fails,
}

/// What was seen of one post-condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    pub condition: PostCondition,
    pub verdict: Verdict,
    /// `3 of 3 replicas available`.
    pub saw: String,
    pub millis: u64,
}

/// The end of watching.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    pub observations: Vec<Observation>,
    /// Why a condition does not hold, from the analyzers.
    pub findings: Vec<Finding>,
    /// One sentence on the state that things were left in when it failed.
    pub left: Option<String>,
    /// An object of it is not there any more: there is nothing that could be taken back.
    #[serde(default)]
    pub gone: bool,
}

impl Verification {
    #[must_use]
    pub fn holds(&self) -> bool {
        self.observations.iter().all(|o| o.verdict == Verdict::Holds)
    }
}
