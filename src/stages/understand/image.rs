//! Container images: `todo-backend:v2`, `registry:5000/team/app@sha256:…`, and versions of the image that runs ("v2", "version 1.4").

use super::{
    frame::{Found, Frame},
    mask::Mask,
    number::Quantity,
    token::Shape,
};
use crate::domain::path;

/// Begins the mention of a tag alone: the rest of the image is the one that runs.
pub(super) const TAG_ONLY: char = ':';

/// One of several versions is found with nothing as its value.
pub(super) fn find(frame: &mut Frame<'_>) {
    let mut images = Vec::new();
    for n in 0..frame.tokens.len() {
        let unclear = frame
            .get(n)
            .is_some_and(|token| token.shape == Shape::Word && several_versions(&token.lower));
        if unclear {
            images.push(Found {
                mask: with_lead(frame, n),
                value: String::new(),
            });
        } else if let Some(found) = whole(frame, n).or_else(|| tag(frame, n)).or_else(|| bare(frame, n)) {
            images.push(found);
        }
    }
    frame.images = images;
}

/// An image with a tag, a digest or a registry; or any name right after "image".
fn whole(frame: &Frame<'_>, n: usize) -> Option<Found<String>> {
    let token = frame.get(n)?;
    if token.shape != Shape::Word {
        return None;
    }
    let text = token.text.trim_start_matches("image=");
    let pathed = text.contains('/') && text.chars().any(|c| c.is_ascii_alphabetic());
    if !(is_tagged(text) || pathed || text.contains('@'))
        || super::docker::is_port_pair(text)
        || text.starts_with(['.', '/', '~'])
        || path::is_rooted(text)
        || text.contains("://")
        || text.contains('=')
        || token.entry.is_some()
    {
        return None;
    }
    Some(Found {
        mask: with_lead(frame, n),
        value: text.to_owned(),
    })
}

/// `web:v2`, or what looks like it.
pub(super) fn is_tagged(word: &str) -> bool {
    word.split_once(':').is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty())
}

/// A name right after "the image … to", and what stands there and can be none.
fn bare(frame: &Frame<'_>, n: usize) -> Option<Found<String>> {
    let token = frame.get(n)?;
    let led = n > 0 && matches!(frame.lower(n - 1), "to" | "with" | "as" | "by");
    let spoken = (0..n).any(|m| frame.has(m, "image"));
    let colons = token.text.starts_with(':') && token.text.chars().all(|c| c == ':');
    let named = led && token.shape == Shape::Word && token.may_name(frame.lexicon) && !token.text.contains(['=', ':']);
    (spoken && (colons || named)).then(|| Found {
        mask: with_lead(frame, n),
        value: token.text.clone(),
    })
}

/// `v2`, `1.4.2`, `version 3`, `tag latest`.
fn tag(frame: &Frame<'_>, n: usize) -> Option<Found<String>> {
    let token = frame.get(n)?;
    let announced = frame.previous(n).or(n.checked_sub(1)).is_some_and(|p| {
        // "from version 1 to 2"
        let left = p > 2 && frame.lower(p - 3) == "from" && frame.has(p - 2, "version");
        frame.has(p, "version") || (frame.lower(p) == "to" && p > 0 && (frame.has(p - 1, "version") || left))
    });
    let lower = token.lower.as_str();
    let plain = match token.shape {
        Shape::Word => token.entry.is_none() || matches!(lower, "latest" | "stable" | "live" | "new" | "old"),
        Shape::Number(Quantity::Is(_) | Quantity::Fraction | Quantity::Between(..)) => !token.text.contains(' '),
        _ => false,
    };
    let named = matches!(lower, "latest" | "stable") && n > 0 && matches!(frame.lower(n - 1), "to" | "use" | "with" | "from");
    if !plain || !(is_version(lower) || named || (announced && is_tag(&token.text))) {
        return None;
    }
    Some(Found {
        mask: with_lead(frame, n),
        value: format!("{TAG_ONLY}{}", token.text),
    })
}

