//! Words to intents: the first half without any look at the cluster, the second with the inventory as a value.
//!
//! A request is cut into clauses ([`weave`]); a clause becomes a frame of all the values that could be in it ([`frame`]); each
//! playbook whose words are spoken of is tried on it ([`attempt`]) and scored by what it explains. A word that nothing
//! explains costs more than any phrase can gain. What the request wants to be – order, question, negation, hypothesis – is
//! judged apart from what it says ([`mood`]). Names are looked up in the second half ([`resolve`]).

mod amended;
mod amount;
mod answer;
mod antecedent;
mod attempt;
mod back_up;
mod beside;
mod blanks;
mod clause;
mod command;
mod continued;
mod cues;
mod culprit;
mod declared;
mod dismissal;
mod docker;
mod environment;
mod exposure;
mod first;
mod flag;
mod follow;
mod form;
mod fragment;
mod frame;
mod half;
mod halt;
mod image;
mod inside;
mod its;
mod joint;
mod keyed;
mod late;
mod lean;
mod leftover;
mod made;
mod mask;
mod misnumbered;
mod misread;
mod mood;
mod named;
mod names;
mod naming;
mod needs;
mod negated_state;
mod negation;
mod number;
mod ordinal;
mod past;
mod place;
mod pod_ports;
mod preamble;
mod refuse;
mod resolve;
mod reworded;
mod say;
mod segment;
mod several_files;
mod shared_kind;
mod shared_name;
mod span;
mod spare;
mod spoken;
mod suggested;
mod suppose;
mod taken_off;
mod text;
mod there;
mod token;
mod told;
mod used;
mod variable;
mod weave;
mod which_way;

use std::sync::Arc;

pub use first::TOOL_SLOT;
use halt::Halt;
use there::There;

use crate::{
    domain::{
        conversation::Conversation,
        intent::{Declined, DeclinedReason, Intent, Resolution, SlotValue},
        inventory::Inventory,
        mask::HIDDEN,
        question::{Picked, Question},
        reading::{FirstReading, Reading},
    },
    fallbacks::Playbooks,
};

/// Understands requests with a set of playbooks. Pure: no I/O, no clock.
#[derive(Clone, Debug)]
pub struct Understand {
    playbooks: Arc<Playbooks>,
}

/// The question before, and why it is asked again.
fn again(why: String, earlier: &Conversation) -> Question {
    let asked = earlier.turns.last().and_then(|turn| turn.asked.clone()).unwrap_or_default();
    Question { text: why, ..asked }
}

impl Understand {
    #[must_use]
    pub const fn new(playbooks: Arc<Playbooks>) -> Self {
        Self { playbooks }
    }

    /// Begins to make ready what it takes to understand `text`, on other threads.
    pub fn warm(text: &str) {
        let (cluster, engine) = docker::domains(text);
        Playbooks::warm(cluster, engine);
    }

    /// All clauses of `text` with their playbooks, or nothing: names are still words.
    #[must_use]
    pub fn first(&self, text: &str) -> FirstReading {
        self.first_within(text, &Conversation::default())
    }

