//! What stands around a request and is no part of it: the tool that is spoken to, the number of a ticket, flags.

use super::{
    mood,
    token::{Shape, Token},
};
use crate::fallbacks::{Class, Lexicon, Playbooks};

/// `kubectl-ai scale …`, "use kagent to …", "… with kubectl-ai": the tool is a preference, no part of the request.
pub(super) fn take_tool(tokens: &mut Vec<Token>, playbooks: &Playbooks) -> Option<String> {
    let lexicon = playbooks.lexicon();
    let at = tokens
        .iter()
        .position(|token| token.word(lexicon).is_some_and(|word| word.tool.is_some()))?;
    let tool = tokens
        .get(at)?
        .word(lexicon)?
        .tool
        .and_then(|tool| lexicon.tools.get(usize::from(tool)))?
        .clone();
    let lower = |n: Option<usize>| n.and_then(|n| tokens.get(n)).map_or("", |token| token.lower.as_str());
    let led = tokens
        .iter()
        .take(at)
        .all(|token| token.is(lexicon, Class::Filler) || token.shape == Shape::Comma)
        || matches!(
            lower(at.checked_sub(1)),
            "use" | "using" | "with" | "via" | "through" | "ask" | "let" | "have" | "tell" | "by" | "and use"
        );
    if !led {
        return None;
    }
    let start = if at > 0
        && !tokens
            .get(at - 1)
            .is_some_and(|token| token.is(lexicon, Class::Filler) || token.shape == Shape::Comma)
    {
        at - 1
    } else {
        at
    };
    let end = at + 1 + usize::from(matches!(lower(Some(at + 1)), "to" | "for" | "and"));
    tokens.drain(start..end.min(tokens.len()));
    Some(tool)
}

/// "roll the backend back", "switch it back to revision 2": alone, "back" means nothing, and neither does the verb.
fn join_back(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let Some(back) = tokens.iter().position(|token| token.lower == "back") else {
        return;
    };
    let same_clause = tokens
        .iter()
        .take(back)
        .rposition(|token| token.shape != Shape::Word || token.is(lexicon, Class::And) || token.is(lexicon, Class::Then))
        .map_or(0, |end| end + 1);
    let joined = (same_clause..back).find_map(|verb| {
        let (entry, _) = lexicon.expression(&tokens.get(verb)?.lower, |n| (n == 0).then_some("back"))?;
        Some((verb, entry))
    });
    let Some((verb, entry)) = joined.filter(|(verb, _)| verb + 1 < back) else {
        return;
    };
    tokens.remove(back);
    if let Some(verb) = tokens.get_mut(verb) {
        (verb.lower, verb.entry) = (lexicon.word(entry).text.clone(), Some(entry));
    }
}

/// "take the backend down", "bring backend back up": the verb of two words that its object stands between.
pub(super) fn join_apart(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    join_back(tokens, lexicon);
    let content = |token: &Token| token.shape == Shape::Word && !mood::is_padding(token, lexicon) && !token.is(lexicon, Class::Order);
    let (Some(first), Some(last)) = (tokens.iter().position(content), tokens.iter().rposition(content)) else {
        return;
    };
    let (Some(verb), Some(particle)) = (tokens.get(first), tokens.get(last).filter(|_| last > first + 1)) else {
        return;
    };
    let found = match (verb.lower.as_str(), particle.lower.as_str()) {
        ("bring", "up" | "online") => lexicon.find("start"),
        (verb, particle) => lexicon.expression(verb, |n| (n == 0).then_some(particle)).map(|(entry, _)| entry),
    };
    let Some(entry) = found.filter(|entry| lexicon.word(*entry).wish.is_some()) else {
        return;
    };
    tokens.remove(last);
    if let Some(verb) = tokens.get_mut(first) {
        (verb.lower, verb.entry) = (lexicon.word(entry).text.clone(), Some(entry));
    }
}

