//! What an answer should rest on and could not be looked at.

use crate::{domain::answer::Unseen, front::screen::look::Look};

/// Added to a verdict that holds only of what was seen.
pub const fn reserve(unseen: &[Unseen]) -> &'static str {
    if unseen.is_empty() { "" } else { " as far as seen" }
}

/// One line for all that the user may not see, one for each thing that could not be seen for another reason.
pub fn lines(unseen: &[Unseen], look: &Look) -> Vec<String> {
    let forbidden: Vec<&str> = unseen.iter().filter(|one| one.forbidden).map(|one| one.what.as_str()).collect();
    let forbidden = (!forbidden.is_empty()).then(|| format!("Not seen, for lack of rights: {}.", forbidden.join(", ")));
    let others = unseen.iter().filter(|one| !one.forbidden);
    let others = others.map(|one| format!("Not seen: {}: {}.", one.what, one.why));
    forbidden
        .into_iter()
        .chain(others)
        .flat_map(|line| look.wrapped(&line, 2))
        .collect()
}
