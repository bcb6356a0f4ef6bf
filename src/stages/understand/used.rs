//! "Use it in the backend" after an image was built, or after a ConfigMap or a Secret was made: what is used is said by its name.

use crate::domain::{conversation::Conversation, docker::Noun, said};

/// The same with the name of what was spoken of.
pub(super) fn named(text: &str, earlier: &Conversation) -> Option<String> {
    if earlier.turns.is_empty() || text.trim_end().ends_with('?') {
        return None;
    }
    let words = said::words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "now").collect();
    let ["use", "it" | "that" | "this", "in" | "for" | "on" | "with", of @ ..] = words.as_slice() else {
        return None;
    };
    let objects = earlier.spoken_last();
    let [one] = objects.as_slice() else { return None };
    let of = Some(of.join(" ")).filter(|of| !of.is_empty())?;
    match (Noun::of(one), one.kind.kind.as_str()) {
        (Some(Noun::Image), _) => Some(format!("set the image of {of} to {}", one.name)),
        (None, "ConfigMap") => Some(format!("use configmap {} in {of}", one.name)),
        (None, "Secret") => Some(format!("use secret {} in {of}", one.name)),
        _ => None,
    }
}
