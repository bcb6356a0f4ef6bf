//! "Deploy nginx:1.27 as web": a deployment of that name and image is made.

use crate::{domain::said, fallbacks::Lexicon};

/// The request in words that are understood. "Deploy v2 as backend" is of what is there.
pub(super) fn reworded(text: &str, lexicon: &Lexicon) -> Option<String> {
    let words = said::words(text);
    let [deploy, image, r#as, name] = words.as_slice() else {
        return None;
    };
    let is_image = image.split_once(':').is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty());
    let known = lexicon.find(name).map(|entry| lexicon.word(entry));
    let is_new = known.is_none_or(|word| word.role.is_some()) && super::token::looks_like_name(name);
    if deploy != "deploy" || r#as != "as" || !is_image || !is_new {
        return None;
    }
    Some(format!("create deployment {name} with image {}", said::typed(text, image)?))
}
