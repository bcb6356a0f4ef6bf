//! Numbers as they are written and as they are spoken.

use super::token::{Shape, Token};
use crate::fallbacks::{Class, Lexicon};

/// A number as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    Is(u64),
    /// `+2`.
    Plus(u64),
    Minus(u64),
    Fraction,
    TooLarge,
    /// "3-5", "3 or 4", "~3": one of these, or about so many; which, nobody said.
    Between(u64, u64),
}

/// `3`, `1,000`, `+2`, `-1`, `2.5`, `1/2`, `10^12`, `1e9`, `3-5`, `~3`.
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    let text = text.strip_prefix('#').unwrap_or(text);
    if let Some(between) = between(text) {
        return Some(between);
    }
    let unsigned = text.trim_start_matches(['+', '-', '−', '–']);
    let point = unsigned.strip_prefix('.').unwrap_or(unsigned);
    if !point.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let sign = text.chars().next().filter(|c| !c.is_ascii_digit());
    let grouped = unsigned.contains(',') && unsigned.split(',').skip(1).all(|group| group.len() == 3);
    // "1,000" and "1.000": a thousand to some, and one to others.
    let groups: Vec<&str> = unsigned.split([',', '.']).collect();
    let thousands = groups.len() > 1 && groups.first().is_some_and(|first| (1..=3).contains(&first.len()) && *first != "0");
    if thousands
        && groups.iter().skip(1).all(|group| group.len() == 3)
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()))
    {
        let number = groups.concat().parse().ok()?;
        return Some(Quantity::Between(number, number));
    }
    let digits = if grouped { unsigned.replace(',', "") } else { unsigned.to_owned() };
    if digits.chars().all(|c| c.is_ascii_digit()) {
        return Some(match (digits.parse::<u64>(), sign) {
            (Err(_), _) => Quantity::TooLarge,
            (Ok(number), Some('+')) => Quantity::Plus(number),
            (Ok(number), Some(_)) => Quantity::Minus(number),
            (Ok(number), None) => Quantity::Is(number),
        });
    }
    let only = |marks: &str| digits.chars().all(|c| c.is_ascii_digit() || marks.contains(c));
    let powers = digits.split(['e', '^']).count() == 2 || digits.contains("**");
    match () {
        () if only(".,") && digits.matches(['.', ',']).count() == 1 => Some(Quantity::Fraction),
        () if only("/") && digits.matches('/').count() == 1 => Some(Quantity::Fraction),
        () if only("e^*+") && powers && digits.chars().last().is_some_and(|c| c.is_ascii_digit()) => Some(Quantity::TooLarge),
        () => None,
    }
}

/// `3-5`, `3..5`, `~3`, `>=3`, `3+`, `3ish`.
fn between(text: &str) -> Option<Quantity> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let bare = text.trim_start_matches(['~', '≈', '<', '>', '=', '≤', '≥', '±']);
    let bare = bare
        .strip_suffix("ish")
        .or_else(|| bare.strip_suffix('+'))
        .unwrap_or(bare)
        .trim_end_matches('-');
    if let Some(about) = number(bare).filter(|_| bare.len() < text.len()) {
        return Some(Quantity::Between(about, about));
    }
    let (low, high) = ["-", "–", "—", "..", "…", "~"].iter().find_map(|dash| text.split_once(dash))?;
    Some(Quantity::Between(number(low)?, number(high.trim_start_matches('.'))?))
}

/// `2x`, `x2`, `150%`.
pub(super) fn times(text: &str) -> Option<Shape> {
    if let Some(number) = text.strip_suffix('%') {
        return Some(Shape::Times {
            num: number.parse().ok()?,
            den: 100,
            percent: true,
        });
    }
    let number = text.strip_suffix(['x', '×']).or_else(|| text.strip_prefix(['x', '×']))?;
    Some(Shape::Times {
        num: number.parse().ok()?,
        den: 1,
        percent: false,
    })
}

