//! One intent: everything that is known about it.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    case::Case,
    command::Command,
    phrase::Phrase,
    slot::{Slot, SlotType},
    template::Template,
    wording::{Wording, in_shell, quoted},
};
use crate::domain::{
    docker::Noun,
    failure::{Failure, FailureKind, Result},
    intent::{Amount, EnvChange, Intent, SlotValue},
    risk::Risk,
    step::Step,
    verification::PostCondition,
};

/// A playbook, checked: its steps fit their types, its slots exist, its risk is not below that of its steps.
#[derive(Clone, Debug)]
pub struct Playbook {
    pub name: String,
    pub summary: String,
    /// `kubernetes`, `docker` or `analysis`: which tools suit.
    pub domain: String,
    /// Tools in the order of preference; `builtin` is one of them.
    pub prefer: Vec<String>,
    pub risk: Risk,
    pub slots: Vec<Slot>,
    pub phrases: Vec<Phrase>,
    pub commands: Vec<Command>,
    /// Flags of those commands that change nothing here (`-o wide`).
    pub accepts: Vec<String>,
    /// How to say it so that it is clear.
    pub say: Wording,
    /// Takes a word as a name that is no kind.
    pub otherwise: Option<String>,
    /// Answers when it is asked whether this is so.
    pub asked: Option<String>,
    /// It is about a part of what it names, or about an object that goes with it: "delete it" after it may mean either.
    pub partial: bool,
    pub cases: Vec<Case>,
    /// Where it was read.
    pub file: String,
    /// The plan itself states what must be true of what it makes and sets.
    pub as_planned: bool,
    pub(super) equivalent: Vec<Wording>,
    pub(super) steps: Vec<Template>,
    pub(super) verify: Vec<Template>,
}

impl Playbook {
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    #[must_use]
    pub fn changes(&self) -> bool {
        self.risk.changes()
    }

    /// The kubeconfig alone answers.
    #[must_use]
    pub fn asks_no_cluster(&self) -> bool {
        self.steps.iter().all(|step| step.part() == "contexts")
    }

    /// What the built-in engine does for `intent`.
    ///
    /// # Errors
    /// A slot without which a step cannot be, which [`crate::domain::intent::Resolution::Clear`] excludes.
    pub fn steps(&self, intent: &Intent) -> Result<Vec<Step>> {
        self.fill(&self.steps, intent)
    }

    /// What must be true afterwards.
    ///
    /// # Errors
    /// As [`Self::steps`].
    pub fn conditions(&self, intent: &Intent) -> Result<Vec<PostCondition>> {
        self.fill(&self.verify, intent)
    }

    /// The same in commands that the user may know: `kubectl scale deployment/todo-backend --replicas=3 -n todo`.
    /// `home` is the namespace to name where the intent means no other.
    #[must_use]
    pub fn equivalent(&self, intent: &Intent, home: Option<&str>) -> Vec<String> {
        self.equivalent_but(intent, home, &|_| None)
    }

    /// The same with another text for some of the slots.
    pub fn equivalent_but(&self, intent: &Intent, home: Option<&str>, other: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let named = intent.slots.values().find_map(|value| match value {
            SlotValue::Object(object) => object.namespace.clone(),
            SlotValue::Scope(scope) => scope.namespace.clone(),
            _ => None,
        });
        let is_within_none = |value: &SlotValue| match value {
            SlotValue::Object(object) => !object.kind.namespaced,
            SlotValue::Kind(kind) => !kind.namespaced,
            SlotValue::Scope(scope) => scope.all_namespaces,
            _ => false,
        };
        let home = home.filter(|_| !intent.slots.values().any(is_within_none));
        let namespace = named.or_else(|| home.map(str::to_owned));
        let said = |name: &str| match name {
            "namespace" if !intent.slots.contains_key("namespace") => namespace.clone(),
            _ => match intent.slots.get(name)? {
                SlotValue::Env(env) if self.domain == "docker" => Some(env_in_docker(env)),
                SlotValue::Env(env) if self.slot(name).is_some_and(|slot| slot.of == SlotType::Data) => Some(data_in_patch(env)),
                value => in_command(value),
            },
        };
        self.equivalent_with(&|name| other(name).or_else(|| said(name)))
    }

