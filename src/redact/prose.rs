//! Secrets told in plain words: "my password is …", "use key … for cohere", "change the token from … to …".
//!
//! Only what people say about a secret without telling it makes this hard: "the password is wrong", "the secret is
//! todo-secrets". A password may be any word that is no word *about* passwords; a token or key must look made up.

use std::{borrow::Cow, collections::BTreeSet, ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    OPEN, has_mark, mark,
    pattern::{Pattern, has, lower},
};

static NOUN: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)\b(?:(?P<pass>passwords?|passwd|passphrase|passcode|pwd|pw)|(?P<loose>pass)|(?P<pair>credentials?|logins?)|(?P<made>token|secret|key))\b",
        |text| has(text, &["pass", "pwd", "pw", "credential", "login", "token", "secret", "key"]),
    )
});

/// So many words after the noun its value may stand.
const FAR: usize = 9;
/// No sentence of interest is longer, in bytes.
const NEAR: usize = 256;

/// What may stand between the noun and the word that leads to the value: "for the db", "of my backend".
const BETWEEN: [&str; 12] = ["for", "of", "on", "in", "to", "the", "my", "our", "your", "this", "new", "user"];
const LEADS: [&str; 7] = ["is", "are", "was", "be", "equals", "=", ":"];
const SETS: [&str; 11] = [
    "set", "change", "update", "rotate", "reset", "replace", "switch", "make", "put", "move", "turn",
];
const USES: [&str; 8] = ["use", "using", "with", "try", "enter", "take", "add", "via"];
const POINTS: [&str; 6] = ["my", "the", "this", "and", "as", "a"];

/// What is said about secrets, and the small words of every sentence.
const ORDINARY: &str = "\
    a about after again all already also always an and any are as at auth authentication bad be because been before but by \
    can correct default different does empty env false field file fine for from good grant has hash here hidden how if in \
    incorrect input insecure into invalid is it its just kept key known leak login long made manager missing must my never \
    new nil no none not now null of ok okay old on only optional or our out plain policy prompt public random rotation \
    safe same secret secure set short should so some something still store strong stronger that the their there these this \
    to too true undefined unknown unset up valid value variable very was weak what when where which who why will with \
    wrong yes you your";

/// Of what kind a noun is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    /// Any word may be one.
    Password,
    /// "pass", which tests do as well.
    Loose,
    /// A name and a password.
    Pair,
    /// Made by a machine.
    Made,
}

