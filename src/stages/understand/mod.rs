//! Words to intents: the first half without any look at the cluster, the second with the inventory as a value.

use std::sync::Arc;

use crate::{
    domain::{
        intent::{Declined, DeclinedReason, Resolution},
        inventory::Inventory,
        reading::{FirstReading, Reading},
    },
    fallbacks::Playbooks,
};

/// Understands requests with a set of playbooks. Pure: no I/O, no clock.
#[derive(Clone, Debug)]
pub struct Understand {
    playbooks: Arc<Playbooks>,
}

impl Understand {
    #[must_use]
    pub const fn new(playbooks: Arc<Playbooks>) -> Self {
        Self { playbooks }
    }

    /// All clauses of `text` with their playbooks, or nothing: names are still words.
    #[must_use]
    pub fn first(&self, text: &str) -> FirstReading {
        let _ = &self.playbooks;
        FirstReading::Declined(nothing(text))
    }

    /// The readings with every name looked up in `inventory`.
    #[must_use]
    pub fn resolve(&self, readings: &[Reading], _inventory: &Inventory) -> Resolution {
        Resolution::Declined(nothing(readings.first().map_or("", |reading| &reading.clause)))
    }
}

fn nothing(text: &str) -> Declined {
    Declined {
        reason: DeclinedReason::NotUnderstood,
        understood: None,
        unexplained: vec![text.to_owned()],
        suggestions: Vec::new(),
        teaches: Vec::new(),
    }
}