    /// The same with `value` as the text for each slot. `{namespace}` is always there to be asked for.
    pub fn equivalent_with(&self, value: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        self.equivalent.iter().filter_map(|wording| wording.render(value)).collect()
    }

    fn fill<T: DeserializeOwned>(&self, templates: &[Template], intent: &Intent) -> Result<Vec<T>> {
        templates
            .iter()
            .map(|template| {
                template.fill(&|slot| intent.slots.get(slot).map(as_json)).map_err(|error| {
                    Failure::new(
                        FailureKind::Configuration,
                        format!("the playbook {} has no value for a part of its step {}", self.name, template.part()),
                    )
                    .hint(format!("see {} in {}", template.part(), self.file))
                    .cause(error)
                })
            })
            .collect()
    }
}

/// The value as it stands in a step.
fn as_json(value: &SlotValue) -> Value {
    match value {
        SlotValue::Object(object) => json!(object),
        SlotValue::Kind(kind) => json!(kind),
        SlotValue::Count(amount) => json!(amount),
        SlotValue::Text(text) => json!(text),
        SlotValue::Number(number) | SlotValue::Seconds(number) => json!(number),
        SlotValue::Flag(flag) => json!(flag),
        SlotValue::Env(env) => json!(env),
        SlotValue::Scope(scope) => json!(scope),
        SlotValue::Words(words) => json!(words),
    }
}

/// The value as a kubectl command takes it; a flag is there or not.
fn in_command(value: &SlotValue) -> Option<String> {
    Some(match value {
        SlotValue::Object(object) if Noun::of(object).is_some() => object.name.clone(),
        SlotValue::Object(object) => object.to_string(),
        SlotValue::Kind(kind) => kind.plural.clone(),
        SlotValue::Count(amount) => count_in_command(*amount),
        SlotValue::Text(text) => text.clone(),
        SlotValue::Number(number) => number.to_string(),
        SlotValue::Seconds(seconds) => format!("{seconds}s"),
        SlotValue::Flag(true) => String::new(),
        SlotValue::Flag(false) => return None,
        SlotValue::Env(env) => env_in_command(env),
        SlotValue::Words(words) => in_shell(words),
        SlotValue::Scope(scope) => match &scope.selector {
            Some(selector) if scope.all_namespaces => format!("-l {selector} -A"),
            Some(selector) => format!("-l {selector}"),
            None => return scope.all_namespaces.then(|| "-A".to_owned()),
        },
    })
}

pub(super) fn count_in_command(amount: Amount) -> String {
    match amount {
        Amount::Exactly(count) => count.to_string(),
        Amount::By(delta) if delta < 0 => format!("$((NOW{delta}))"),
        Amount::By(delta) => format!("$((NOW+{delta}))"),
        Amount::Times(num, 1) => format!("$((NOW*{num}))"),
        Amount::Times(num, den) => format!("$((NOW*{num}/{den}))"),
    }
}

pub(super) fn env_in_command(env: &[EnvChange]) -> String {
    let one = |change: &EnvChange| match &change.value {
        Some(value) if value.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c)) => format!("{}={value}", change.name),
        Some(value) => format!("{}='{}'", change.name, value.replace('\'', "'\\''")),
        None => format!("{}-", change.name),
    };
    env.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// As `kubectl patch --type=merge -p` takes keys of a ConfigMap.
pub(super) fn data_in_patch(data: &[EnvChange]) -> String {
    let keys: serde_json::Map<String, Value> = data.iter().map(|change| (change.name.clone(), json!(change.value))).collect();
    quoted(&json!({ "data": keys }).to_string())
}

/// As `docker run -e` takes them: a name alone has its value from the environment.
#[must_use]
pub fn env_in_docker(env: &[EnvChange]) -> String {
    let one = |change: &EnvChange| match &change.value {
        Some(value) => format!("{}={value}", change.name),
        None => change.name.clone(),
    };
    in_shell(&env.iter().map(one).collect::<Vec<_>>())
}
