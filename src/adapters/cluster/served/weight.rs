//! How grave a change is by what comes of it.

use std::collections::BTreeSet;

use super::{asked::Asked, change::Change, effects::Effects};
use crate::domain::{authority, loss, reach::reaches_its_node, risk::Risk};

/// The classes that what comes of it belongs to, beside those of the call.
pub(super) fn graver(change: &Change<'_>, effects: Option<&Effects>) -> BTreeSet<Risk> {
    let escalates = (reaches(change.asked, effects) || shifts_rights(change, effects)).then_some(Risk::Escalate);
    let destroys = loses(change, effects).then_some(Risk::Destroy);
    escalates.into_iter().chain(destroys).collect()
}

/// More goes than what it names, now or later.
fn loses(change: &Change<'_>, effects: Option<&Effects>) -> bool {
    effects.map_or_else(|| loss::may_lose(&change.asked.call, change.all_said()), |effects| effects.loses)
}

/// It gives rights, or takes away who is asked, by what stands in it.
fn shifts_rights(change: &Change<'_>, effects: Option<&Effects>) -> bool {
    let of_known = |effects: &Effects| {
        let after = effects.after.as_ref();
        after.is_some_and(|after| authority::shifts(effects.before.as_ref(), after))
    };
    let may = || authority::may_shift(&change.asked.call, change.all_said());
    effects.map_or_else(may, of_known)
}

/// Containers of it reach their node. What could not be tried may give its pods anything.
fn reaches(asked: &Asked, effects: Option<&Effects>) -> bool {
    match effects {
        Some(effects) => reaches_its_node(effects.before.as_ref(), effects.after.as_ref()),
        None => asked.call.may_reach_nodes(),
    }
}