/// `v2`, `1.4.2`, `1.27-alpine`: nothing else is written like it.
pub(super) fn is_version(lower: &str) -> bool {
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && is_tag(text);
    let dotted = lower.contains('.') && lower.ends_with(char::is_alphanumeric);
    lower.strip_prefix('v').is_some_and(digit) || (dotted && digit(lower))
}

/// `2` beside `v1`, `1.5.0` beside `v1.4.2`: the same but for the letter.
pub(super) fn lacks_v(tag: &str, running: &str) -> bool {
    let numbers = |text: &str| {
        let all = text
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        all.then(|| text.split('.').count())
    };
    numbers(tag).is_some() && running.strip_prefix('v').and_then(numbers) == numbers(tag)
}

/// Name and tag of an image, without its digest.
pub(super) fn parts(image: &str) -> (&str, Option<&str>) {
    let named = image.split('@').next().unwrap_or_default();
    match named.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (named, None),
    }
}

/// "from v1": what runs now.
pub(super) fn is_left(frame: &Frame<'_>, found: &Found<String>) -> bool {
    let before = found.mask.first().and_then(|first| frame.previous(first));
    before.is_some_and(|before| frame.lower(before) == "from")
}

/// "v2/v3", "v2-or-v3", "v2-v3": one of them, and nobody said which.
fn several_versions(text: &str) -> bool {
    let version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let joint = |part: &str| version(part) || matches!(part, "or" | "and" | "to");
    let parts = || text.split(['/', '-', '|', '+', '~']);
    parts().all(joint) && parts().filter(|part| version(part)).count() > 1
}

fn with_lead(frame: &Frame<'_>, n: usize) -> Mask {
    let start = frame
        .previous(n)
        .filter(|&p| frame.has(p, "version") || frame.has(p, "image"))
        .unwrap_or(n);
    let lead = frame
        .previous(start)
        .filter(|&p| matches!(frame.lower(p), "to" | "with" | "at" | "as" | "using" | "by"))
        .unwrap_or(start);
    Mask::range(lead..n + 1)
}

/// A tag as the distribution specification takes it: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
pub(super) fn is_tag(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Why `image` may be meant otherwise, where it is a reference all the same: with a tag it is taken at its word.
pub(super) fn doubt(image: &str) -> Option<String> {
    let picture = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"];
    let called = picture.iter().any(|ending| image.ends_with(ending)) && !image.contains(['/', ':', '@']);
    called.then(|| format!("this is called like a picture; the image of a container that is called so is {image}:latest"))
}

/// Why `image` is no image reference (distribution/reference), if it is none.
pub(super) fn fault(image: &str) -> Option<&'static str> {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    if let Some(digest) = digest {
        let well = digest
            .split_once(':')
            .is_some_and(|(algorithm, hex)| !algorithm.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit()));
        if !well {
            return Some("a digest looks like sha256:<64 hexadecimal digits>");
        }
    }
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest.get(slash..).and_then(|last| last.find(':')) {
        Some(colon) => (rest.get(..slash + colon)?, rest.get(slash + colon + 1..)),
        None => (rest, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Some("a tag has letters, digits, dots, hyphens and underscores");
    }
    let mut parts = name.split('/').peekable();
    let first = parts.peek().copied().unwrap_or_default();
    let registry = name.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    if registry {
        parts.next();
    }
    let well = parts.all(|part| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    });
    (!well).then_some("the name of an image has lower-case letters, digits, and . _ - / between them")
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn image_references_are_checked() {
        let good = [
            "nginx",
            "todo-backend:v2",
            "localhost:5000/a/b:1",
            "ghcr.io/x/y_z:1.2",
            "a/b",
            "logo.png",
        ];
        assert_eq!(good.map(fault), [None; 6]);
        let bad = ["Todo:v2", "a:b:c", "a/", "-x:1", "a@sha256:12", "a: "];
        assert!(bad.iter().all(|image| fault(image).is_some()), "{:?}", bad.map(fault));
    }
}
