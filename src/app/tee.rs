//! One event stream, several readers.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{
    effect::Effect,
    event::Event,
    execution::Done,
    failure::{Failure, FailureKind, Result},
    ports::record::Record,
    undo::Announcement,
};

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
    /// Before it is written, which takes its time: who stops it meanwhile is told what is under way. What was known before it.
    fn hear(&self, event: &Event) -> Result<Effect> {
        let mut effect = self.effect.lock().unwrap_or_else(PoisonError::into_inner);
        if effect.over && matches!(event, Event::Changing { .. }) {
            return Err(Failure::new(FailureKind::Interrupted, "stopped: nothing more is changed"));
        }
        let before = *effect;
        effect.hear(event);
        Ok(before)
    }

    pub fn done(&self) -> Vec<Done> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Record for Tee {
    fn record(&self, event: Event) -> Result<()> {
        let before = self.hear(&event)?;
        // Log lines and rows that change are many, and no record keeps them.
        if !matches!(event, Event::Line { .. } | Event::Rows { .. })
            && let Err(failure) = self.record.record(event.clone())
        {
            *self.effect.lock().unwrap_or_else(PoisonError::into_inner) = before;
            return Err(failure);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_to_be_stopped_begins_no_change() {
        let effect = Arc::new(Mutex::new(Effect::default()));
        let tee = Tee {
            record: Arc::new(Nobody),
            screen: Arc::new(Nobody),
            effect: effect.clone(),
            made: Mutex::default(),
        };
        let changing = || Event::Changing {
            title: "x".to_owned(),
            cluster: None,
            reversals: Vec::new(),
            lasting: Vec::new(),
            announced: None,
        };
        tee.record(changing()).unwrap();
        assert!(effect.lock().unwrap().open);
        effect.lock().unwrap().over = true;
        assert_eq!(tee.record(changing()).unwrap_err().kind, FailureKind::Interrupted);
        tee.record(Event::Note { text: "x".to_owned() }).unwrap();
    }
}
