//! Values that are known by the word beside them: "revision 3", "512Mi of memory", "between 2 and 5", "label tier".

use super::{
    frame::Frame,
    mask::Mask,
    number::Quantity,
    token::{Shape, Token},
};
use crate::{
    domain::{intent::EnvChange, kind::Kind, path, reading::SlotMention},
    fallbacks::{Class, Slot, SlotType},
};

/// Words between the word and its value: "memory limit of 512Mi", "port is 80".
const BETWEEN: [&str; 19] = [
    "of",
    "to",
    "at",
    "is",
    "be",
    "the",
    "a",
    "an",
    "limit",
    "limits",
    "request",
    "requests",
    "number",
    "with",
    "set",
    "should be",
    "from",
    "on",
    "in",
];

/// Most of them.
const REACH: usize = 3;

/// The first value of the slot's type beside one of its words.
pub(super) fn find(frame: &Frame<'_>, slot: &Slot, used: Mask) -> Option<(Mask, SlotMention)> {
    match slot.of {
        SlotType::Env => return marks(frame, slot, used),
        SlotType::Path => return path(frame, slot, used),
        SlotType::Variables => return super::environment::named(frame, slot, used),
        _ => {}
    }
    // "target port": two words.
    let length = |n: usize| {
        slot.beside.iter().find_map(|word| match word.split_once(' ') {
            _ if frame.lower(n) == word => Some(1),
            Some((one, two)) if frame.lower(n) == one && frame.lower(n + 1) == two => Some(2),
            _ => None,
        })
    };
    (0..frame.tokens.len())
        .find_map(|n| {
            let length = length(n).filter(|_| !used.has(n))?;
            let (value, end, mention) = called(frame, slot, n)
                .or_else(|| after(frame, slot, n + length - 1).filter(|(_, end, _)| !is_of_another(frame, slot, *end)))
                .or_else(|| before(frame, slot, n))
                .or_else(|| after(frame, slot, n + length - 1))
                .or_else(|| far(frame, slot, n))?;
            // "a cpu limit of 1 core"
            let unit = slot.of == SlotType::Quantity && slot.beside.iter().any(|word| frame.lower(end) == word);
            let end = end + usize::from(unit);
            let mask = Mask::range(n..n + length).with(Mask::range(value..end));
            // Both ends of a range are in one token.
            let range = matches!(
                frame.get(value).map(|token| &token.shape),
                Some(Shape::Number(Quantity::Between(..)))
            );
            (range || !Mask::range(value..end).meets(used)).then_some((mask, mention))
        })
        .or_else(|| range(frame, slot))
}

/// "between 2 and 5" has become one token without its first word.
fn range(frame: &Frame<'_>, slot: &Slot) -> Option<(Mask, SlotMention)> {
    let ends = slot.of == SlotType::Number && slot.beside.iter().any(|word| word == "between");
    let is_range = |n: &usize| {
        frame.get(*n).is_some_and(|token| {
            matches!(token.shape, Shape::Number(Quantity::Between(low, high)) if low != high) && !token.text.contains(" or ")
        })
    };
    let n = (0..frame.tokens.len()).find(|n| ends && is_range(n))?;
    let (_, _, mention) = value(frame, slot, n)?;
    Some((Mask::one(n), mention))
}

type Value = (usize, usize, SlotMention);

/// "called second": what follows is a name, whatever else the word means.
fn called(frame: &Frame<'_>, slot: &Slot, n: usize) -> Option<Value> {
    let is_name = matches!(slot.of, SlotType::Name | SlotType::Namespace) && matches!(frame.lower(n), "called" | "named");
    let token = frame.get(n + 1).filter(|token| is_name && token.shape == Shape::Word)?;
    // "called team a": the last letter may be a part of the name.
    let alone = !may_be_of_a_name(frame, n + 2);
    let fits = alone && super::token::looks_like_name(&token.lower) && !token.is(frame.lexicon, Class::Grammar);
    fits.then(|| (n + 1, n + 2, SlotMention::Text(token.text.clone())))
}

fn after(frame: &Frame<'_>, slot: &Slot, n: usize) -> Option<Value> {
    let mut at = n + 1;
    while at <= n + REACH && BETWEEN.contains(&frame.lower(at)) {
        at += 1;
    }
    value(frame, slot, at)
}

