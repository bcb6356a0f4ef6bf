//! "how do I scale the backend?": the command for it, with what was not said left open.

use super::{Understand, resolve};
use crate::{
    domain::{
        intent::{Amount, EnvChange, Intent, Resolution, SlotValue},
        inventory::Inventory,
        object::ObjectRef,
        reading::{Reading, SlotMention},
    },
    fallbacks::{Concept, LIGHT, Playbook, Playbooks, Slot, SlotType},
};

impl Understand {
    /// The commands that do what `intents` mean. A port that was not said is the one that is declared, or left open.
    #[must_use]
    pub fn commands_taught(&self, intents: &[Intent], inventory: &Inventory) -> Vec<String> {
        let command = |intent: &Intent| {
            let playbook = self.playbooks.get(&intent.playbook)?;
            let open = |name: &str| {
                let slot = playbook.slot(name).filter(|_| playbook.name == "expose" && name == "port")?;
                (!intent.slots.contains_key(name)).then(|| only_port(intent, inventory).unwrap_or_else(|| blank(slot)))
            };
            let home = Some(inventory.place.namespace.as_str()).filter(|home| !home.is_empty() && *home != "default");
            Some(playbook.equivalent_but(intent, home, &open))
        };
        intents.iter().filter_map(command).flatten().collect()
    }

    /// The requests that were only asked about, each with the name of what "it" is in it; `None` where nothing stands for another.
    #[must_use]
    pub fn requests_named(&self, readings: &[Reading], intents: &[Intent], inventory: &Inventory) -> Option<Vec<String>> {
        let lean = readings.len() == intents.len() && readings.iter().any(Reading::stands_for_another);
        let request = |(reading, intent): (&Reading, &Intent)| {
            let playbook = self.playbooks.get(&reading.playbook)?;
            resolve::ask::of_intent(playbook, reading, intent, inventory).request
        };
        readings
            .iter()
            .zip(intents)
            .filter(|_| lean)
            .map(request)
            .collect::<Option<Vec<_>>>()
            .filter(|said| !said.is_empty())
    }

    /// The commands that do what `readings` mean, with the names of what is there, and a word in capitals for each value that
    /// was not said. Empty where more than values is open.
    #[must_use]
    pub fn commands_with_blanks(&self, text: &str, readings: &[Reading], inventory: &Inventory) -> Vec<String> {
        if !asks_how(text) {
            return Vec::new();
        }
        let filled: Option<Vec<Reading>> = readings.iter().map(|reading| self.filled(reading)).collect();
        let Some(filled) = filled else { return Vec::new() };
        let Resolution::Clear(intents) = self.resolve(&filled, inventory) else {
            return Vec::new();
        };
        let command = |intent: &Intent| {
            let playbook = self.playbooks.get(&intent.playbook)?;
            let of_it = |reading: &&Reading| reading.playbook == intent.playbook && reading.clause == intent.clause;
            let reading = readings.iter().find(of_it)?;
            let open = |name: &str| open(playbook, reading).find(|slot| slot.name == name).map(blank);
            Some(playbook.equivalent_but(intent, Some(&inventory.place.namespace), &open))
        };
        intents.iter().filter_map(command).flatten().collect()
    }

    /// Whether what is open in `readings` are values of something that was spoken of. "Deploy" and "make" mean to scale only
    /// with a number beside them: without one they could be anything.
    #[must_use]
    pub fn is_spoken_of(&self, text: &str, readings: &[Reading]) -> bool {
        !asks_how(text)
            || readings.iter().all(|reading| {
                // One for an engine is not among them.
                let playbook = self.playbooks.iter().find(|playbook| playbook.name == reading.playbook);
                playbook.is_none_or(|playbook| {
                    open(playbook, reading).all(|slot| stand_in(slot.of).is_none()) || says_what(playbook, reading, &self.playbooks)
                })
            })
    }