/// `OPS-123:`, `#45`, `[P2]`, `Request:` in front: what kind of message this is.
pub(super) fn drop_labels(tokens: &mut Vec<Token>, text: &str, lexicon: &Lexicon) {
    let numbered = |text: &str| {
        text.split_once('-').is_some_and(|(key, number)| {
            key.len() > 1 && key.chars().all(|c| c.is_ascii_uppercase()) && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
        })
    };
    let priority = |text: &str| text.len() == 2 && text.starts_with(['P', 'p']) && text.ends_with(|c: char| c.is_ascii_digit());
    let label = |token: &Token| {
        let colon = text.get(token.end..).is_some_and(|rest| rest.starts_with(':'));
        numbered(&token.text)
            || priority(&token.text)
            || (token.text.starts_with('#') && token.text.len() > 1)
            || (colon && lexicon.labels.contains(&token.lower))
    };
    while tokens.len() > 1 && tokens.first().is_some_and(label) {
        tokens.remove(0);
    }
    // "first restart the backend, then …": the order is that of the words.
    let orders = |token: &Token| token.word(lexicon).is_some_and(crate::fallbacks::Word::orders);
    if let [first, verb, ..] = tokens.as_slice()
        && ["first", "firstly", "first of all"].contains(&first.lower.as_str())
        && orders(verb)
    {
        tokens.remove(0);
    }
    // "TICKET 8812 - scale …", "INC0042: …"
    let key = |token: &Token| {
        let letters = token.text.bytes().take_while(u8::is_ascii_uppercase).count();
        let digits = token
            .text
            .get(letters..)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
        letters > 1 && digits && text.get(token.end..).is_some_and(|rest| rest.starts_with(':'))
    };
    let dash = |token: &Token| token.shape == Shape::Symbol && matches!(token.text.as_str(), "-" | "–" | "—");
    if tokens.len() > 1 && tokens.first().is_some_and(key) {
        tokens.remove(0);
    } else if let [word, number, mark, _, ..] = tokens.as_slice()
        && lexicon.labels.contains(&word.lower)
        && matches!(number.shape, Shape::Number(_))
        && dash(mark)
    {
        tokens.drain(..3);
    }
}

/// "Thanks,\nBob", "-- \nBob": who wrote it.
pub(super) fn drop_signature(tokens: &mut Vec<Token>, text: &str, lexicon: &Lexicon) {
    let shouting = !text.chars().any(|c| c.is_ascii_lowercase());
    let separates = |token: &Token| matches!(token.shape, Shape::Comma | Shape::Stop | Shape::Symbol);
    let closes = |n: usize, token: &Token| {
        let says = ["thank", "thx", "regards", "cheers", "sincerely", "wishes"]
            .iter()
            .any(|word| token.lower.contains(word));
        let comma = tokens.get(n + 1).is_some_and(|next| next.shape == Shape::Comma);
        n > 0 && (token.is(lexicon, Class::Filler) && says || token.lower == "best" && comma)
    };
    let name = |token: &Token| {
        let written = token.text.starts_with(char::is_uppercase) && token.text.chars().all(|c| c.is_alphabetic() || "-'.".contains(c));
        token.shape == Shape::Word && token.entry.is_none() && !token.quoted && written
    };
    let signed = |n: usize| {
        let rest = tokens.get(n + 1..).unwrap_or_default();
        let names = rest.iter().filter(|token| !separates(token)).count();
        (1..=3).contains(&names) && rest.iter().all(|token| separates(token) || name(token))
    };
    let closing = tokens
        .iter()
        .enumerate()
        .find(|(n, token)| !shouting && closes(*n, token) && signed(*n));
    if let Some((n, polite)) = closing.map(|(n, token)| (n, token.is(lexicon, Class::Filler))) {
        tokens.truncate(n + usize::from(polite));
    }
    // What stands behind it is dropped only where it could be no part of a request.
    let rule = |token: &Token| {
        let before = text
            .get(..token.start)
            .is_some_and(|before| before.trim_end_matches(' ').ends_with('\n'));
        let after = text
            .get(token.end..)
            .is_some_and(|after| after.trim_start_matches([' ', '\r']).starts_with('\n'));
        token.shape == Shape::Symbol && token.text == "--" && before && after
    };
    let idle = |token: &Token| separates(token) || (token.shape == Shape::Word && token.entry.is_none() && !token.text.contains('='));
    if let Some(n) = tokens.iter().position(rule)
        && tokens.get(n + 1..).is_some_and(|rest| rest.len() <= 12 && rest.iter().all(idle))
    {
        tokens.truncate(n);
    }
}

/// A flag that neither a playbook nor every request knows.
pub(super) fn unknown_flag(tokens: &[Token], playbooks: &Playbooks) -> Option<String> {
    const EVERYWHERE: [&str; 10] = [
        "-n",
        "--namespace",
        "--ns",
        "--context",
        "--kube-context",
        "-l",
        "--selector",
        "-A",
        "--all-namespaces",
        "-namespace",
    ];
    tokens.iter().find_map(|token| match &token.shape {
        Shape::Flag(name, _) if EVERYWHERE.contains(&name.as_str()) || (name.starts_with("-n") && !name.starts_with("--")) => None,
        Shape::Flag(name, _)
            if playbooks
                .iter()
                .any(|playbook| playbook.slots.iter().any(|slot| slot.flags.contains(name))) =>
        {
            None
        }
        Shape::Flag(..) => Some(token.text.clone()),
        _ => None,
    })
}
