//! Texts that were looked at and had nothing to hide: names of resources and namespaces come again with every call.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Longer texts seldom come twice.
const LONGEST: usize = 96;

/// When there are more, all are looked at anew.
const MOST: usize = 1024;

#[derive(Debug, Default)]
pub struct Clean(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    texts: HashSet<Box<str>>,
    learned: Look,
}

/// What was known when a text was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look(u64);

impl Clean {
    /// `None`: it had nothing to hide. Otherwise what to give back to [`Self::add`].
    pub fn look(&self, text: &str) -> Option<Look> {
        let known = self.lock();
        let is_clean = text.len() <= LONGEST && known.texts.contains(text);
        (!is_clean).then_some(known.learned)
    }

    /// Nothing was found in it.
    pub fn add(&self, text: &str, look: Look) {
        let mut known = self.lock();
        if text.len() > LONGEST || look != known.learned {
            return;
        }
        if known.texts.len() >= MOST {
            known.texts.clear();
        }
        known.texts.insert(text.into());
    }

    /// More is known to be secret than before, also to who is looking at a text right now.
    pub fn forget(&self) {
        let mut known = self.lock();
        known.texts.clear();
        known.learned.0 += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_before_more_was_known_is_looked_at_again() {
        let clean = Clean::default();
        let look = clean.look("abc").unwrap();
        clean.add("abc", look);
        assert_eq!(clean.look("abc"), None);
        clean.forget();
        assert!(clean.look("abc").is_some());
        clean.add("abc", look);
        assert!(clean.look("abc").is_some());
    }
}
