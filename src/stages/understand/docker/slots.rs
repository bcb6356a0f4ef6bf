//! Values that only requests for an engine have: ports to publish, folders and Dockerfiles, a name that is given.

use super::{
    super::{frame::Frame, mask::Mask, token::Shape},
    command::is_dockerfile,
};
use crate::{
    domain::{intent::SlotValue, path, reading::SlotMention},
    fallbacks::Slot,
};

/// `8080:80`, "port 8080", "on port 8080", "port 8080 to 80".
pub(in super::super) fn ports(frame: &Frame<'_>, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let mut ports = Vec::new();
    let mut mask = Mask::EMPTY;
    let mut n = 0;
    while n < frame.tokens.len() {
        let Some(token) = frame.get(n).filter(|_| !used.has(n)) else {
            n += 1;
            continue;
        };
        if is_port_pair(&token.text) {
            ports.push(token.text.clone());
            mask = mask.with(Mask::one(n));
        } else if frame.has(n, "port")
            && let Some(port) = number(frame, n + 1)
        {
            let mut last = n + 1;
            let inside = matches!(frame.lower(n + 2), "to" | "as" | "from" | "into").then(|| {
                let at = if frame.has(n + 3, "port") { n + 4 } else { n + 3 };
                number(frame, at).map(|inside| (at, inside))
            });
            let inside = inside.flatten().map_or_else(
                || port.clone(),
                |(at, inside)| {
                    last = at;
                    inside
                },
            );
            ports.push(format!("{port}:{inside}"));
            mask = mask.with(Mask::range(n..last + 1));
            n = last;
        }
        n += 1;
    }
    (!ports.is_empty()).then_some((mask, Some(SlotMention::Words(ports))))
}

fn number(frame: &Frame<'_>, n: usize) -> Option<String> {
    let token = frame.get(n)?;
    let plain = matches!(token.shape, Shape::Number(_)) && token.text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| token.text.clone())
}

/// `8080:80`, `127.0.0.1:8080:80`, `8080:80/tcp`.
pub(in super::super) fn is_port_pair(text: &str) -> bool {
    let (pair, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = pair.split(':').collect();
    let address = |part: &str| part.split('.').count() == 4 && part.split('.').all(digits);
    matches!(protocol, "tcp" | "udp")
        && match parts.as_slice() {
            [host, inside] => digits(host) && digits(inside),
            [ip, host, inside] => address(ip) && digits(host) && digits(inside),
            _ => false,
        }
}

/// A Dockerfile for a slot that is called so, else a folder: `./backend`, "folder backend".
pub(in super::super) fn path(frame: &Frame<'_>, slot: &Slot, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let wants_file = slot.name == "file";
    let n = (0..frame.tokens.len()).find(|&n| {
        let Some(token) = frame.get(n).filter(|token| !used.has(n) && token.shape == Shape::Word) else {
            return false;
        };
        let text = token.text.as_str();
        let is_file = text.contains(['/', '\\', '.']) && is_dockerfile(text);
        let from = n
            .checked_sub(1)
            .is_some_and(|p| matches!(frame.lower(p), "from" | "in" | "of") || frame.has(p, "folder"));
        let begins = text.starts_with(['.', '/', '~']) || path::is_rooted(text);
        let is_path = begins || (text.contains(['/', '\\']) && from) || (n > 0 && frame.has(n - 1, "folder"));
        if wants_file {
            is_file
        } else {
            !is_file && is_path && (!text.contains(':') || path::has_drive(text))
        }
    })?;
    let text = frame.get(n)?.text.clone();
    Some((Mask::one(n), Some(SlotMention::Text(text))))
}

/// "called web", "named web", "with the name web"; or what stands in quotes.
pub(in super::super) fn name_given(frame: &Frame<'_>, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let leads = |n: usize| matches!(frame.lower(n), "called" | "named" | "name" | "it" | "as") || frame.has(n, "name");
    let n = (1..frame.tokens.len()).find(|&n| {
        let calls = matches!(frame.lower(n - 1), "called" | "named" | "as") || frame.has(n - 1, "name");
        let call_it = frame.lower(n - 1) == "it" && n > 1 && matches!(frame.lower(n - 2), "call" | "name");
        !used.has(n) && (calls || call_it) && frame.get(n).is_some_and(|token| token.may_name(frame.lexicon))
    })?;
    let start = if leads(n - 1) { n - 1 } else { n };
    let start = if frame.lower(start) == "it" {
        start.saturating_sub(1)
    } else {
        start
    };
    let text = frame.get(n)?.text.clone();
    Some((Mask::range(start..n + 1), Some(SlotMention::Text(text))))
}

/// What was said, where nothing is looked up for it.
pub(super) fn value(mention: &SlotMention) -> Option<SlotValue> {
    Some(match mention {
        SlotMention::Text(text) => SlotValue::Text(text.clone()),
        SlotMention::Name { said, .. } => SlotValue::Text(said.clone()),
        SlotMention::Number(number) => SlotValue::Number(*number),
        SlotMention::Seconds(seconds) => SlotValue::Seconds(*seconds),
        SlotMention::Flag(flag) => SlotValue::Flag(*flag),
        SlotMention::Env(env) => SlotValue::Env(env.clone()),
        SlotMention::Words(words) => SlotValue::Words(words.clone()),
        _ => return None,
    })
}
