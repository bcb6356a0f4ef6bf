//! "Give the backend 512Mi memory": as a limit or as a request was not said, and each is another change.

use super::{Resolver, Stop, ask, say};
use crate::domain::{
    intent::{Intent, Resolution, SlotValue},
    question::{Choice, Question},
    reading::SlotMention,
};

const SAID: [&str; 4] = ["limit", "request", "limits", "requests"];
const BOUNDS: [(&str, &str); 2] = [("limit", "the most that it may use"), ("request", "what is set aside for it")];

impl Resolver<'_> {
    pub(super) fn ask_bound(&self, intent: &Intent) -> Result<(), Stop> {
        let amount = |name: &str| match intent.slots.get(name) {
            Some(SlotValue::Text(amount)) => Some(format!("{amount} {name}")),
            _ => None,
        };
        let amounts: Vec<String> = ["cpu", "memory"].into_iter().filter_map(amount).collect();
        let said = SAID.iter().any(|name| intent.slots.contains_key(*name));
        if self.playbook.name != "set-resources" || amounts.is_empty() || said {
            return Ok(());
        }
        let request = |bounds: &[&str]| {
            let mut slots = self.reading.slots.clone();
            for (name, value) in &intent.slots {
                if let SlotValue::Object(object) = value
                    && let Some(item) = self.item(object)
                {
                    slots.insert(name.clone(), ask::named(item));
                }
            }
            slots.extend(bounds.iter().map(|bound| ((*bound).to_owned(), SlotMention::Flag(true))));
            say::request(self.playbook, &slots, self.place())
        };
        let choice = |(bound, detail): (&str, &str)| {
            Some(Choice {
                label: bound.to_owned(),
                detail: detail.to_owned(),
                request: request(&[bound])?,
            })
        };
        Err(Box::new(Resolution::Ask(Question {
            text: format!("{} as a limit or as a request?", say::capital(&amounts.join(" and "))),
            slots: vec!["limit".to_owned()],
            choices: BOUNDS.into_iter().filter_map(choice).collect(),
            together: request(&["limit", "request"]),
        })))
    }
}