pub fn hide(text: &str) -> Cow<'_, str> {
    let Some(nouns) = NOUN.for_text(text, &lower(text)) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::new();
    let mut copied = 0;
    for found in nouns.captures_iter(text) {
        let Some(all) = found.get(0).filter(|all| all.start() >= copied && stands_alone(text, all.range())) else {
            continue;
        };
        let noun = match () {
            () if found.name("pass").is_some() => Noun::Password,
            () if found.name("loose").is_some() => Noun::Loose,
            () if found.name("pair").is_some() => Noun::Pair,
            () => Noun::Made,
        };
        for value in values(text, all.range(), noun) {
            out.push_str(text.get(copied..value.start).unwrap_or_default());
            out.push_str(&mark(all.as_str()));
            copied = value.end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// A word of a sentence, and no part of a name, a path or a mark.
fn stands_alone(text: &str, at: Range<usize>) -> bool {
    let before = text.get(..at.start).and_then(|head| head.chars().next_back());
    let mut after = text.get(at.end..).unwrap_or_default().chars();
    let (next, then) = (after.next(), after.next());
    let joins = |c: Option<char>| c.is_some_and(|c| matches!(c, '-' | '_' | '/' | '.' | '@' | '$' | '{' | '\\' | '%' | '+' | '›' | '\''));
    let ends_sentence = next == Some('.') && then.is_none_or(char::is_whitespace);
    !joins(before)
        && !matches!(before, Some('=' | ':' | '"' | '‹' | '&' | '?'))
        && (!joins(next) || ends_sentence)
        && next != Some('"')
        && next != Some('(')
}

/// A word of the line after the noun.
struct Word<'a> {
    /// Without the signs around it.
    bare: &'a str,
    span: Range<usize>,
    quoted: bool,
    /// A comma, colon or full stop follows.
    stop: Option<char>,
}

fn values(text: &str, noun: Range<usize>, kind: Noun) -> Vec<Range<usize>> {
    let before = words_before(text, noun.start);
    let words = words_after(text, noun.end);
    let orders = before.iter().any(|word| SETS.contains(&word.as_str()));
    let uses = before.iter().rev().take(3).any(|word| USES.contains(&word.as_str()));
    let points = before.last().is_some_and(|word| POINTS.contains(&word.as_str()));
    let mut found = Vec::new();
    // Whether the word before leads to a value; nothing stands before the first.
    let mut led = false;
    let mut let_in = true;
    for (at, word) in words.iter().enumerate() {
        if has_mark(word.bare) {
            // It is told already; only "from … to …" tells two.
            if !orders {
                break;
            }
            led = false;
            continue;
        }
        let lower = word.bare.to_lowercase();
        // "set the token to swordfish": what it is set to is one, whatever it looks like.
        let set_to = orders && led && kind == Noun::Made && is_set(words.get(at.saturating_sub(1)), word);
        let fits = match at {
            0 => adjacent(word, kind, uses, points),
            _ => led && (is_value(word, kind) || set_to),
        };
        if fits {
            found.push(word.span.clone());
            led = false;
            if !orders {
                break;
            }
            let_in = true;
            continue;
        }
        let leads = LEADS.contains(&lower.as_str()) || (orders && matches!(lower.as_str(), "to" | "as" | "from"));
        let_in &= leads || BETWEEN.contains(&lower.as_str()) || is_plain(word.bare) && !led;
        led = leads && word.stop.is_none_or(|stop| stop == ':');
        if !let_in || matches!(word.stop, Some('.' | ',' | ';' | '?' | '!')) {
            break;
        }
    }
    found
}

/// The noun with its value right behind it: "password swordfish", "the token abc123def".
fn adjacent(word: &Word<'_>, kind: Noun, uses: bool, points: bool) -> bool {
    match kind {
        Noun::Password if uses || word.quoted => is_value(word, kind) && (word.quoted || !is_plain_plural(word.bare)),
        Noun::Password => has_digit_and_letter(word.bare) && is_value(word, kind),
        // A Secret's name stands there.
        Noun::Made if uses || points => is_made_up(word.bare),
        Noun::Pair => is_pair(word.bare),
        Noun::Made | Noun::Loose => false,
    }
}

/// What a token or key is set to, and no word about it, nor a place that it is moved to.
fn is_set(lead: Option<&Word<'_>>, word: &Word<'_>) -> bool {
    const PLACES: [&str; 9] = [
        "namespace",
        "backend",
        "frontend",
        "deployment",
        "cluster",
        "pod",
        "vault",
        "file",
        "env",
    ];
    let lower = word.bare.to_lowercase();
    lead.is_some_and(|lead| matches!(lead.bare.to_lowercase().as_str(), "to" | "=" | ":"))
        && is_value(word, Noun::Password)
        && word.bare.len() >= 4
        && !PLACES.contains(&lower.as_str())
}

fn is_value(word: &Word<'_>, kind: Noun) -> bool {
    let value = word.bare;
    let stands_for_another = value.starts_with(['$', '{', '<', '(']) || value.contains(OPEN);
    if stands_for_another || !value.chars().any(char::is_alphanumeric) {
        return false;
    }
    match kind {
        Noun::Password => word.quoted || !is_ordinary(value),
        Noun::Loose => value.len() >= 6 && has_digit_and_letter(value),
        Noun::Pair => is_pair(value) || is_made_up(value),
        Noun::Made => is_made_up(value) || (word.quoted && value.len() >= 8 && has_digit_and_letter(value)),
    }
}

/// A word about secrets, or a small word of any sentence.
pub(super) fn is_ordinary(word: &str) -> bool {
    let lower = word.to_lowercase();
    let says_what_happened =
        is_plain(&lower) && lower.len() > 4 && (lower.ends_with("ed") || lower.ends_with("ing") || lower.ends_with("ly"));
    let is_number = word.bytes().all(|b| b.is_ascii_digit()) && word.len() < 4;
    ordinary(&lower) || says_what_happened || is_number
}

fn ordinary(word: &str) -> bool {
    static WORDS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| ORDINARY.split_whitespace().collect());
    WORDS.contains(word)
}

fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c == '\'')
}

/// "password rules", "password resets".
fn is_plain_plural(word: &str) -> bool {
    is_plain(word) && word.ends_with('s') && !word.ends_with("ss")
}

