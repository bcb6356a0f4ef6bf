//! Names looked up among what an engine has. What was typed in a command is taken letter by letter; in plain words a part of
//! a name that only one object has is exact, and anything else is asked about.

use std::collections::BTreeMap;

use super::{
    super::{
        refuse::declined,
        resolve::{ask, guess, spoken_of},
        say, spare,
    },
    command::of_noun,
    fit::{Fit, distance, distinct, fit, has_id, is_called, is_near, item_of},
    noun, nouns,
    slots::value,
};
use crate::{
    domain::{
        docker::Noun,
        intent::{Declined, DeclinedReason, Intent, NameReading, Resolution, SlotValue},
        inventory::{Inventory, Item},
        object::ObjectRef,
        question::{Choice, Question},
        reading::{Reading, SlotMention},
    },
    fallbacks::{Playbook, Playbooks, Slot, SlotType},
};

type Stop = Box<Resolution>;

/// `None`: these readings are for a cluster.
pub(in super::super) fn resolve(readings: &[Reading], playbooks: &Playbooks, inventory: &Inventory) -> Option<Resolution> {
    let of_docker = |reading: &Reading| playbooks.get(&reading.playbook).is_some_and(|playbook| playbook.domain == "docker");
    if !readings.first().is_some_and(of_docker) {
        return None;
    }
    let mut intents: Vec<Intent> = Vec::new();
    let mut said = Vec::new();
    for (n, reading) in readings.iter().enumerate() {
        let playbook = playbooks.get(&reading.playbook)?;
        let resolver = Resolver {
            playbook,
            reading,
            inventory,
            earlier: spoken_of(&intents),
        };
        match resolver.intents() {
            Ok(found) => {
                let request = say::reading(playbook, reading);
                said.push(ask::Said {
                    text: request.clone().unwrap_or_default(),
                    request,
                });
                intents.extend(found);
            }
            Err(stop) => return Some(ask::whole(*stop, &said, readings.get(n..).unwrap_or_default(), playbooks, "")),
        }
    }
    let guesses: Vec<&str> = readings.iter().filter_map(guess).collect();
    if guesses.is_empty() {
        Some(Resolution::Clear(intents))
    } else {
        Some(ask::confirm_guess(&said, &guesses, readings))
    }
}

struct Resolver<'a> {
    playbook: &'a Playbook,
    reading: &'a Reading,
    inventory: &'a Inventory,
    earlier: Vec<ObjectRef>,
}