/// Joins the words of a number: "twenty three", "two hundred and five", "3 million".
pub(super) fn numbers(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let value = |token: &Token| match token.shape {
        Shape::Number(Quantity::Is(number)) => Some(number),
        Shape::Word => token.word(lexicon).and_then(|word| word.number),
        _ => None,
    };
    let mut rest = std::mem::take(tokens).into_iter().peekable();
    while let Some(mut token) = rest.next() {
        let Some(mut total) = value(&token) else {
            joined.push(token);
            continue;
        };
        let mut last = total;
        while let Some(next) = rest.peek().cloned() {
            // "one hundred and fifteen"
            if last >= 100 && total < 1000 && next.lower == "and" && token.shape == Shape::Word {
                let mut ahead = rest.clone();
                ahead.next();
                let more = ahead.next().filter(|more| more.shape == Shape::Word).and_then(|more| value(&more));
                if more.is_some_and(|more| more < 100) {
                    rest.next();
                    continue;
                }
            }
            let Some(number) = value(&next) else { break };
            let spelled = matches!(next.shape, Shape::Word);
            let sum = match number {
                100 | 1000 | 1_000_000 | 1_000_000_000 | 1_000_000_000_000 if spelled && total > 0 => total.checked_mul(number),
                12 if spelled && next.lower == "dozen" => total.checked_mul(12),
                1..=9 if spelled && matches!(last, 20 | 30 | 40 | 50 | 60 | 70 | 80 | 90) => total.checked_add(number),
                1..=99 if spelled && last == 100 => total.checked_add(number),
                _ => break,
            };
            total = sum.unwrap_or(u64::MAX);
            last = number;
            token.end = next.end;
            token.text = format!("{} {}", token.text, next.text);
            rest.next();
        }
        let quantity = if total == u64::MAX {
            Quantity::TooLarge
        } else {
            Quantity::Is(total)
        };
        token.lower = total.to_string();
        token.shape = Shape::Number(quantity);
        // "minus one", "negative three", "to - 3"
        let led = joined
            .len()
            .checked_sub(2)
            .and_then(|p| joined.get(p))
            .is_some_and(|t| matches!(t.lower.as_str(), "to" | "by" | "at"));
        if let Some(sign) = joined.last().filter(|t| {
            let spoken = matches!(t.lower.as_str(), "minus" | "negative" | "plus") && t.shape == Shape::Word;
            spoken || (t.text == "-" && led)
        }) {
            token.shape = Shape::Number(if sign.lower == "plus" {
                Quantity::Plus(total)
            } else {
                Quantity::Minus(total)
            });
            token.text = format!("{} {}", sign.text, token.text);
            token.start = sign.start;
            joined.pop();
        }
        joined.push(token);
    }
    drop(rest);
    fractions(&mut joined);
    ranges(&mut joined, lexicon);
    *tokens = joined;
}

/// "3 or 4", "3 to 5", "between 3 and 5".
fn ranges(tokens: &mut Vec<Token>, lexicon: &Lexicon) {
    let number = |token: Option<&Token>| match token.filter(|token| !token.quoted).map(|token| &token.shape) {
        Some(Shape::Number(Quantity::Is(number))) => Some(*number),
        _ => None,
    };
    let mut n = 0;
    while n + 2 < tokens.len() {
        let word = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.lower.as_str());
        let joint = word(Some(n + 1)).to_owned();
        let between = word(n.checked_sub(1)) == "between";
        let alternative = tokens.get(n + 1).is_some_and(|token| token.is(lexicon, Class::Or));
        let spans = joint == "to" && !tokens.iter().take(n).any(|token| token.lower == "from");
        if let (Some(low), Some(high)) = (number(tokens.get(n)), number(tokens.get(n + 2)))
            && (alternative || spans || (between && joint == "and"))
        {
            let end = tokens.get(n + 2).cloned();
            tokens.drain(n + 1..n + 3);
            if let (Some(token), Some(end)) = (tokens.get_mut(n), end) {
                token.text = format!("{} {joint} {}", token.text, end.text);
                token.end = end.end;
                token.shape = Shape::Number(Quantity::Between(low, high));
            }
            if between {
                tokens.remove(n - 1);
            }
        }
        n += 1;
    }
}

/// "two and a half", "two point five".
fn fractions(tokens: &mut Vec<Token>) {
    let lower = |tokens: &[Token], n: usize| tokens.get(n).map(|token| token.lower.clone()).unwrap_or_default();
    let mut n = 0;
    while n < tokens.len() {
        let number = matches!(tokens.get(n).map(|t| &t.shape), Some(Shape::Number(Quantity::Is(_))));
        let half = number && lower(tokens, n + 1) == "and" && lower(tokens, n + 2) == "a" && lower(tokens, n + 3) == "half";
        let point = number && lower(tokens, n + 1) == "point" && matches!(tokens.get(n + 2).map(|t| &t.shape), Some(Shape::Number(_)));
        let length = if half {
            4
        } else if point {
            3
        } else {
            1
        };
        if length > 1 {
            let end = tokens.get(n + length - 1).map_or(0, |token| token.end);
            tokens.drain(n + 1..n + length);
            if let Some(token) = tokens.get_mut(n) {
                token.end = end;
                token.shape = Shape::Number(Quantity::Fraction);
            }
        }
        n += 1;
    }
}
