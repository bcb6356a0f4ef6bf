//! What of a plan nothing takes back.

use super::{
    one_way,
    plan::{Change, Plan},
    step::{Step, Undoing},
    undo::Lasting,
};

impl Change {
    /// It, where nothing of it is taken back.
    #[must_use]
    pub fn lasting(&self) -> Option<Lasting> {
        let step = self.draft.step.as_ref().filter(|_| !self.diff.is_empty())?;
        Some(Lasting {
            what: match step {
                Step::Docker(_) => format!("{} {}", self.draft.subresource, self.draft.object),
                _ => format!("{} {}", step.name(), self.draft.object),
            },
            why: self.lasts()?.to_owned(),
            object: matches!(step, Step::Delete(_)).then(|| Box::new(self.draft.object.clone())),
        })
    }

    /// What of it can be made in one way only.
    #[must_use]
    pub fn in_one_way(&self) -> Option<Lasting> {
        self.reversal.as_ref().and_then(one_way::lasting)
    }

    fn undoing(&self) -> Undoing {
        if self.diff.is_empty() {
            Undoing::NothingToUndo
        } else if self.lasts().is_some() || self.reversal.as_ref().is_some_and(one_way::stays_whole) {
            Undoing::Impossible
        } else if self.in_one_way().is_some() {
            Undoing::InPart
        } else {
            Undoing::Restore
        }
    }
}

impl Plan {
    /// Its parts that stay.
    #[must_use]
    pub fn stays(&self) -> Vec<Lasting> {
        let of_one = |change: &Change| change.lasting().or_else(|| change.in_one_way());
        self.changes.iter().filter_map(of_one).collect()
    }
}

/// Of all of them.
#[must_use]
pub fn undoing(changes: &[Change]) -> Undoing {
    let mut all: Vec<Undoing> = changes.iter().map(Change::undoing).collect();
    all.retain(|one| *one != Undoing::NothingToUndo);
    match all.first() {
        None => Undoing::NothingToUndo,
        Some(first) if all.iter().all(|one| one == first) => *first,
        Some(_) => Undoing::InPart,
    }
}
