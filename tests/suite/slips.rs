//! Properties of what must not be done: a slip of the fingers, a negation, a vague number or an exclusion never changes anything
//! that was not meant.

use proptest::prelude::*;
use todo_agent::domain::intent::{Resolution, SlotValue};

use super::playbooks::{playbooks, told, understood};

fn is_change(say: &str) -> bool {
    matches!(understood(say), Resolution::Clear(intents) if intents.iter().any(|intent| playbooks().get(&intent.playbook).unwrap().changes()))
}

/// The objects that would be changed.
fn changed(say: &str) -> Vec<String> {
    let Resolution::Clear(intents) = understood(say) else {
        return Vec::new();
    };
    let values = intents.iter().flat_map(|intent| intent.slots.values());
    values
        .filter_map(|value| match value {
            SlotValue::Object(object) => Some(object.name.clone()),
            _ => None,
        })
        .collect()
}

const CHANGES: [&str; 8] = [
    "scale backend to 3",
    "scale the frontend up by two",
    "double the api",
    "restart the frontend",
    "set the image of backend to todo-backend:v2",
    "set LOG_LEVEL=debug on the backend",
    "scale backend and frontend to 3",
    "restart everything in shop",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// One slip of the fingers in any word: what is done is what was meant without it, or nothing.
    #[test]
    fn a_slip_of_the_fingers_never_changes_anything_else(
        base in prop::sample::select(&CHANGES[..]), at in 0..60usize, slip in 0..4, letter in "[a-z]",
    ) {
        let mut letters: Vec<char> = base.chars().collect();
        let at = at % (letters.len() - 1);
        prop_assume!(letters[at].is_ascii_lowercase() && letters[at + 1].is_ascii_lowercase());
        // A slip in a value is another value, and what was typed counts.
        let word = base[..at].rfind(' ').map_or(0, |space| space + 1)..base[at..].find(' ').map_or(base.len(), |space| at + space);
        prop_assume!(!base[word].contains([':', '=']));
        let new = letter.chars().next().unwrap();
        match slip {
            0 => letters.swap(at, at + 1),
            1 => drop(letters.remove(at)),
            2 => letters.insert(at, new),
            _ => letters[at] = new,
        }
        let said: String = letters.into_iter().collect();
        if is_change(&said) {
            prop_assert_eq!(told(&understood(&said)), told(&understood(base)), "{}", said);
        }
    }

    #[test]
    fn a_negation_anywhere_never_leaves_a_change(
        base in prop::sample::select(&CHANGES[..]), word in prop::sample::select(&["not", "never", "except", "without", "no", "don't"][..]), at in 0..12usize,
    ) {
        let mut words: Vec<&str> = base.split(' ').collect();
        let at = at % (words.len() + 1);
        words.insert(at, word);
        let said = words.join(" ");
        prop_assert!(!is_change(&said), "{}", said);
    }

    #[test]
    fn a_vague_word_beside_the_number_never_leaves_a_change(
        number in 1..9u32, before in prop::sample::select(&["about", "around", "roughly", "at least", "at most", "more than", "no more than", "up to about", "~", ">", "max"][..]), kind in prop::sample::select(&["", " replicas", " pods"][..]),
    ) {
        let front = format!("scale backend to {before} {number}{kind}");
        prop_assert!(!is_change(&front), "{}", front);
        for after in ["or so", "or more", "at least", "max", "or thereabouts", "give or take"] {
            let back = format!("scale backend to {number}{kind} {after}");
            prop_assert!(!is_change(&back), "{}", back);
        }
    }

    #[test]
    fn an_excluded_object_is_never_changed(
        verb in prop::sample::select(&["restart everything", "restart all deployments", "scale everything to 3", "scale all to 0"][..]),
        joint in prop::sample::select(&["except", "but", "but not", "other than", "apart from", "excluding", "save for", "besides"][..]),
        name in prop::sample::select(&["backend", "todo-frontend", "the api", "the web ui"][..]),
    ) {
        let said = format!("{verb} {joint} {name}");
        let other = if name.ends_with("frontend") || name.ends_with("ui") { "todo-backend" } else { "todo-frontend" };
        prop_assert_eq!(changed(&said), [other], "{}", said);
        for more in [" and the cache", " in shop", " and payments", " and restart the backend", " backup", "x", " and both", "; scale it to 2"] {
            let said = format!("{said}{more}");
            prop_assert_eq!(changed(&said), Vec::<String>::new(), "{}", said);
        }
        let plural = format!("{said}s");
        prop_assert!(changed(&plural).iter().all(|name| name == other), "{}", plural);
    }
}