    fn filled(&self, reading: &Reading) -> Option<Reading> {
        let playbook = self.playbooks.get(&reading.playbook)?;
        let mut filled = reading.clone();
        for slot in open(playbook, reading) {
            filled.slots.insert(slot.name.clone(), stand_in(slot.of)?);
        }
        Some(filled)
    }
}

/// "What would change if I apply k8s/?" is answered by looking.
pub(super) fn asks_what_would_be(readings: &[Reading]) -> bool {
    !readings.is_empty() && readings.iter().all(|reading| reading.playbook == "diff")
}

/// It is asked how something is done, or whether it may be or should be, and not what it means: the command for it is the answer.
pub(super) fn asks_how(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let first = words
        .iter()
        .map(String::as_str)
        .find(|word| !matches!(*word, "please" | "hey" | "so"));
    let wonders = matches!(first, Some("can" | "could" | "may" | "should" | "shall"));
    wonders
        || words.iter().enumerate().any(|(at, word)| {
            word == "how"
                && !words
                    .get(at + 1)
                    .is_some_and(|next| matches!(next.as_str(), "many" | "much" | "long" | "often"))
        })
}

/// A word of the clause is one that this playbook needs, that says something, and that hardly any other change needs.
fn says_what(playbook: &Playbook, reading: &Reading, playbooks: &Playbooks) -> bool {
    let lexicon = playbooks.lexicon();
    let needs = |playbook: &Playbook, concept: Concept| {
        let mut cues = playbook.phrases.iter().flat_map(|phrase| &phrase.cues);
        cues.any(|cue| !cue.optional && cue.weight > LIGHT && cue.any.contains(&concept))
    };
    let rare = |concept: Concept| playbooks.iter().filter(|other| other.changes() && needs(other, concept)).count() <= 2;
    let clause = reading.clause.to_lowercase();
    let words = clause.split(|c: char| !c.is_alphanumeric()).filter_map(|word| lexicon.find(word));
    words
        .flat_map(|entry| lexicon.word(entry).concepts.iter().map(|(concept, _)| *concept))
        .any(|concept| needs(playbook, concept) && rare(concept))
}

/// The port that the containers of what is meant declare, where it is one.
fn only_port(intent: &Intent, inventory: &Inventory) -> Option<String> {
    let meant = |object: &ObjectRef| inventory.items.iter().find(|item| item.object.same_name(object));
    let item = intent.slots.values().find_map(|value| match value {
        SlotValue::Object(object) => meant(object),
        _ => None,
    })?;
    match item.ports.as_slice() {
        [port] => Some(port.to_string()),
        _ => None,
    }
}

/// What nobody said, and the request needs.
fn open<'a>(playbook: &'a Playbook, reading: &'a Reading) -> impl Iterator<Item = &'a Slot> {
    playbook
        .slots
        .iter()
        .filter(|slot| slot.required && !reading.slots.contains_key(&slot.name))
}

/// A value that can be, to find out what else is meant. It is never told.
fn stand_in(of: SlotType) -> Option<SlotMention> {
    Some(match of {
        SlotType::Count => SlotMention::Count(Amount::Exactly(1)),
        SlotType::Number => SlotMention::Number(1),
        SlotType::Image => SlotMention::Text("image:tag".to_owned()),
        SlotType::Name | SlotType::Namespace => SlotMention::Text("name".to_owned()),
        SlotType::Env | SlotType::Data => SlotMention::Env(vec![EnvChange {
            name: "NAME".to_owned(),
            value: Some("VALUE".to_owned()),
            from: None,
        }]),
        _ => return None,
    })
}

/// As it stands in the command: `--replicas=N`.
pub(super) fn blank(slot: &Slot) -> String {
    match slot.of {
        SlotType::Count | SlotType::Number => "N".to_owned(),
        SlotType::Env | SlotType::Data => "NAME=VALUE".to_owned(),
        SlotType::Workload => "deployment/NAME".to_owned(),
        SlotType::Object => "KIND/NAME".to_owned(),
        _ => slot.name.to_uppercase(),
    }
}
