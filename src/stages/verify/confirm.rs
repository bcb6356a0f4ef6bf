//! The last look before it is said that new pods live: at the pods themselves. That no news came proves nothing where a
//! watch is refused, has ended, or leads to a server that does not answer any more.

use std::sync::Arc;

use super::{feeds::Subject, sight::Sight};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    kind::Kind,
    ports::observe::{Observe, Seen},
};

/// What came of the look.
pub enum Confirmed {
    Seen,
    /// The cluster does not answer now; it may do so in a moment.
    NotNow(Failure),
}

/// Reads the pods of an object, what makes them, and the object itself.
///
/// # Errors
/// `LostSight` when they may not be read: whether they are restarted is not known, and so it is not said.
pub async fn confirm(observe: &Arc<dyn Observe>, sight: &mut Sight) -> Result<Confirmed> {
    let has_sets = sight.object.kind == Kind::deployment();
    for (subject, query) in sight.belongings().into_iter().flatten() {
        if subject == Subject::ReplicaSets && !has_sets {
            continue;
        }
        match observe.list(&query).await {
            Ok(objects) => sight.replace(subject, objects),
            Err(failure) if failure.kind == FailureKind::Unreachable => return Ok(Confirmed::NotNow(failure)),
            // Without them all pods of its selector are taken for its own: none of an old version is left by now.
            Err(failure) if failure.kind == FailureKind::Forbidden && subject == Subject::ReplicaSets => sight.has_no_sets(),
            Err(failure) => return Err(unseen(sight, &failure)),
        }
    }
    match observe.get(&sight.object).await {
        Ok(Some(object)) => sight.take(Subject::Object, Seen::Is(object)),
        Ok(None) => sight.take(Subject::Object, Seen::Gone(sight.object.clone())),
        Err(failure) if failure.kind == FailureKind::Unreachable => return Ok(Confirmed::NotNow(failure)),
        // A user who may watch it need not be one who may get it: the watch goes on telling of it.
        Err(failure) if failure.kind == FailureKind::Forbidden => {}
        Err(failure) => return Err(unseen(sight, &failure)),
    }
    Ok(Confirmed::Seen)
}

fn unseen(sight: &Sight, failure: &Failure) -> Failure {
    let words = sight.rollout().map_or_else(String::new, |rollout| format!(" ({})", rollout.words));
    let mut unseen = Failure::new(
        FailureKind::LostSight,
        format!(
            "{} was changed{words}, but whether its new pods keep running cannot be observed: {}",
            sight.object, failure.what
        ),
    );
    unseen.hints.clone_from(&failure.hints);
    unseen.causes.clone_from(&failure.causes);
    unseen
}