/// "500m cpu and 256Mi memory": what is behind the amount says what it is of.
fn is_of_another(frame: &Frame<'_>, slot: &Slot, end: usize) -> bool {
    let resource = ["cpu", "cpus", "core", "cores", "vcpu", "vcpus", "memory", "mem", "ram"].contains(&frame.lower(end));
    slot.of == SlotType::Quantity && resource
}

/// "the memory limit of the backend to 512Mi".
fn far(frame: &Frame<'_>, slot: &Slot, n: usize) -> Option<Value> {
    if slot.of != SlotType::Quantity {
        return None;
    }
    let joins = |m: &usize| matches!(frame.lower(*m), "to" | "at");
    (n + 1..frame.tokens.len()).filter(joins).find_map(|m| value(frame, slot, m + 1))
}

/// "512Mi memory", "512Mi of memory", "80% cpu".
fn before(frame: &Frame<'_>, slot: &Slot, n: usize) -> Option<Value> {
    // A new name stands behind the word for what it names.
    if matches!(
        slot.of,
        SlotType::Name | SlotType::Namespace | SlotType::Text | SlotType::Order | SlotType::Image
    ) {
        return None;
    }
    let mut at = n.checked_sub(1)?;
    while frame.lower(at) == "of" || (frame.has(at, "env") && at > 0) {
        at = at.checked_sub(1)?;
    }
    let two = at
        .checked_sub(1)
        .and_then(|at| value(frame, slot, at))
        .filter(|(_, end, _)| *end == at + 1);
    two.filter(|(start, end, _)| end - start == 2).or_else(|| value(frame, slot, at))
}

fn value(frame: &Frame<'_>, slot: &Slot, at: usize) -> Option<Value> {
    let token = frame.get(at)?;
    let one = |mention| Some((at, at + 1, mention));
    match slot.of {
        SlotType::Number => match &token.shape {
            // "between 2 and 5"; "2 or 5" are two answers to one question.
            Shape::Number(Quantity::Between(low, high))
                if slot.beside.iter().any(|word| word == "between") && !token.text.contains(" or ") =>
            {
                one(SlotMention::Number(if slot.name == "max" { *high } else { *low }))
            }
            Shape::Number(Quantity::Is(number)) => one(SlotMention::Number(*number)),
            Shape::Times { num, percent: true, .. } => one(SlotMention::Number(u64::from(*num))),
            _ => None,
        },
        SlotType::Quantity => {
            // "512 Mi"
            if let (Shape::Number(Quantity::Is(_)), Some(unit)) = (&token.shape, frame.get(at + 1))
                && let Some(amount) = quantity(&format!("{}{}", token.text, unit.text))
                && unit.shape == Shape::Word
            {
                return Some((at, at + 2, SlotMention::Text(amount)));
            }
            one(SlotMention::Text(amount(slot, &token.text)?))
        }
        SlotType::Image => one(SlotMention::Text(image(token)?)),
        SlotType::Name | SlotType::Namespace => {
            // "called team a", "called the vault": the article may be a part of the name.
            let alone = !at.checked_sub(1).is_some_and(|before| may_be_of_a_name(frame, before)) && !may_be_of_a_name(frame, at + 1);
            one(SlotMention::Text(new_name(frame, token).filter(|_| alone || token.quoted)?))
        }
        SlotType::Order => one(SlotMention::Text(order(&token.lower)?.to_owned())),
        SlotType::Text => (token.shape == Shape::Word)
            .then(|| one(SlotMention::Text(token.text.clone())))
            .flatten(),
        _ => None,
    }
}

/// One word as an amount of what the slot is for.
pub(super) fn amount(slot: &Slot, text: &str) -> Option<String> {
    // "memory 512": bytes are never meant.
    let is_memory = slot.beside.iter().any(|word| word == "memory");
    let has_unit = text.ends_with(|c: char| c.is_alphabetic());
    quantity(text).filter(|_| has_unit || !is_memory)
}

/// The path in objects that a column of kubectl's tables is made from.
fn order(column: &str) -> Option<&'static str> {
    Some(match column {
        "age" | "time" | "date" | "creation" | "creation time" => ".metadata.creationTimestamp",
        "name" | "names" => ".metadata.name",
        "namespace" | "namespaces" => ".metadata.namespace",
        "restart" | "restarts" | "restart count" => ".status.containerStatuses[0].restartCount",
        "node" | "nodes" => ".spec.nodeName",
        "status" | "phase" => ".status.phase",
        _ => return None,
    })
}

