//! Words that lean on what was spoken of on an engine.

use super::{super::first, NOUNS, Spoken, are_complete, state, with_needs};
use crate::{
    domain::{
        conversation::{Conversation, NEAR, Turn},
        docker::Noun,
        object::ObjectRef,
        reading::FirstReading,
        said,
    },
    fallbacks::Playbooks,
};

/// What leans on what was spoken of on an engine: "stop it", "its logs", or the plain name of a container. Where it could be two
/// things, or something of a cluster was spoken of since, the words stand for themselves.
pub(in super::super) fn lean(text: &str, earlier: &Conversation, playbooks: &Playbooks) -> Option<FirstReading> {
    let docker = playbooks.docker()?;
    if Spoken::of(text).cluster || names_kind(text, playbooks) {
        return None;
    }
    let named = with_noun(text, earlier).or_else(|| {
        let object = spoken_of(earlier, docker)?;
        with_name(text, Noun::of(&object)?, &object.name)
    })?;
    let reading = first::words(&state::asked(&named).unwrap_or(named), docker);
    let FirstReading::Understood { readings, .. } = &reading else {
        return None;
    };
    are_complete(readings, docker).then(|| with_needs(reading, docker))
}

/// The one thing that was spoken of last. What was named last and is not there, or was not clear, is not what was named before it.
fn spoken_of(earlier: &Conversation, docker: &Playbooks) -> Option<ObjectRef> {
    let lexicon = docker.lexicon();
    let may_name = |word: &str| {
        let known = lexicon.find(word).map(|entry| lexicon.word(entry));
        !word.is_empty() && known.is_none_or(|word| word.role.is_some() || word.kind.is_some())
    };
    let names = |turn: &Turn| turn.said.split_whitespace().any(|word| may_name(&said::bare(word)));
    let mut near = earlier.turns.iter().rev().filter(|turn| !turn.is_lost(&names)).take(NEAR);
    let spoken = near.find(|turn| turn.intents.is_empty() || !turn.objects().is_empty())?.objects();
    match spoken.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// "Logs of web" after "docker run --name web": by its whole name it is what was spoken of last under that name.
fn with_noun(text: &str, earlier: &Conversation) -> Option<String> {
    let spoken = Spoken::of(text);
    if spoken.sure || spoken.noun {
        return None;
    }
    let mut leans = false;
    let word = |word: &str| {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
        let mut objects = earlier.turns.iter().rev().flat_map(Turn::objects);
        let last = objects.find(|object| object.name == plain);
        let noun = last.as_ref().and_then(Noun::of).filter(|noun| *noun == Noun::Container);
        leans |= noun.is_some();
        noun.map_or_else(|| word.to_owned(), |noun| format!("{} {word}", noun.singular()))
    };
    let named = text.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    leans.then_some(named)
}

/// A kind of a cluster, alone or before a name, that an engine has not as well.
pub(super) fn names_kind(text: &str, playbooks: &Playbooks) -> bool {
    let lexicon = playbooks.lexicon();
    let words = text.split(|c: char| c.is_whitespace() || c == '/').map(said::bare);
    words.filter(|word| !NOUNS.contains(&word.as_str())).any(|word| {
        let entry = lexicon.find(&word);
        entry.is_some_and(|entry| lexicon.word(entry).kind.is_some())
    })
}

/// `None`: nothing in the words stands for something else.
fn with_name(text: &str, noun: Noun, name: &str) -> Option<String> {
    let mut named = Vec::new();
    let mut leans = false;
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        // "-it" is a flag.
        let plain = if word.starts_with('-') { String::new() } else { plain };
        let one = matches!(plain.as_str(), "that" | "this") && words.peek().is_some_and(|next| next.eq_ignore_ascii_case("one"));
        if !one && !matches!(plain.as_str(), "it" | "its") {
            named.push(word.to_owned());
            continue;
        }
        if one {
            words.next();
        }
        leans = true;
        // "Stop container it"
        if named
            .last()
            .is_none_or(|before: &String| !before.eq_ignore_ascii_case(noun.singular()))
        {
            named.push(noun.singular().to_owned());
        }
        named.push(name.to_owned());
    }
    leans.then(|| named.join(" "))
}
