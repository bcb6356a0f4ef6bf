//! "Deploy nginx:1.27 as web": a deployment of that name and image is made.

use super::image::is_tagged;
use crate::{domain::said, fallbacks::Lexicon};

/// The request in words that are understood. "Deploy v2 as backend" and "deploy backend:v2 as backend" may be of what is there.
pub(super) fn reworded(text: &str, lexicon: &Lexicon) -> Option<String> {
    let words = said::words(text);
    let [deploy, image, r#as, name] = words.as_slice() else {
        return None;
    };
    let known = lexicon.find(name).map(|entry| lexicon.word(entry));
    let role = known.and_then(|word| word.role);
    let plays_it = |part: &str| lexicon.find(part).and_then(|entry| lexicon.word(entry).role) == role;
    let repository = image.split(':').next().unwrap_or_default();
    let of_there = role.is_some() && repository.split(['/', '-', '_', '.']).any(plays_it);
    let is_new = known.is_none_or(|word| word.role.is_some()) && !of_there && super::token::looks_like_name(name);
    if deploy != "deploy" || r#as != "as" || !is_tagged(image) || !is_new {
        return None;
    }
    Some(format!("create deployment {name} with image {}", said::typed(text, image)?))
}
