//! Kinds, images, containers and numbers, against what is there.

use super::super::{image, refuse::declined};
use super::{Resolver, Stop, ask, look, say};
use crate::{
    domain::{
        intent::{Amount, Declined, DeclinedReason, Intent, Resolution, SlotValue},
        inventory::Item,
        kind::Kind,
        question::{Choice, Question},
        reading::{Reading, SlotMention},
    },
    fallbacks::{Slot, SlotType},
};

pub(super) enum KindIs {
    Kind(Kind),
    /// The word was no kind but a name: the intents of the playbook that takes names.
    Name(Vec<Intent>),
}

impl Resolver<'_> {
    pub(super) fn kind(&self, slot: &Slot, mention: &SlotMention) -> Result<KindIs, Stop> {
        let SlotMention::Text(word) = mention else {
            return Err(Box::new(ask::values(self.playbook, self.reading, &[])));
        };
        if let Some(kind) = look::kind(word, &self.inventory.kinds) {
            return Ok(KindIs::Kind(kind));
        }
        let Some(other) = self.playbook.otherwise.as_deref().and_then(|other| self.playbooks.get(other)) else {
            return self.kind_word(word).map(KindIs::Kind);
        };
        let Some(object) = other.slots.iter().find(|slot| slot.of.names_object()) else {
            return self.kind_word(word).map(KindIs::Kind);
        };
        let mut reading: Reading = self.reading.clone();
        reading.slots.remove(&slot.name);
        reading.slots.insert(
            object.name.clone(),
            SlotMention::Name {
                said: word.clone(),
                kind: None,
            },
        );
        let named = Resolver {
            playbook: other,
            reading: &reading,
            playbooks: self.playbooks,
            inventory: self.inventory,
            earlier: self.earlier.clone(),
            made: self.made.clone(),
        }
        .intents();
        match named {
            Ok(intents) => Ok(KindIs::Name(intents)),
            Err(stop) if matches!(*stop, Resolution::Ask(_)) => Err(stop),
            Err(_) => self.kind_word(word).map(KindIs::Kind),
        }
    }

    /// The kind that a word names.
    pub(super) fn kind_word(&self, word: &str) -> Result<Kind, Stop> {
        look::kind(word, &self.inventory.kinds).ok_or_else(|| {
            let known = Kind::well_known();
            let names = known.iter().chain(&self.inventory.kinds).map(|kind| kind.plural.as_str());
            let suggestions = look::nearest(word, names)
                .into_iter()
                .map(|plural| format!("list {plural}"))
                .collect();
            self.unknown(word, suggestions, &format!("No kind and no object is called {word}"))
        })
    }

    /// The slots that are no names.
    pub(super) fn values(&self, intent: &mut Intent) -> Result<(), Stop> {
        let item = intent.slots.values().find_map(|value| match value {
            SlotValue::Object(object) => self.item(object),
            _ => None,
        });
        for slot in &self.playbook.slots {
            let Some(mention) = self.reading.slots.get(&slot.name) else {
                continue;
            };
            let value = match (slot.of, mention) {
                (SlotType::Image, SlotMention::Text(image)) => {
                    let image = self.image(slot, image, item)?;
                    self.check_image_before(slot, &image, item)?;
                    SlotValue::Text(image)
                }
                (SlotType::Container, SlotMention::Text(name)) => SlotValue::Text(self.container(name, item)?),
                (_, SlotMention::Count(amount)) => {
                    self.check_before(slot, item)?;
                    self.check_way(slot, *amount, item)?;
                    SlotValue::Count(*amount)
                }
                (SlotType::Kind | SlotType::Scope | SlotType::Workload | SlotType::Object, _) => continue,
                (_, SlotMention::Text(text)) => SlotValue::Text(text.clone()),
                (_, SlotMention::Number(number)) => SlotValue::Number(*number),
                (_, SlotMention::Seconds(seconds)) => SlotValue::Seconds(*seconds),
                (_, SlotMention::Flag(flag)) => SlotValue::Flag(*flag),
                (_, SlotMention::Env(env)) => SlotValue::Env(env.clone()),
                (_, SlotMention::Words(words)) => SlotValue::Words(words.clone()),
                _ => continue,
            };
            intent.slots.insert(slot.name.clone(), value);
        }
        let place = self
            .playbook
            .slots
            .iter()
            .find(|slot| slot.of == SlotType::Namespace && !slot.required);
        if let (Some(slot), Some(namespace)) = (place, self.namespace()) {
            intent.slots.insert(slot.name.clone(), SlotValue::Text(namespace.to_owned()));
        }
        if let Some(tool) = self.reading.slots.get(super::super::TOOL_SLOT)
            && let SlotMention::Text(tool) = tool
        {
            intent
                .slots
                .insert(super::super::TOOL_SLOT.to_owned(), SlotValue::Text(tool.clone()));
        }
        Ok(())
    }

    /// "from 2 to 5" where there are not two.
    fn check_before(&self, slot: &Slot, item: Option<&Item>) -> Result<(), Stop> {
        let Some(SlotMention::Number(before)) = self.reading.slots.get(&format!("{}.before", slot.name)) else {
            return Ok(());
        };
        let Some((item, (now, _))) = item.and_then(|item| Some((item, item.replicas?))) else {
            return Ok(());
        };
        if u64::from(now) == *before {
            return Ok(());
        }
        let said = ask::said(self.playbook, self.reading, item, &self.inventory.place.namespace);
        let text = format!(
            "{} has {now} replicas, not {before}. {}?",
            item.object.name,
            say::capital(&said.text)
        );
        Err(self.confirm(text, said.request, &slot.name))
    }

    /// "from v1 to v2" where v1 does not run, and neither does v2 already.
    fn check_image_before(&self, slot: &Slot, wanted: &str, item: Option<&Item>) -> Result<(), Stop> {
        let Some(SlotMention::Text(before)) = self.reading.slots.get(&format!("{}.before", slot.name)) else {
            return Ok(());
        };
        let Some(item) = item else { return Ok(()) };
        let is_it = |image: &str| match before.strip_prefix(image::TAG_ONLY) {
            Some(tag) => image.ends_with(&format!(":{tag}")),
            None => image == before || image.strip_suffix(":latest") == Some(before),
        };
        if item.containers.iter().any(|(_, image)| is_it(image) || image == wanted) {
            return Ok(());
        }
        let runs: Vec<&str> = item.containers.iter().map(|(_, image)| image.as_str()).collect();
        let said = ask::said(self.playbook, self.reading, item, &self.inventory.place.namespace);
        let text = format!(
            "{} runs {}, not {}. {}?",
            item.object.name,
            if runs.is_empty() {
                "nothing that is known".to_owned()
            } else {
                runs.join(" and ")
            },
            before.trim_start_matches(image::TAG_ONLY),
            say::capital(&said.text)
        );
        Err(self.confirm(text, said.request, &slot.name))
    }

    /// "Scale up to 1" where there are two: the number says one thing, and the verb another.
    fn check_way(&self, slot: &Slot, amount: Amount, item: Option<&Item>) -> Result<(), Stop> {
        let Some(SlotMention::Text(way)) = self.reading.slots.get(&format!("{}.way", slot.name)) else {
            return Ok(());
        };
        let Some((item, now, wanted)) = item.and_then(|item| {
            let (now, _) = item.replicas?;
            Some((item, now, amount.against(now)?))
        }) else {
            return Ok(());
        };
        let told = match way.as_str() {
            "up" if wanted < now => "fewer",
            "down" if wanted > now => "more",
            "keep" if wanted > now => "more",
            "keep" if wanted < now => "fewer",
            _ => return Ok(()),
        };
        let said = ask::said(self.playbook, self.reading, item, &self.inventory.place.namespace);
        let text = format!(
            "{} has {now} replicas, and {wanted} is {told}. {}?",
            item.object.name,
            say::capital(&said.text)
        );
        Err(self.confirm(text, said.request, &slot.name))
    }

    /// A whole image as it is; a version alone makes a new image of the one that runs.
    fn image(&self, slot: &Slot, said: &str, item: Option<&Item>) -> Result<String, Stop> {
        let image = match said.strip_prefix(image::TAG_ONLY) {
            None => said.to_owned(),
            Some(tag) => {
                let current = self.running_image(slot, tag, item)?;
                let (name, running) = image::parts(&current);
                if let (Some(running), Some(item)) = (running.filter(|running| image::lacks_v(tag, running)), item) {
                    return Err(self.which_version(slot, item, running, [format!("{name}:v{tag}"), format!("{name}:{tag}")]));
                }
                format!("{name}:{tag}")
            }
        };
        match image::fault(&image).map(str::to_owned).or_else(|| image::doubt(&image)) {
            None => Ok(image),
            Some(why) => Err(Box::new(Resolution::Declined(Declined {
                why: Some(say::capital(&why)),
                unexplained: vec![said.trim_start_matches(image::TAG_ONLY).to_owned()],
                ..declined(DeclinedReason::BadValue)
            }))),
        }
    }

    /// "Version 2" where v1 runs: rather v2, but nobody said so.
    fn which_version(&self, slot: &Slot, item: &Item, running: &str, images: [String; 2]) -> Stop {
        let choice = |image: String| {
            let mut slots = self.reading.slots.clone();
            slots.insert(slot.name.clone(), SlotMention::Text(image.clone()));
            let request = say::request(self.playbook, &slots, self.place())?;
            Some(Choice {
                label: image,
                detail: format!("now {running}"),
                request,
            })
        };
        Box::new(Resolution::Ask(Question {
            text: format!("{} runs {running}. Which version?", item.object.name),
            slots: vec![slot.name.clone()],
            choices: images.into_iter().filter_map(choice).collect(),
            together: None,
        }))
    }

    /// The image of the container that a new version is meant for: the one that was named, the only one, or the one that is
    /// called as the workload is.
    fn running_image(&self, slot: &Slot, tag: &str, item: Option<&Item>) -> Result<String, Stop> {
        let containers = item.map(|item| item.containers.as_slice()).unwrap_or_default();
        let named = self
            .reading
            .slots
            .values()
            .zip(self.reading.slots.keys())
            .find_map(|(mention, name)| match mention {
                SlotMention::Text(text) if self.playbook.slot(name).is_some_and(|slot| slot.of == SlotType::Container) => {
                    Some(text.clone())
                }
                _ => None,
            });
        let workload = item.map(|item| item.object.name.as_str()).unwrap_or_default();
        let fits = |(name, image): &&(String, String)| match &named {
            Some(named) => name == named,
            None => name == workload || image.rsplit('/').next().and_then(|last| last.split(':').next()) == Some(workload),
        };
        match (containers, containers.iter().filter(fits).collect::<Vec<_>>().as_slice()) {
            ([(_, only)], _) if named.is_none() => Ok(only.clone()),
            (_, [(_, image)]) => Ok(image.clone()),
            ([], _) => {
                let mut reading = self.reading.clone();
                reading.slots.remove(&slot.name);
                Err(Box::new(ask::values(self.playbook, &reading, item.as_slice())))
            }
            _ => {
                let choices = containers
                    .iter()
                    .filter_map(|(name, image)| {
                        let mut slots = self.reading.slots.clone();
                        slots.insert("container".to_owned(), SlotMention::Text(name.clone()));
                        let request = say::request(self.playbook, &slots, self.place())?;
                        Some(Choice {
                            label: name.clone(),
                            detail: image.clone(),
                            request,
                        })
                    })
                    .collect();
                Err(Box::new(Resolution::Ask(Question {
                    text: format!("Version {tag} for which container of {workload}?"),
                    slots: vec!["container".to_owned()],
                    choices,
                    together: None,
                })))
            }
        }
    }

    fn container(&self, said: &str, item: Option<&Item>) -> Result<String, Stop> {
        let Some(item) = item.filter(|item| !item.containers.is_empty()) else {
            return Ok(said.to_owned());
        };
        if item.containers.iter().any(|(name, _)| name == said) {
            return Ok(said.to_owned());
        }
        // Of several objects, a container of one is none of the others.
        let one = !self.reading.slots.values().any(|mention| *mention == SlotMention::All);
        let near = look::nearest(said, item.containers.iter().filter(|_| one).map(|(name, _)| name.as_str()));
        let suggestions = near
            .into_iter()
            .filter_map(|name| {
                let mut slots = self.reading.slots.clone();
                for (key, mention) in &mut slots {
                    if self.playbook.slot(key).is_some_and(|slot| slot.of == SlotType::Container) {
                        *mention = SlotMention::Text(name.to_owned());
                    }
                }
                say::request(self.playbook, &slots, self.place())
            })
            .collect();
        Err(self.unknown(said, suggestions, &format!("{} has no container called {said}", item.object.name)))
    }
}
