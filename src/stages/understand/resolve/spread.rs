//! A namespace that is said once in a request with several changes.

use super::super::say::{self, Where};
use crate::{
    domain::{
        intent::Resolution,
        question::{Choice, Question},
        reading::Reading,
    },
    fallbacks::{Playbook, Playbooks, SlotType},
};

/// "Delete api and restart worker in staging": whether the first is meant there as well only the user knows. `home` is the
/// namespace of what names none. What "it" stands for is where the change before it is.
pub(super) fn asked(readings: &[Reading], playbooks: &Playbooks, home: &str) -> Option<Resolution> {
    // A namespace that is made is in none.
    let placed =
        |playbook: &Playbook| playbook.changes() && !playbook.slots.iter().any(|slot| slot.required && slot.of == SlotType::Namespace);
    let is_change = |reading: &&Reading| !reading.typed && playbooks.get(&reading.playbook).is_some_and(placed);
    let changes: Vec<&Reading> = readings.iter().filter(is_change).collect();
    let mut places: Vec<&str> = Vec::new();
    for place in changes.iter().filter_map(|change| change.namespace.as_deref()) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let first_has_none = changes.first().is_some_and(|change| change.namespace.is_none());
    let left_out = changes
        .iter()
        .any(|change| change.namespace.is_none() && !change.stands_for_another());
    if !left_out || places.is_empty() || places == [home] {
        return None;
    }
    let leans = first_has_none
        && changes
            .iter()
            .any(|change| change.namespace.is_some() && change.stands_for_another());
    // What shares its verb with another has no words of its own.
    let shares = |reading: &Reading| {
        let holds = |other: &Reading| !std::ptr::eq(other, reading) && reading.clause.contains(&other.clause);
        readings.iter().any(holds)
    };
    let clause = |reading: &Reading, place: &str| {
        let here = reading.namespace.as_deref().unwrap_or(place);
        let whole = || {
            let place = Where::of(reading).within(Some(here));
            say::request(playbooks.get(&reading.playbook)?, &reading.slots, place)
        };
        let own = || match reading.namespace {
            Some(_) => reading.clause.clone(),
            None => format!("{} in {place}", reading.clause),
        };
        if shares(reading) { whole().unwrap_or_else(own) } else { own() }
    };
    let within = |place: &str| readings.iter().map(|reading| clause(reading, place)).collect::<Vec<_>>().join("; ");
    let text = match places.as_slice() {
        [only] => format!("All of it in namespace {only}?"),
        _ => "In which namespace is the rest of it meant?".to_owned(),
    };
    if !leans && !places.contains(&home) {
        places.push(home);
    }
    let choices = places.iter().map(|place| Choice {
        label: within(place),
        detail: String::new(),
        request: within(place),
    });
    Some(Resolution::Ask(Question {
        text,
        slots: vec!["namespace".to_owned()],
        choices: choices.collect(),
        together: None,
    }))
}
