//! Half-understood clauses: the playbook is known, names are still words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    docker::Noun,
    intent::{Amount, Declined, EnvChange},
    question::Question,
};

/// What the first half of understanding says of a whole request. No I/O was done for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstReading {
    /// Every clause has a playbook. `needs` says what the survey must look at so that names can be resolved.
    Understood {
        readings: Vec<Reading>,
        needs: Needs,
    },
    /// Unclear without any look at the cluster.
    Ask(Question),
    /// Understood, and only asked about: what would be done is told, and not done.
    Imagined {
        readings: Vec<Reading>,
        needs: Needs,
        declined: Declined,
    },
    Declined(Declined),
}

/// One clause with its playbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub playbook: String,
    pub clause: String,
    pub slots: BTreeMap<String, SlotMention>,
    /// Namespace named in the words (`in namespace todo`, `-n todo`).
    pub namespace: Option<String>,
    /// Context named in the words.
    pub context: Option<String>,
    /// Read as a command of kubectl, however kubectl was called: its names are meant to the letter.
    #[serde(default)]
    pub typed: bool,
    /// As it was typed it leaves what has another value already as it is (`label` without `--overwrite`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps: bool,
    /// It is only to be shown (`--dry-run=client`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preview: bool,
}

/// What was said for a slot, before names are looked up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotMention {
    /// A name as it was said, with the kind if one was said (`deployment backend`, `deploy/backend`).
    Name {
        said: String,
        kind: Option<String>,
    },
    /// "it", "them", "the same": something named earlier.
    Pronoun(String),
    /// "everything", "all of them".
    All,
    Count(Amount),
    Text(String),
    Number(u64),
    Seconds(u64),
    Flag(bool),
    Env(Vec<EnvChange>),
    /// Words of a command line, one by one.
    Words(Vec<String>),
}

impl Reading {
    /// "It", "them": what is meant was named by something before it.
    #[must_use]
    pub fn stands_for_another(&self) -> bool {
        self.slots.values().any(|mention| matches!(mention, SlotMention::Pronoun(_)))
    }

    /// An object was spoken of by a name.
    #[must_use]
    pub fn names_something(&self) -> bool {
        self.slots.values().any(|mention| matches!(mention, SlotMention::Name { .. }))
    }

    /// Numbers and the like are all that was said, or what is to be done to something that was spoken of before: nothing was named.
    #[must_use]
    pub fn is_of_nothing(&self) -> bool {
        let value = |mention: &SlotMention| {
            matches!(
                mention,
                SlotMention::Pronoun(_)
                    | SlotMention::Count(_)
                    | SlotMention::Number(_)
                    | SlotMention::Seconds(_)
                    | SlotMention::Flag(_)
                    | SlotMention::Env(_)
            )
        };
        let of_it = self.stands_for_another() && !self.names_something();
        let detail = |(name, mention): (&String, &SlotMention)| {
            let said = matches!(mention, SlotMention::Text(_) | SlotMention::Words(_));
            value(mention) || (said && (of_it || name.ends_with(".way")))
        };
        self.namespace.is_none() && self.context.is_none() && self.slots.iter().all(detail)
    }
}

impl Reading {
    /// What is not there is no fault (`--ignore-not-found`).
    #[must_use]
    pub fn may_be_gone(&self) -> bool {
        self.slots.get("absent") == Some(&SlotMention::Flag(true))
    }
}

/// What must be known of the cluster before names can be resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Names of workloads and pods.
    pub workloads: bool,
    /// Words that may name other kinds (`ingresses`, `certificates.cert-manager.io`); looked up by discovery when not well known.
    pub kinds: Vec<String>,
    /// Kinds that a name may be of which nothing near by bears.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wider: Vec<String>,
    /// Names of all namespaces.
    pub namespaces: bool,
    /// Tools that the playbooks prefer, by name.
    pub tools: Vec<String>,
    /// The kubeconfig alone answers: no cluster is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_cluster: bool,
    /// The request is for a Docker Engine; no cluster is asked then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineNeeds>,
}

/// What must be known of a Docker Engine before names can be resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineNeeds {
    pub nouns: Vec<Noun>,
    /// The one name that was typed as in a command: of several kinds the first that has it is meant, and the others need not be known.
    pub literal: Option<String>,
    /// Something is to be changed: which engine it is must be known.
    pub identity: bool,
}
