//! One event stream, several readers.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{effect::Effect, event::Event, execution::Done, failure::Result, ports::record::Record, undo::Announcement};

/// Tells the record first and the screen second: what is shown was written, and a change whose record cannot be written
/// is neither shown nor made.
pub struct Tee {
    pub record: Arc<dyn Record>,
    pub screen: Arc<dyn Record>,
    /// What is known of the changes so far.
    pub effect: Arc<Mutex<Effect>>,
    /// What was changed so far, whoever did it.
    pub made: Mutex<Vec<Done>>,
}

impl Tee {
    pub fn done(&self) -> Vec<Done> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Record for Tee {
    fn record(&self, event: Event) -> Result<()> {
        // Log lines and rows that change are many, and no record keeps them.
        if !matches!(event, Event::Line { .. } | Event::Rows { .. }) {
            self.record.record(event.clone())?;
        }
        self.effect.lock().unwrap_or_else(PoisonError::into_inner).hear(&event);
        if let Event::Did { done } = &event {
            self.made.lock().unwrap_or_else(PoisonError::into_inner).push(done.clone());
        }
        self.screen.record(event)
    }

    fn settle(&self, announced: Announcement, made: bool) {
        self.record.settle(announced, made);
    }
}

/// Where nothing is to be recorded: looking at a cluster in order to trust it is no request.
pub struct Nobody;

impl Record for Nobody {
    fn record(&self, _event: Event) -> Result<()> {
        Ok(())
    }
}