fn has_digit_and_letter(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `todo:hunter2`, and no image, time, port or URL.
fn is_pair(word: &str) -> bool {
    let Some((name, password)) = word.split_once(':') else {
        return false;
    };
    let plain = !name.is_empty() && !password.contains([':', '/', '.']) && !name.contains('/');
    plain && password.len() >= 4 && !password.bytes().all(|b| b.is_ascii_digit())
}

/// Capital and small letters and digits: no word, and no name of an object.
pub(super) fn is_mixed(word: &str) -> bool {
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    word.len() >= 8 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// A value that a machine made, and no name, path, version, date or variable.
pub(super) fn is_made_up(word: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"^(?:[A-Za-z]+[0-9]*(?:[-_.:/@][A-Za-z0-9]*)*",
            r"|v?[0-9]+(?:[-_.:/][A-Za-z0-9]*)*|[0-9]+[a-zA-Z]{1,3}|[A-Z0-9_]+_[A-Z0-9_]+)$"
        ))
        .ok()
    });
    let signs = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.~!#$%^&*".contains(&b));
    if word.len() < 8 || !signs || !has_digit_and_letter(word) || word.starts_with(['/', '.', '$', '-']) {
        return false;
    }
    let count = |test: fn(&u8) -> bool| word.as_bytes().iter().filter(|b| test(b)).count();
    let mixed = count(u8::is_ascii_lowercase) >= 3 && count(u8::is_ascii_uppercase) >= 3;
    if mixed && (word.len() >= 32 || (word.len() >= 20 && count(u8::is_ascii_digit) >= 3)) && !word.contains('.') {
        return true;
    }
    // A uuid told as a token is one.
    let is_uuid = word.len() == 36 && word.bytes().filter(|b| *b == b'-').count() == 4;
    is_uuid || !(word.contains('/') || NAME.as_ref().is_none_or(|name| name.is_match(word)))
}

fn words_before(text: &str, at: usize) -> Vec<String> {
    let head = text.get(text.floor_char_boundary(at.saturating_sub(NEAR))..at).unwrap_or_default();
    let line = head.rsplit(['\n', '\r']).next().unwrap_or_default();
    line.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .collect()
}

fn words_after(text: &str, at: usize) -> Vec<Word<'_>> {
    let end = text.floor_char_boundary(at.saturating_add(NEAR));
    let line = text
        .get(at..end)
        .and_then(|rest| rest.split(['\n', '\r']).next())
        .unwrap_or_default();
    let mut words = Vec::new();
    let mut from = 0;
    while words.len() < FAR {
        let Some(rest) = line.get(from..) else { break };
        let start = from + (rest.len() - rest.trim_start().len());
        let Some(rest) = line.get(start..).filter(|rest| !rest.is_empty()) else {
            break;
        };
        let word = word(rest, at + start);
        from = start + word.1;
        words.push(word.0);
    }
    words
}

/// The word that a text begins with, and how long it is with what belongs to it.
fn word(rest: &str, at: usize) -> (Word<'_>, usize) {
    // `password:` and `key =`: the sign is a word of its own.
    if let Some(sign) = rest.chars().next().filter(|c| matches!(c, ':' | '=')) {
        let span = at..at + sign.len_utf8();
        let bare = rest.get(..1).unwrap_or_default();
        return (
            Word {
                bare,
                span,
                quoted: false,
                stop: None,
            },
            1,
        );
    }
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))
        && let Some(length) = rest.get(1..).and_then(|inner| inner.find(quote))
    {
        let bare = rest.get(1..=length).unwrap_or_default();
        let stop = rest
            .get(length + 2..)
            .and_then(|after| after.chars().next())
            .filter(|c| c.is_ascii_punctuation());
        let span = at + 1..at + 1 + length;
        return (
            Word {
                bare,
                span,
                quoted: true,
                stop,
            },
            length + 2,
        );
    }
    let whole = rest.split_whitespace().next().unwrap_or_default();
    let open = whole.len() - whole.trim_start_matches(['(', '"', '\'', '`', '[', '“', '‘', '«']).len();
    let bare = whole
        .get(open..)
        .unwrap_or_default()
        .trim_end_matches(['.', ',', ';', ':', '?', '!', ')', ']', '"', '\'', '`', '”', '’', '»']);
    let tail = whole.get(open + bare.len()..).unwrap_or_default();
    let stop = tail.chars().find(|c| matches!(c, '.' | ',' | ';' | ':' | '?' | '!'));
    // "hunter2!" may end in its own sign; better one sign too many is hidden.
    let length = bare.len() + usize::from(tail.starts_with('!') && has_digit_and_letter(bare));
    let span = at + open..at + open + length;
    (
        Word {
            bare,
            span,
            quoted: false,
            stop,
        },
        whole.len().max(1),
    )
}
