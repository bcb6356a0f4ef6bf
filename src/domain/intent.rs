//! What a request means: a playbook and the values of its slots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{kind::Kind, object::ObjectRef, question::Question};

/// One understood clause, every name resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Name of the playbook.
    pub playbook: String,
    /// The words this came from.
    pub clause: String,
    pub slots: BTreeMap<String, SlotValue>,
    /// Names that were not given letter by letter, with what they became: shown so that a wrong reading can be caught.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings_of_names: Vec<NameReading>,
    /// A command as kubectl has it, that leaves what has another value already as it is (`label` without `--overwrite`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps: bool,
}

/// "backend" became `deployment/todo-backend`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameReading {
    pub said: String,
    pub means: String,
    /// A word for much else as well ("server", "fastapi"), and nothing but the role of the object speaks for it: a change is made
    /// when somebody has seen what it became.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub supposed: bool,
}

/// The value of a slot, as its type in the playbook demands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotValue {
    /// Types `workload` and `object`.
    Object(ObjectRef),
    /// Type `kind`.
    Kind(Kind),
    /// Type `count`.
    Count(Amount),
    /// Types `name`, `image`, `container`, `text`, `namespace`, `selector`.
    Text(String),
    /// Type `number`.
    Number(u64),
    /// Type `duration`, in seconds.
    Seconds(u64),
    /// Type `flag`.
    Flag(bool),
    /// Type `env`: assignments and removals, in the order given.
    Env(Vec<EnvChange>),
    /// Type `scope`: a namespace, an app label, or all namespaces.
    Scope(Scope),
    /// Types `ports` and `words`.
    Words(Vec<String>),
}

/// A number of replicas, absolute or against what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    Exactly(u32),
    /// "two more", "down by one".
    By(i32),
    /// "double", "half", "three times as many": numerator and denominator.
    Times(u32, u32),
}

impl Amount {
    /// The number this means when `now` are there; rounded up, never below zero. `None` on overflow.
    #[must_use]
    pub fn against(self, now: u32) -> Option<u32> {
        match self {
            Self::Exactly(count) => Some(count),
            Self::By(delta) => i64::from(now)
                .checked_add(i64::from(delta))
                .map(|n| n.max(0))
                .and_then(|n| u32::try_from(n).ok()),
            Self::Times(num, den) => {
                let product = u64::from(now).checked_mul(u64::from(num))?;
                u32::try_from(product.div_ceil(u64::from(den.max(1)))).ok()
            }
        }
    }
}

/// One environment variable to set (`value`) or to remove (`None`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvChange {
    pub name: String,
    pub value: Option<String>,
    /// "from info to debug": only where it is this now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl EnvChange {
    #[must_use]
    pub fn set(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            from: None,
        }
    }

    #[must_use]
    pub fn unset(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

/// Which objects a read looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// `None` with `all_namespaces` false: the place's own namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    #[serde(default)]
    pub all_namespaces: bool,
    /// A label selector as the API takes it, such as `app.kubernetes.io/name=todo-app`.
    #[serde(default)]
    pub selector: Option<String>,
}

/// What understanding says when it does not act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Everything is understood; nothing is guessed.
    Clear(Vec<Intent>),
    /// Something must be asked first. Nothing of the request is done.
    Ask(Question),
    /// Not understood, or told not to act. Nothing of the request is done.
    Declined(Declined),
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    pub reason: DeclinedReason,
    /// What of it was understood, said so that it can be typed; may be empty.
    pub understood: Option<Box<str>>,
    /// Why nothing of it is done, as a sentence without its stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The very words that nothing explained.
    pub unexplained: Vec<String>,
    /// Close things that can be done: requests that work.
    pub suggestions: Vec<String>,
    /// For a question about a change ("how would I …"): the equivalent commands, to teach.
    pub teaches: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeclinedReason {
    Empty,
    TooLong,
    NotUnderstood,
    /// "don't", "never".
    Negated,
    /// The same about what is done already.
    TooLate,
    /// "Did that work?" before anything was done.
    TooEarly,
    /// "Never mind" where nothing was asked or offered.
    NothingOpen,
    /// "what if", "how would I", "should I".
    Hypothetical,
    /// A value that cannot be: a negative or fractional count, a malformed image.
    BadValue,
    /// A real command or wish that this version does not know yet.
    NotBuilt,
    /// A name that nothing here bears.
    UnknownName,
}
