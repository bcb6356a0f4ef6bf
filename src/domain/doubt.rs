//! Changes that were announced: what takes them back counts from when they are made, and where nobody told, both may be so.

use super::{
    joined::{join, put_back},
    undo::{Announced, Announcement, Reversal, UndoEntry, Way},
};

impl UndoEntry {
    /// The end of what was announced is known.
    pub fn close(&mut self, announced: Announcement, made: bool) {
        let is_it = |open: &Announced| open.announcement == announced;
        let Some(at) = self.open.iter().position(is_it) else { return };
        let Announced { reversals, lasting, .. } = self.open.remove(at);
        if made {
            self.go_on(reversals, lasting);
        }
    }

    /// As it is to be taken back where the end of some of it was never told: whether or not that was made.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        for Announced { reversals, lasting, .. } in std::mem::take(&mut self.open) {
            let (gone, others): (Vec<_>, Vec<_>) = reversals.into_iter().partition(|one| matches!(one.way, Way::Create(_)));
            join(&mut self.reversals, others);
            // What we made is there to be taken away, or gone already.
            for mut gone in gone {
                if !self.made(&gone.object) {
                    self.put_back_before(&mut gone);
                    self.reversals.push(gone);
                }
            }
            for stays in lasting {
                if !stays.object.as_ref().is_some_and(|gone| self.made(gone)) {
                    self.lasting.push(stays);
                }
            }
        }
        self
    }

    /// As it was before we changed it.
    fn put_back_before(&self, gone: &mut Reversal) {
        let Way::Create(body) = &mut gone.way else { return };
        let ours = |known: &&Reversal| known.way == Way::Fields && known.subresource.is_empty() && known.object.same_name(&gone.object);
        for known in self.reversals.iter().filter(ours) {
            put_back(body, &known.fields);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        joined::tests::{entry, made, of_kind, reversal, stays},
        undo::Lasting,
    };

    /// As `open` says of its end: it was made, it was not, and nobody told.
    fn ends(earlier: &UndoEntry, reversals: Vec<Reversal>, lasting: Vec<Lasting>) -> [UndoEntry; 3] {
        let announcement = Announcement::make();
        let mut open = earlier.clone();
        open.open.push(Announced {
            announcement,
            reversals,
            lasting,
        });
        let closed = |made: bool| {
            let mut entry = open.clone();
            entry.close(announcement, made);
            entry.in_doubt()
        };
        [closed(true), closed(false), open.clone().in_doubt()]
    }

    #[test]
    fn what_is_not_taken_away_after_all_is_still_to_be_taken_back() {
        let nothing = || entry(Vec::new(), Vec::new());
        let gone = |count: u32| reversal(&[], Way::Create(json!({"spec": {"replicas": count}})));
        let of_ours = entry(vec![reversal(&[], Way::Delete)], Vec::new());
        assert_eq!(ends(&of_ours, vec![gone(1)], Vec::new()), [nothing(), of_ours.clone(), of_ours]);
        let pod = || of_kind("Pod", "once", Some("1"));
        let of_pod = entry(vec![made(pod())], Vec::new());
        assert_eq!(
            ends(&of_pod, Vec::new(), vec![stays(Some(pod()))]),
            [nothing(), of_pod.clone(), of_pod]
        );
        let scaled = || reversal(&[(&["spec", "replicas"], json!(2), json!(3))], Way::Fields);
        let was_scaled = entry(vec![scaled()], Vec::new());
        assert_eq!(
            ends(&was_scaled, vec![gone(3)], Vec::new()),
            [
                entry(vec![gone(2)], Vec::new()),
                was_scaled,
                entry(vec![scaled(), gone(2)], Vec::new())
            ]
        );
        let of_namespace = stays(Some(of_kind("Namespace", "todo", Some("n"))));
        let in_it = entry(vec![made(of_kind("ConfigMap", "in-it", Some("c")))], Vec::new());
        assert_eq!(
            ends(&in_it, Vec::new(), vec![of_namespace.clone()]),
            [
                entry(Vec::new(), vec![of_namespace.clone()]),
                in_it.clone(),
                entry(in_it.reversals, vec![of_namespace])
            ]
        );
    }
}
