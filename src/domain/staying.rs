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

    fn undoing(&self) -> Undoing {
        let one_way = |reversal| one_way::lasting(reversal).is_some();
        let settled = self.reversal.clone().map(|reversal| {
            let mut all = vec![reversal];
            let _ = one_way::settle(&mut all);
            all.is_empty()
        });
        match self {
            _ if self.diff.is_empty() => Undoing::NothingToUndo,
            _ if self.lasts().is_some() || settled == Some(true) => Undoing::Impossible,
            _ if self.reversal.as_ref().is_some_and(one_way) => Undoing::InPart,
            _ => Undoing::Restore,
        }
    }
}

impl Plan {
    /// Its parts that stay.
    #[must_use]
    pub fn stays(&self) -> Vec<Lasting> {
        let of_one = |change: &Change| {
            let in_one_way = change.reversal.as_ref().and_then(one_way::lasting);
            change.lasting().or(in_one_way)
        };
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
