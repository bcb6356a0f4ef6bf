//! "Pull nginx", "tag web:v1 as web:prod": Docker is meant, though nothing says so.

use super::{command, with_needs};
use crate::{
    domain::{reading::FirstReading, said},
    fallbacks::{Class, Playbooks},
};

/// Nothing of a cluster is pulled or has a tag of its own; and the word is no word for something in it.
pub(super) fn spoken_of(text: &str, playbooks: &Playbooks, docker: &Playbooks) -> Option<FirstReading> {
    let lexicon = playbooks.lexicon();
    let known = |image: &str| lexicon.find(image).is_some_and(|entry| !lexicon.word(entry).is(Class::Ambiguous));
    let words = said::words(text);
    let line = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["pull", image] if !known(image) => format!("docker pull {}", said::typed(text, image)?),
        ["tag", image, "as" | "to", name] if image.contains(':') => {
            format!("docker tag {} {}", said::typed(text, image)?, said::typed(text, name)?)
        }
        _ => return None,
    };
    Some(with_needs(command::read(&line, docker)?, docker))
}