impl Resolver<'_> {
    fn intents(&self) -> Result<Vec<Intent>, Stop> {
        let mut base = Intent {
            playbook: self.playbook.name.clone(),
            clause: self.reading.clause.clone(),
            slots: BTreeMap::new(),
            readings_of_names: Vec::new(),
            keeps: false,
        };
        let mut several: Option<(String, Vec<ObjectRef>)> = None;
        for slot in &self.playbook.slots {
            let Some(mention) = self.reading.slots.get(&slot.name) else {
                if slot.required {
                    return Err(self.missing(slot));
                }
                continue;
            };
            if !slot.of.names_docker() {
                self.check_reference(slot, mention)?;
                if let Some(value) = value(mention) {
                    base.slots.insert(slot.name.clone(), value);
                }
                continue;
            }
            let objects = self.objects(slot, mention, &mut base)?;
            match objects.as_slice() {
                [one] => drop(base.slots.insert(slot.name.clone(), SlotValue::Object(one.clone()))),
                _ => several = Some((slot.name.clone(), objects)),
            }
        }
        self.check_image(&base)?;
        let Some((slot, objects)) = several else {
            return Ok(vec![base]);
        };
        let each = objects.into_iter().map(|object| {
            let mut intent = base.clone();
            intent.slots.insert(slot.clone(), SlotValue::Object(object));
            intent
        });
        Ok(each.collect())
    }

    fn objects(&self, slot: &Slot, mention: &SlotMention, base: &mut Intent) -> Result<Vec<ObjectRef>, Stop> {
        let found = match mention {
            SlotMention::Text(name) => vec![self.literally(slot, name, None)?],
            SlotMention::Name { said, kind } => match said.strip_prefix('=') {
                Some(name) => vec![self.literally(slot, name, kind.as_deref().and_then(noun))?],
                None => {
                    let object = self.by_name(slot, said, mention)?;
                    if !said.eq_ignore_ascii_case(&object.name) {
                        base.readings_of_names.push(NameReading {
                            said: said.clone(),
                            means: object.to_string(),
                            ..NameReading::default()
                        });
                    }
                    vec![object]
                }
            },
            _ if spare::leaves_out(&self.reading.slots) => {
                return Err(Box::new(Resolution::Declined(Declined {
                    why: Some(spare::NAME_EACH.to_owned()),
                    unexplained: vec![format!("except {}", spare::names(&self.reading.slots).join(", "))],
                    ..declined(DeclinedReason::NotUnderstood)
                })));
            }
            SlotMention::All => self.everything(slot)?,
            SlotMention::Pronoun(word) => vec![self.pronoun(slot, word)?],
            _ => return Err(self.missing(slot)),
        };
        self.check_spared(&found)?;
        Ok(found)
    }

    /// What was said to be left alone is not what is changed.
    fn check_spared(&self, objects: &[ObjectRef]) -> Result<(), Stop> {
        if !self.playbook.changes() {
            return Ok(());
        }
        let spared = spare::names(&self.reading.slots);
        let broken = spared
            .iter()
            .find(|said| objects.iter().any(|object| fit(said, &item_of(object)).is_some()));
        match broken {
            Some(said) => Err(Box::new(Resolution::Declined(Declined {
                why: Some(format!("{said} is to be changed and to be left alone")),
                unexplained: vec![(*said).to_owned()],
                ..declined(DeclinedReason::NotUnderstood)
            }))),
            None => Ok(()),
        }
    }

    fn candidates(&self, slot: &Slot, mention: Option<&SlotMention>) -> Vec<&Item> {
        let nouns = nouns(slot.of, mention, &self.reading.clause);
        let fits = |item: &&Item| Noun::of(&item.object).is_some_and(|noun| nouns.contains(&noun));
        self.inventory.items.iter().filter(fits).collect()
    }

    /// As docker takes it: the whole name, or the beginning of an id that only one has.
    fn literally(&self, slot: &Slot, name: &str, of: Option<Noun>) -> Result<ObjectRef, Stop> {
        let mention = of_noun(name, of);
        let items = self.candidates(slot, Some(&mention));
        let full: Vec<&Item> = items.iter().filter(|item| is_called(item, name)).copied().collect();
        // Of several kinds docker takes the first: a container, an image, a network, a volume.
        if let Some(first) = full.first() {
            return Ok(first.object.clone());
        }
        let ids: Vec<&Item> = items.iter().filter(|item| has_id(item, name)).copied().collect();
        match self.told_apart(&ids).as_slice() {
            [one] => Ok(one.object.clone()),
            [] => Err(self.unknown(name, of, &items)),
            several => Err(self.which(slot, several)),
        }
    }

    /// Names of one image are one, except where a name is what goes.
    fn told_apart<'i>(&self, items: &[&'i Item]) -> Vec<&'i Item> {
        if self.playbook.name == "docker-remove" {
            items.to_vec()
        } else {
            distinct(items)
        }
    }

    fn by_name(&self, slot: &Slot, said: &str, mention: &SlotMention) -> Result<ObjectRef, Stop> {
        let items = self.candidates(slot, Some(mention));
        let fits: Vec<(Fit, &Item)> = items.iter().filter_map(|item| Some((fit(said, item)?, *item))).collect();
        let best = fits.iter().map(|(fit, _)| *fit).max();
        let best: Vec<&Item> = fits.iter().filter(|(fit, _)| Some(*fit) == best).map(|(_, item)| *item).collect();
        match self.told_apart(&best).as_slice() {
            [one] => Ok(one.object.clone()),
            [] => {
                let near: Vec<&Item> = items.iter().filter(|item| is_near(said, item)).copied().collect();
                if near.is_empty() {
                    Err(self.unknown(said, None, &items))
                } else {
                    Err(self.which(slot, &near))
                }
            }
            several => Err(self.which(slot, several)),
        }
    }

    /// Those that the request can be about: what runs is stopped, what does not run is started.
    fn everything(&self, slot: &Slot) -> Result<Vec<ObjectRef>, Stop> {
        let items: Vec<&Item> = self
            .candidates(slot, None)
            .into_iter()
            .filter(|item| slot.of == SlotType::DockerContainer && self.suits(item))
            .collect();
        if items.is_empty() {
            return Err(self.missing(slot));
        }
        Ok(items.iter().map(|item| item.object.clone()).collect())
    }

    fn suits(&self, item: &Item) -> bool {
        let runs = item.owner.as_deref() == Some("running");
        match self.playbook.name.as_str() {
            "docker-start" => !runs,
            "docker-stop" | "docker-restart" | "docker-kill" | "docker-stats" => runs,
            _ => true,
        }
    }

    fn pronoun(&self, slot: &Slot, word: &str) -> Result<ObjectRef, Stop> {
        let nouns = nouns(slot.of, None, &self.reading.clause);
        let fits = |object: &&ObjectRef| Noun::of(object).is_some_and(|noun| nouns.contains(&noun));
        // Of what earlier requests spoke of, only the last, and only where it was one.
        let before = self.inventory.recent.first().filter(|turn| turn.len() == 1);
        let before = || before.into_iter().flatten().find(fits);
        let meant = self.earlier.iter().rev().find(fits).or_else(before);
        match meant {
            Some(object) if !["them", "both", "other"].iter().any(|several| word.contains(several)) => Ok(object.clone()),
            _ => Err(self.missing(slot)),
        }
    }

    /// "Build the backend image", "run the backend image": no name that an image could be given, or has, letter by letter.
    fn check_reference(&self, slot: &Slot, mention: &SlotMention) -> Result<(), Stop> {
        let SlotMention::Name { said, .. } = mention else { return Ok(()) };
        if slot.of != SlotType::DockerRef || said.contains([':', '/', '@']) {
            return Ok(());
        }
        let images: Vec<&Item> = self
            .inventory
            .items
            .iter()
            .filter(|item| Noun::of(&item.object) == Some(Noun::Image))
            .collect();
        if images.is_empty() && self.playbook.slot("ports").is_none() {
            return Err(self.missing(slot));
        }
        let own: Vec<&Item> = images.iter().filter(|item| is_called(item, said)).copied().collect();
        let like: Vec<&Item> = images.iter().filter(|item| fit(said, item).is_some()).copied().collect();
        match (own.as_slice(), like.as_slice()) {
            ([_, ..], _) | ([], []) => Ok(()),
            ([], like) => Err(self.which(slot, like)),
        }
    }

    fn check_image(&self, base: &Intent) -> Result<(), Stop> {
        let texts = self.playbook.slots.iter().filter(|slot| slot.of == SlotType::DockerRef);
        for slot in texts {
            if let Some(SlotValue::Text(image)) = base.slots.get(&slot.name)
                && let Some(why) = super::super::image::fault(image)
            {
                return Err(Box::new(Resolution::Declined(Declined {
                    why: Some(say::capital(why)),
                    unexplained: vec![image.clone()],
                    ..declined(DeclinedReason::BadValue)
                })));
            }
        }
        Ok(())
    }

    /// Nobody said it.
    fn missing(&self, slot: &Slot) -> Stop {
        let items: Vec<&Item> = if slot.of.names_docker() {
            self.candidates(slot, None).into_iter().filter(|item| self.suits(item)).collect()
        } else {
            Vec::new()
        };
        self.which(slot, &items)
    }

    fn which(&self, slot: &Slot, items: &[&Item]) -> Stop {
        let mut open = vec![slot.name.clone()];
        let required = |other: &&Slot| other.required && other.name != slot.name && !self.reading.slots.contains_key(&other.name);
        open.extend(self.playbook.slots.iter().filter(required).map(|other| other.name.clone()));
        let choices = items.iter().take(Question::SHOWN).map(|item| {
            let mut slots = self.reading.slots.clone();
            slots.insert(slot.name.clone(), spoken(slot, item));
            let short = item
                .object
                .uid
                .as_deref()
                .map(crate::domain::docker::short)
                .filter(|_| Noun::of(&item.object) == Some(Noun::Container));
            let detail = [
                item.containers.first().map(|(_, image)| image.as_str()),
                item.owner.as_deref(),
                short,
            ];
            Choice {
                label: item.object.name.clone(),
                detail: detail.into_iter().flatten().collect::<Vec<_>>().join(", "),
                request: say::incomplete(self.playbook, &slots, say::Where::default()),
            }
        });
        let choices: Vec<Choice> = choices.collect();
        Box::new(Resolution::Ask(Question {
            text: asked(&say::question(self.playbook, &self.reading.slots, &open)),
            together: ask::together(self.playbook, &open, &choices),
            slots: open,
            choices,
        }))
    }

    fn unknown(&self, said: &str, of: Option<Noun>, items: &[&Item]) -> Stop {
        let of = of.or_else(|| {
            let slot = self.playbook.slots.iter().find(|slot| slot.of.names_docker())?;
            match slot.of {
                SlotType::DockerContainer => Some(Noun::Container),
                SlotType::DockerImage => Some(Noun::Image),
                _ => None,
            }
        });
        let what = of.map_or("Nothing", |noun| match noun {
            Noun::Container => "No container",
            Noun::Image => "No image",
            Noun::Network => "No network",
            Noun::Volume => "No volume",
        });
        let mut near: Vec<(usize, &&Item)> = items.iter().map(|item| (distance(said, &item.object.name), item)).collect();
        near.sort_by_key(|(distance, item)| (*distance, item.object.name.clone()));
        let slot = self.playbook.slots.iter().find(|slot| slot.of.names_docker());
        let suggestion = |item: &Item| {
            let mut slots = self.reading.slots.clone();
            let slot = slot?;
            slots.insert(slot.name.clone(), spoken(slot, item));
            say::request(self.playbook, &slots, say::Where::default())
        };
        let near = near
            .iter()
            .filter(|(distance, item)| *distance <= item.object.name.len() / 2)
            .take(3);
        let mut suggestions: Vec<String> = near.filter_map(|(_, item)| suggestion(item)).collect();
        if suggestions.is_empty() {
            suggestions = vec!["docker ps -a".to_owned(), "docker images".to_owned()];
        }
        Box::new(Resolution::Declined(Declined {
            why: Some(format!("{what} on this engine is called {said}")),
            unexplained: vec![said.to_owned()],
            suggestions,
            ..declined(DeclinedReason::UnknownName)
        }))
    }
}

/// "Stop container which container?" says it twice.
fn asked(question: &str) -> String {
    let nouns = Noun::ALL.map(Noun::singular);
    nouns.iter().fold(question.to_owned(), |text, noun| {
        text.replace(&format!("{noun} which {noun}"), &format!("which {noun}"))
    })
}

/// In a request that works when it is typed: where the words themselves say no noun, the name has it, for without one a
/// cluster is spoken of.
fn spoken(slot: &Slot, item: &Item) -> SlotMention {
    let noun = Noun::of(&item.object).map(|noun| noun.singular().to_owned());
    SlotMention::Name {
        said: item.object.name.clone(),
        kind: noun.filter(|_| slot.of == SlotType::DockerObject),
    }
}