/// `512Mi`, `250m`, `0.5`, `1Gi`; `512MiB` and `1GB` as Kubernetes writes them.
fn quantity(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, unit) = (text.get(..digits)?, text.get(digits..)?);
    number.parse::<f64>().ok()?;
    let unit = match unit {
        "" | "m" | "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti" => unit,
        "KiB" | "ki" | "kib" => "Ki",
        "MiB" | "mi" | "mib" | "meg" | "megs" | "megabyte" | "megabytes" => "Mi",
        "GiB" | "gi" | "gib" | "gig" | "gigs" | "gigabyte" | "gigabytes" => "Gi",
        "MB" | "mb" => "M",
        "GB" | "gb" | "g" => "G",
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

/// "team a", "the vault". Possessives are a part of no name.
fn may_be_of_a_name(frame: &Frame<'_>, n: usize) -> bool {
    ["a", "an", "the"].contains(&frame.lower(n))
}

/// What may be the name of something new: no word of the vocabulary, unless it stands in quotes.
fn new_name(frame: &Frame<'_>, token: &Token) -> Option<String> {
    let plain = token.shape == Shape::Word && token.may_name(frame.lexicon);
    let numbered = matches!(token.shape, Shape::Number(_)) && token.quoted;
    (plain || numbered).then(|| token.text.clone())
}

/// "image nginx": what stands there need not have a tag.
fn image(token: &Token) -> Option<String> {
    let plain = token.shape == Shape::Word && super::image::fault(&token.text).is_none();
    plain.then(|| token.text.clone())
}

/// A file or folder: by its shape, wherever it stands.
fn path(frame: &Frame<'_>, slot: &Slot, used: Mask) -> Option<(Mask, SlotMention)> {
    let found = (0..frame.tokens.len()).find_map(|n| {
        // "the k8s folder"
        let is_folder = matches!(frame.lower(n + 1), "folder" | "directory") && slot.beside.iter().any(|word| word == "folder");
        // "apply k8s"
        let verb = n.checked_sub(1).is_some_and(|p| frame.has(p, "apply") || frame.lower(p) == "diff");
        let is_folder = is_folder || (verb && n + 1 == frame.tokens.len() && FOLDERS.contains(&frame.lower(n)));
        let token = frame.get(n).filter(|_| !used.has(n) || is_folder)?;
        let beside = n
            .checked_sub(1)
            .and_then(|p| if frame.is_article(p) { p.checked_sub(1) } else { Some(p) })
            .is_some_and(|p| slot.beside.iter().any(|word| frame.lower(p) == word));
        let plain = token.entry.is_none() || (is_folder && FOLDERS.contains(&token.lower.as_str()));
        let shaped = match &token.shape {
            Shape::Word => looks_like_path(&token.text) || ((beside || is_folder) && plain),
            Shape::Path { .. } => is_file(&token.lower),
            _ => false,
        };
        // A file of variables is one by its name.
        let wanted = !slot.beside.iter().any(|word| word == ".env") || is_dotenv(&token.lower);
        (shaped && wanted).then(|| (n, token.text.clone()))
    });
    let (n, text) = found?;
    // "the file k8s.yaml", "the folder k8s/"
    let lead = n
        .checked_sub(1)
        .filter(|p| slot.beside.iter().any(|word| frame.lower(*p) == word))
        .map_or(Mask::EMPTY, Mask::one);
    let tail = slot.beside.iter().any(|word| frame.lower(n + 1) == word);
    let tail = if tail { Mask::one(n + 1) } else { Mask::EMPTY };
    Some((Mask::one(n).with(lead).with(tail), SlotMention::Text(text)))
}

/// Words for something else that folders of manifests are called.
const FOLDERS: [&str; 5] = ["k8s", "kubernetes", "kube", "deploy", "helm"];

pub(super) fn looks_like_path(text: &str) -> bool {
    let folders = text.contains('\\') && !text.contains('=');
    path::is_rooted(text) || folders || is_file(&text.to_lowercase()) || (text.ends_with('/') && text.len() > 1)
}

fn is_file(lower: &str) -> bool {
    let name = path::last(lower);
    let known = [
        ".yaml",
        ".yml",
        ".json",
        ".env",
        ".properties",
        ".conf",
        ".txt",
        ".toml",
        ".ini",
        ".cfg",
        ".pem",
        ".crt",
        ".key",
    ];
    known.iter().any(|ending| name.ends_with(ending)) || name.starts_with(".env")
}

fn is_dotenv(lower: &str) -> bool {
    let name = path::last(lower);
    name.starts_with(".env") || name.ends_with(".env")
}

/// A field of the API, by its shape: `spec.replicas`, `deploy.spec.strategy`, `imagePullPolicy`.
pub(super) fn field(frame: &Frame<'_>, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let camel = |part: &str| part.starts_with(|c: char| c.is_ascii_lowercase()) && part.contains(|c: char| c.is_ascii_uppercase());
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let is_kind = |word: &str| Kind::well_known().iter().any(|kind| kind.is_called(word));
    let is_field = |text: &str| match text.split_once('.') {
        Some((first, _)) => matches!(first, "spec" | "status" | "metadata") || is_kind(&first.to_lowercase()) || text.split('.').any(camel),
        None => camel(text),
    };
    let shaped = (0..frame.tokens.len()).find(|n| {
        let token = frame.get(*n).filter(|token| !used.has(*n) && token.shape == Shape::Word);
        token.is_some_and(|token| plain(&token.text) && is_field(&token.text))
    });
    if let Some(n) = shaped {
        return Some((Mask::one(n), frame.get(n).map(|token| SlotMention::Text(token.text.clone()))));
    }
    // "explain deployments": the kind itself.
    let explains = (0..frame.tokens.len()).any(|n| frame.has(n, "explain"));
    let n = (0..frame.tokens.len()).find(|n| {
        let word = frame.get(*n).and_then(|token| token.word(frame.lexicon));
        explains && !used.has(*n) && word.is_some_and(|word| word.kind.is_some())
    })?;
    let kind = frame.get(n)?.word(frame.lexicon)?.kind?;
    let plural = frame.lexicon.kinds.get(usize::from(kind))?;
    Some((Mask::one(n), Some(SlotMention::Text(plural.clone()))))
}

/// Labels and annotations: `tier=web`, `tier-`, "the label tier" where one is removed, "label tier to web".
fn marks(frame: &Frame<'_>, slot: &Slot, used: Mask) -> Option<(Mask, SlotMention)> {
    let free = |n: usize| !used.has(n);
    let is_word = |n: usize| slot.beside.iter().any(|word| frame.lower(n) == word);
    let mut set = Vec::new();
    let mut mask = Mask::EMPTY;
    for n in (0..frame.tokens.len()).filter(|n| free(*n)) {
        // The hyphen at the end makes a key of a word of the vocabulary as well.
        let is_mark = |token: &&Token| token.shape == Shape::Word && (token.entry.is_none() || token.text.ends_with('-'));
        let Some(token) = frame.get(n).filter(is_mark) else { continue };
        let change = match (token.text.split_once('='), token.text.strip_suffix('-')) {
            (Some((key, value)), _) if is_key(key) => Some((key, Some(value.trim_matches(['"', '\'']).to_owned()))),
            (None, Some(key)) if is_key(key) => Some((key, None)),
            _ => None,
        };
        if let Some((name, value)) = change {
            let name = name.to_owned();
            set.push(EnvChange { name, value, from: None });
            mask = mask.with(Mask::one(n));
        }
    }
    if set.is_empty() {
        let removes = (0..frame.tokens.len()).any(|n| frame.has(n, "remove") || frame.has(n, "delete") || frame.has(n, "unset"));
        let (key, end, value) = (0..frame.tokens.len()).filter(|n| is_word(*n)).find_map(|n| {
            let speaks = |token: &Token| token.shape == Shape::Word && !token.is(frame.lexicon, Class::Grammar);
            let named = matches!(frame.lower(n + 1), "called" | "named" | "key");
            let key = Some(n + 1 + usize::from(named)).filter(|m| frame.get(*m).is_some_and(speaks))?;
            let named = frame.get(key).is_some_and(|token| is_key(&token.text));
            let to = matches!(frame.lower(key + 1), "to" | "with value" | "value");
            let value = frame.get(key + 2).filter(|_| to).map(|token| token.text.clone());
            let end = if value.is_some() { key + 3 } else { key + 1 };
            (named && (removes != value.is_some())).then_some((key, end, value))
        })?;
        let name = frame.get(key).map(|token| token.text.clone()).unwrap_or_default();
        set.push(EnvChange { name, value, from: None });
        mask = mask.with(Mask::range(key..end));
    }
    let said_twice = set
        .iter()
        .enumerate()
        .any(|(n, one)| set.iter().skip(n + 1).any(|two| two.name == one.name));
    (!said_twice).then_some((mask, SlotMention::Env(set)))
}

fn is_key(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
}