    /// The same within a conversation: what leans on an earlier request is read with it.
    #[must_use]
    pub fn first_within(&self, text: &str, earlier: &Conversation) -> FirstReading {
        // First of all: whatever reads the words takes more than in proportion to their number.
        if let Some(declined) = refuse::too_long(text) {
            return FirstReading::Declined(declined);
        }
        // A request that is pasted from a screen has lost the value.
        if text.contains(HIDDEN) {
            return FirstReading::Declined(Declined {
                why: Some(format!("{HIDDEN} stands for a value that was not shown: write the value itself")),
                ..refuse::declined(DeclinedReason::BadValue)
            });
        }
        if let Some(declined) = late::too_early(text, earlier) {
            return FirstReading::Declined(declined);
        }
        if let Some(declined) = dismissal::told(text, earlier) {
            return FirstReading::Declined(declined);
        }
        let text = dismissal::undismissed(text).filter(|_| !earlier.turns.is_empty()).unwrap_or(text);
        let placed = match there::placed(text, earlier, &self.playbooks) {
            There::Named(request) => Some(request),
            There::Unknown(declined) => return FirstReading::Declined(declined),
            There::Unsaid => None,
        };
        let text = placed.as_deref().unwrap_or(text);
        let used = used::named(text, earlier);
        let text = used.as_deref().unwrap_or(text);
        let halted = match halt::meant(text, earlier, &self.playbooks) {
            Halt::Order(request) => Some(request),
            Halt::No => return FirstReading::Declined(dismissal::left(earlier)),
            Halt::Unsaid => None,
        };
        let text = halted.as_deref().unwrap_or(text);
        let counted = match answer::picked(text, earlier, &self.playbooks) {
            Picked::Request(request) => Some(request),
            Picked::Unclear(why) => return FirstReading::Ask(again(why, earlier)),
            Picked::Nothing => ordinal::named(text, earlier),
        };
        let text = counted.as_deref().unwrap_or(text);
        let back = back_up::scaled(text, earlier, &self.playbooks);
        let text = back.as_deref().unwrap_or(text);
        let removed = variable::removed(text, earlier, &self.playbooks);
        let text = removed.as_deref().unwrap_or(text);
        let reading = follow::follow(text, earlier, &self.playbooks)
            .or_else(|| docker::several(text, earlier, &self.playbooks))
            .or_else(|| docker::lean(text, earlier, &self.playbooks))
            .unwrap_or_else(|| docker::first(text, &self.playbooks, || first::first(text, &self.playbooks)));
        let reading = continued::continued(reading, text, earlier, &self.playbooks);
        let reading = antecedent::doubted(reading, earlier, &self.playbooks);
        suggested::named(late::told(reading, text, earlier, &self.playbooks), earlier)
    }

    /// What was done by the request that these words correct ("no, the other one"): nothing takes it back by itself.
    #[must_use]
    pub fn corrected<'a>(&self, text: &str, earlier: &'a Conversation) -> Option<&'a str> {
        let last = earlier.turns.last().filter(|turn| turn.changed)?;
        (follow::corrects(text, last, &self.playbooks) && follow::follow(text, earlier, &self.playbooks).is_some())
            .then_some(last.said.as_str())
    }

    /// The AI tool that the words speak to ("kubectl-ai, …"), and what is left of them for it.
    #[must_use]
    pub fn spoken_to(&self, text: &str) -> Option<(String, String)> {
        first::spoken_to(text, &self.playbooks)
    }

    /// The commands that do what `intents` mean, to be told to somebody who asks how.
    /// `home` is the namespace of what names none.
    #[must_use]
    pub fn commands(&self, intents: &[Intent], home: &str) -> Vec<String> {
        let home = Some(home).filter(|home| !home.is_empty() && *home != "default");
        let one = |intent: &Intent| {
            self.playbooks
                .get(&intent.playbook)
                .map(|playbook| playbook.equivalent(intent, home))
        };
        intents.iter().filter_map(one).flatten().collect()
    }

    /// What was to be left out of a list, which is shown whole.
    #[must_use]
    pub fn shown_whole(readings: &[Reading], intents: &[Intent]) -> Option<String> {
        let names_objects = |intent: &Intent| intent.slots.values().any(|value| matches!(value, SlotValue::Object(_)));
        let first = readings.first().filter(|first| spare::leaves_out(&first.slots))?;
        (!intents.iter().any(names_objects)).then(|| spare::names(&first.slots).join(", "))
    }

    /// The readings with every name looked up in `inventory`.
    #[must_use]
    pub fn resolve(&self, readings: &[Reading], inventory: &Inventory) -> Resolution {
        docker::resolve(readings, &self.playbooks, inventory).unwrap_or_else(|| resolve::resolve(readings, &self.playbooks, inventory))
    }
}
