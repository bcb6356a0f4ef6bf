//! Spans of time ("the last 10 minutes", "since 5m", "an hour ago") and numbers of lines ("last 20 lines").

use super::{
    frame::{Found, Frame},
    mask::Mask,
    number::Quantity,
    token::Shape,
};
use crate::fallbacks::Class;

pub(super) fn find(frame: &mut Frame<'_>) {
    let mut spans = Vec::new();
    let mut lines = Vec::new();
    for n in 0..frame.tokens.len() {
        if let Some(found) = duration(frame, n) {
            spans.push(found);
        } else if let Some(found) = line_number(frame, n).or_else(|| last_line(frame, n)) {
            lines.push(found);
        }
    }
    frame.spans = spans;
    frame.lines = lines;
}

/// A span whose number stands at `n`.
fn duration(frame: &Frame<'_>, n: usize) -> Option<Found<u64>> {
    let unit = |n: usize| frame.get(n)?.word(frame.lexicon)?.seconds;
    let token = frame.get(n)?;
    let past_before = frame.previous(n).filter(|&p| frame.is(p, Class::Past));
    let (seconds, end) = if let Some(seconds) = compact(&token.lower).filter(|_| token.shape == Shape::Word) {
        (seconds, n + 1)
    } else if let (Shape::Number(Quantity::Is(number)), Some(seconds)) = (&token.shape, unit(n + 1)) {
        (number.checked_mul(seconds)?, n + 2)
    } else if frame.lower(n) == "half" && matches!(frame.lower(n + 1), "an" | "a") {
        (unit(n + 2)? / 2, n + 3)
    } else if matches!(frame.lower(n), "an" | "a") && unit(n + 1).is_some() {
        (unit(n + 1)?, n + 2)
    } else if unit(n).is_some() && past_before.is_some() {
        (unit(n)?, n + 1)
    } else {
        return None;
    };
    let ago = frame.is(end, Class::Ago);
    let start = past_before.unwrap_or(n);
    let mut mask = Mask::range(start..end + usize::from(ago));
    // "from 5 minutes ago", "in the last hour", "for the past day"
    if let Some(p) = frame.previous(start).filter(|&p| frame.is_preposition(p)) {
        mask = mask.with(Mask::range(p..start));
    }
    Some(Found { mask, value: seconds })
}

/// `90s`, `10m`, `1h30m`, `5min`.
pub(super) fn compact(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = (text.get(..digits)?, text.get(digits..)?);
    let number: u64 = number.parse().ok()?;
    let end = unit.bytes().take_while(u8::is_ascii_alphabetic).count();
    let seconds = match unit.get(..end)? {
        "s" | "sec" | "secs" => 1,
        "m" | "min" | "mins" => 60,
        "h" | "hr" | "hrs" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let rest = unit.get(end..)?;
    let more = if rest.is_empty() { 0 } else { compact(rest)? };
    number.checked_mul(seconds)?.checked_add(more)
}

/// A number of lines: `20 lines`, `last 20`, `tail 20`, `20 last log lines`.
fn line_number(frame: &Frame<'_>, n: usize) -> Option<Found<Quantity>> {
    let Shape::Number(quantity) = frame.get(n)?.shape else {
        return None;
    };
    let spoken = |n: usize| frame.has(n, "line") || frame.has(n, "log") || frame.has(n, "event");
    let mut start = n;
    let mut end = n + 1;
    let before = frame
        .previous(n)
        .filter(|&p| frame.is(p, Class::Past) || frame.has(p, "recent") || frame.has(p, "tail"));
    if let Some(p) = before {
        start = p;
    }
    while frame.is(end, Class::Past) || frame.has(end, "recent") {
        end += 1;
    }
    let lines = spoken(end);
    // `tail -20`
    let quantity = match quantity {
        Quantity::Minus(number) if before.is_some_and(|p| frame.has(p, "tail")) => Quantity::Is(number),
        other => other,
    };
    // Only the end of a log is read.
    let quantity = if n > 0 && frame.lower(n - 1) == "first" && lines {
        start = n - 1;
        Quantity::Fraction
    } else {
        quantity
    };
    if frame.has(end, "line") || (frame.has(end, "log") && frame.has(end + 1, "line")) {
        end += 1;
    }
    // `logs --tail 20` in words: "log tail 20".
    (lines || before.is_some()).then(|| Found {
        mask: Mask::range(start..end),
        value: quantity,
    })
}

/// "The last line", "the latest log line": one of them.
fn last_line(frame: &Frame<'_>, n: usize) -> Option<Found<Quantity>> {
    let newest = frame.lower(n).ends_with("last") || frame.has(n, "recent");
    let line = matches!(frame.lower(n + 1), "line" | "log line");
    (newest && line).then(|| Found {
        mask: Mask::range(n..n + 2),
        value: Quantity::Is(1),
    })
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn compact_spans() {
        assert_eq!(
            ["90s", "1h30m", "5min", "x", "5", "2x"].map(compact),
            [Some(90), Some(5400), Some(300), None, None, None]
        );
    }
}
