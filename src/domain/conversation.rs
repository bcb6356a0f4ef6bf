//! What was said and meant before in the same conversation: the meaning of "it", "the same" and "the other one".

use std::sync::Arc;

use super::{
    answer::{Answer, Table},
    intent::{Intent, SlotValue},
    object::ObjectRef,
    place::Place,
    plan::Plan,
    question::Question,
    reading::Reading,
    said,
};

/// Turns that are remembered.
const KEPT: usize = 50;

/// So many turns back something is still spoken of as "it".
pub const NEAR: usize = 5;

/// The requests so far, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    pub turns: Vec<Turn>,
}

/// One request and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// What takes it back is kept under this id.
    pub id: String,
    /// The words.
    pub said: String,
    /// Empty when it was not understood.
    pub readings: Vec<Reading>,
    /// Empty when a name was not clear.
    pub intents: Vec<Intent>,
    /// What was planned; of the last turn alone.
    pub plans: Vec<Arc<Plan>>,
    /// What the plans were about, once they are not kept any more.
    pub planned: Vec<ObjectRef>,
    /// Where it was meant.
    pub place: Option<Place>,
    /// Tools that did not do what they were given, and why.
    pub broken: Vec<(String, String)>,
    /// Something was changed by it.
    pub changed: bool,
    /// What it would change was shown and is not done: it was declined, or only tried.
    pub offered: bool,
    /// Its answer showed something.
    pub showed: bool,
    /// What its answer showed, as it was shown: "the second one".
    pub listed: Vec<ObjectRef>,
    /// What it asked before anything is done.
    pub asked: Option<Question>,
    /// It was only asked how something is done: the request that would do it.
    pub taught: Option<String>,
    /// Workloads in which its answer found something wrong.
    pub found: Vec<ObjectRef>,
}

impl Conversation {
    /// Why this tool is not given anything more in this conversation; the last time it failed.
    #[must_use]
    pub fn broken(&self, tool: &str) -> Option<&str> {
        let broken = self.turns.iter().rev().flat_map(|turn| turn.broken.iter().rev());
        broken.filter(|(name, _)| name == tool).map(|(_, why)| why.as_str()).next()
    }

    /// What was spoken of last, if that is not long ago.
    #[must_use]
    pub fn spoken_last(&self) -> Vec<ObjectRef> {
        let mut near = self.turns.iter().rev().take(NEAR).map(Turn::objects);
        near.find(|objects| !objects.is_empty()).unwrap_or_default()
    }

    pub fn push(&mut self, turn: Turn) {
        if let Some(last) = self.turns.last_mut() {
            last.planned = last.planned();
            last.plans.clear();
        }
        self.turns.push(turn);
        if self.turns.len() > KEPT {
            self.turns.remove(0);
        }
    }

    /// The objects of the turns before, newest turn first. A turn that spoke of none is passed over; one whose objects are not
    /// known, or that was about another cluster, is there as an empty list: what "it" is after that is not known. Of a line that
    /// was not understood `names` says whether it may have named something.
    #[must_use]
    pub fn recent(&self, place: &Place, names: &dyn Fn(&Turn) -> bool) -> Vec<Vec<ObjectRef>> {
        let near = self.turns.iter().rev().filter(|turn| !turn.is_lost(names)).take(NEAR);
        near.filter_map(|turn| {
            let here = turn.was_at(place);
            let objects = if here { turn.objects() } else { Vec::new() };
            let known = here && !turn.intents.is_empty();
            (!objects.is_empty() || !known).then_some(objects)
        })
        .collect()
    }

    /// The list that was shown last, where nothing was spoken of since.
    #[must_use]
    pub fn listed(&self, place: &Place, names: &dyn Fn(&Turn) -> bool) -> Vec<ObjectRef> {
        let mut near = self.turns.iter().rev().filter(|turn| !turn.is_lost(names));
        let last = near.next().filter(|turn| turn.was_at(place));
        last.map(|turn| turn.listed.clone()).unwrap_or_default()
    }
}

impl Turn {
    fn was_at(&self, place: &Place) -> bool {
        let then = self.place.as_ref();
        then.is_none_or(|then| then.context == place.context && is_same(then, place))
    }

    /// It led to nothing, and spoke of nothing: it was not understood, or a question came of it. Of words that were not understood
    /// `names` says whether they may have named something.
    #[must_use]
    pub fn is_lost(&self, names: &dyn Fn(&Self) -> bool) -> bool {
        let led_to_nothing = self.intents.is_empty() && self.taught.is_none() && !self.changed;
        led_to_nothing
            && match self.readings.as_slice() {
                _ if self.asks_about_it() => true,
                [] => !names(self),
                readings => readings.iter().all(Reading::is_of_nothing),
            }
    }

    /// "What's its ip?": what is not understood of it is no other thing.
    fn asks_about_it(&self) -> bool {
        let words = said::words(&self.said);
        self.said.trim_end().ends_with('?') && words.iter().any(|word| matches!(word.as_str(), "its" | "it" | "it's"))
    }
}

/// Who an engine is is asked only for changes: it is known by where it is as well.
fn is_same(then: &Place, now: &Place) -> bool {
    then.uid == now.uid || (then.is_engine() && now.is_engine() && then.server == now.server)
}

impl Turn {
    /// The objects that it was about, each once, in the order they were named.
    #[must_use]
    pub fn objects(&self) -> Vec<ObjectRef> {
        let mut objects: Vec<ObjectRef> = Vec::new();
        for value in self.intents.iter().flat_map(|intent| intent.slots.values()) {
            if let SlotValue::Object(object) = value
                && !objects.iter().any(|known| known.same_name(object))
            {
                objects.push(object.clone());
            }
        }
        if objects.is_empty() {
            // What is made has no name as an object before it is planned.
            objects = self.planned();
        }
        if objects.is_empty() {
            objects.clone_from(&self.found);
        }
        objects
    }

    fn planned(&self) -> Vec<ObjectRef> {
        let planned = self.plans.iter().flat_map(|plan| &plan.changes).map(|change| &change.draft.object);
        self.planned.iter().chain(planned).cloned().collect()
    }

    /// What was answered. Of several tables none is the one that was spoken of.
    pub fn heard(&mut self, answers: &[Answer]) {
        self.showed |= !answers.is_empty();
        let tables: Vec<&Table> = answers
            .iter()
            .filter_map(|answer| match answer {
                Answer::Table(table) => Some(table),
                _ => None,
            })
            .collect();
        if let ([table], true) = (tables.as_slice(), self.listed.is_empty()) {
            self.listed = table.objects();
        }
        for finding in answers.iter().flat_map(Answer::findings) {
            let object = finding.workload.as_ref().unwrap_or(&finding.object);
            if !self.found.iter().any(|known| known.same_name(object)) {
                self.found.push(object.clone());
            }
        }
    }
}
