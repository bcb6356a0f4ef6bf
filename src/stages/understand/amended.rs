//! The request before with another value of its own: "no, v3" after an image, "and LOG_LEVEL=debug" after a variable.

use super::{
    beside, docker,
    frame::Frame,
    image::{TAG_ONLY, is_tagged, is_version, parts},
    lean::Leaning,
    mood, text, token,
};
use crate::{
    domain::{
        conversation::Turn,
        intent::EnvChange,
        reading::{Reading, SlotMention},
        said,
    },
    fallbacks::{Playbooks, SlotType},
};

/// The slot of the only reading before that takes another value, and the value.
pub(super) fn amended(text: &str, last: &Turn, leaning: Leaning, rest: &[String], playbooks: &Playbooks) -> Option<(String, SlotMention)> {
    let [reading] = last.readings.as_slice() else { return None };
    let tag = || tag(text, rest).filter(|_| leaning == Leaning::Instead);
    let variables = || variables(text, playbooks).filter(|_| leaning != Leaning::Bare);
    let value = || other(text, rest).filter(|_| leaning == Leaning::Instead);
    with_tag(reading, last, tag, playbooks)
        .or_else(|| with_variables(reading, variables, playbooks))
        .or_else(|| with_value(reading, value, playbooks))
        .or_else(|| with_quantity(reading, value, playbooks))
}

/// The same image with another tag, or another image.
fn with_tag(reading: &Reading, last: &Turn, tag: impl Fn() -> Option<String>, playbooks: &Playbooks) -> Option<(String, SlotMention)> {
    let playbook = playbooks.get(&reading.playbook)?;
    let counts = playbook.slots.iter().any(|slot| slot.of == SlotType::Count);
    let is_image = |of: SlotType| matches!(of, SlotType::Image | SlotType::DockerRef);
    let slot = playbook.slots.iter().find(|slot| slot.required && is_image(slot.of))?;
    let tag = tag()?;
    // A number alone may be how many, or one of the choices.
    let number = tag.bytes().all(|byte| byte.is_ascii_digit());
    if number && (counts || last.intents.is_empty()) {
        return None;
    }
    let other = |image: &str| match is_whole(&tag) {
        true => tag.clone(),
        false => format!("{}{TAG_ONLY}{tag}", parts(image).0),
    };
    let mention = match reading.slots.get(&slot.name)? {
        SlotMention::Text(image) => SlotMention::Text(other(image)),
        SlotMention::Name { said, kind } => SlotMention::Name {
            said: other(said),
            kind: kind.clone(),
        },
        _ => return None,
    };
    Some((slot.name.clone(), mention))
}

/// `web:v2`, and nothing else that has a colon.
fn is_whole(word: &str) -> bool {
    is_tagged(word) && !word.contains('=') && !word.contains("://") && !docker::is_port_pair(word)
}

/// "v3", "make it 1.28", "to latest", "web:v2", as it was typed.
fn tag(text: &str, rest: &[String]) -> Option<String> {
    let word = match rest {
        [word] => word,
        [to, word] if matches!(to.as_str(), "to" | "use" | "tag" | "version") => word,
        [make, it, word] if make == "make" && it == "it" => word,
        _ => return None,
    };
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    if !number && !is_version(word) && !is_whole(word) && !matches!(word.as_str(), "latest" | "stable") {
        return None;
    }
    said::typed(text, word).map(str::to_owned)
}

/// Other variables on the same.
fn with_variables(reading: &Reading, variables: impl Fn() -> Option<SlotMention>, playbooks: &Playbooks) -> Option<(String, SlotMention)> {
    let playbook = playbooks.get(&reading.playbook)?;
    let slot = playbook.slots.iter().find(|slot| slot.required && slot.of == SlotType::Env)?;
    Some((slot.name.clone(), variables()?))
}

/// "To info", "make it 300m", as it was typed; a word alone may be a name.
fn other(text: &str, rest: &[String]) -> Option<(bool, String)> {
    let (led, word) = match rest {
        [word] => (false, word),
        [to, word] if to == "to" => (true, word),
        [make, it, word] if matches!(make.as_str(), "make" | "set") && it == "it" => (true, word),
        [set, it, to, word] if set == "set" && it == "it" && to == "to" => (true, word),
        _ => return None,
    };
    Some((led, said::typed(text, word)?.to_owned()))
}

/// The same variable with another value, where it is the only one.
fn with_value(reading: &Reading, value: impl Fn() -> Option<(bool, String)>, playbooks: &Playbooks) -> Option<(String, SlotMention)> {
    let playbook = playbooks.get(&reading.playbook).filter(|playbook| playbook.name == "set-env")?;
    let slot = playbook.slots.iter().find(|slot| slot.of == SlotType::Env)?;
    let Some(SlotMention::Env(changes)) = reading.slots.get(&slot.name) else {
        return None;
    };
    let [EnvChange { name, value: Some(_), .. }] = changes.as_slice() else {
        return None;
    };
    let (led, value) = value()?;
    let lexicon = playbooks.lexicon();
    let names = lexicon
        .find(&value.to_lowercase())
        .is_some_and(|entry| lexicon.word(entry).role.is_some());
    (led && !names).then(|| (slot.name.clone(), SlotMention::Env(vec![EnvChange::set(name, &value)])))
}

/// The same amount of something anew, where it is the only one.
fn with_quantity(reading: &Reading, value: impl Fn() -> Option<(bool, String)>, playbooks: &Playbooks) -> Option<(String, SlotMention)> {
    let playbook = playbooks.get(&reading.playbook)?;
    let mut said = playbook
        .slots
        .iter()
        .filter(|slot| slot.of == SlotType::Quantity && reading.slots.contains_key(&slot.name));
    let (slot, None) = (said.next()?, said.next()) else { return None };
    let amount = beside::amount(slot, &value()?.1)?;
    Some((slot.name.clone(), SlotMention::Text(amount)))
}

/// Variables with their values, and nothing else but how they lean and what is done with them.
fn variables(text: &str, playbooks: &Playbooks) -> Option<SlotMention> {
    const VERBS: [&str; 6] = ["set", "put", "add", "remove", "delete", "unset"];
    let lexicon = playbooks.lexicon();
    let frame = Frame::new(token::tokens(&text::words(text), lexicon), lexicon);
    let found = frame.env.as_ref()?;
    let says_more = |n: &usize| {
        let verb = || VERBS.iter().any(|verb| frame.has(*n, verb));
        let token = frame.get(*n);
        !found.mask.has(*n) && !verb() && !token.is_some_and(|token| mood::is_padding(token, lexicon))
    };
    let alone = !(0..frame.tokens.len()).any(|n| says_more(&n));
    alone.then(|| SlotMention::Env(found.value.clone()))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn what_is_left_of_an_image_without_its_tag_is_its_name() {
        for (image, expected) in [
            ("todo-frontend:v2", "todo-frontend"),
            ("nginx", "nginx"),
            ("reg.local:5000/shop/web:1.2", "reg.local:5000/shop/web"),
            ("reg.local:5000/web", "reg.local:5000/web"),
            ("web:1@sha256:0123456789abcdef0123456789abcdef", "web"),
            (":v2", ""),
        ] {
            assert_eq!(parts(image).0, expected, "{image}");
        }
    }
}
