//! A namespace that is said once in a request with several changes.

use crate::{
    domain::{
        intent::Resolution,
        question::{Choice, Question},
        reading::Reading,
    },
    fallbacks::{Playbook, Playbooks},
};

/// "Delete api and restart worker in staging": whether the first is meant there as well only the user knows. `home` is the
/// namespace of what names none. What "it" stands for is where the change before it is.
pub(super) fn asked(readings: &[Reading], playbooks: &Playbooks, home: &str) -> Option<Resolution> {
    let is_change = |reading: &&Reading| !reading.typed && playbooks.get(&reading.playbook).is_some_and(Playbook::changes);
    let changes: Vec<&Reading> = readings.iter().filter(is_change).collect();
    let mut said = changes.iter().filter_map(|change| change.namespace.as_deref());
    let namespace = said.next()?;
    let first_has_none = changes.first().is_some_and(|change| change.namespace.is_none());
    let left_out = changes
        .iter()
        .any(|change| change.namespace.is_none() && !change.stands_for_another());
    if !left_out || namespace == home || said.any(|other| other != namespace) {
        return None;
    }
    let leans = first_has_none
        && changes
            .iter()
            .any(|change| change.namespace.is_some() && change.stands_for_another());
    let within = |place: &str| {
        let clause = |reading: &Reading| match reading.namespace {
            Some(_) => reading.clause.clone(),
            None => format!("{} in {place}", reading.clause),
        };
        readings.iter().map(clause).collect::<Vec<_>>().join("; ")
    };
    let places = [Some(namespace), (!leans).then_some(home)];
    let choices = places.into_iter().flatten().map(|place| Choice {
        label: within(place),
        detail: String::new(),
        request: within(place),
    });
    Some(Resolution::Ask(Question {
        text: format!("All of it in namespace {namespace}?"),
        slots: vec!["namespace".to_owned()],
        choices: choices.collect(),
        together: None,
    }))
}
