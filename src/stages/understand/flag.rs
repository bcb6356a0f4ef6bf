//! The value of a command-line flag, as the type of its slot wants it.

use super::{
    amount::Count,
    frame::Frame,
    number::Quantity,
    text,
    token::{self, Shape},
};
use crate::{
    domain::{
        intent::{Amount, EnvChange},
        reading::SlotMention,
    },
    fallbacks::{Lexicon, SlotType},
};

/// `None`: this is no value of the type, and the flag stays unexplained.
///
/// # Errors
/// Why the value cannot be.
pub(super) fn mention(of: SlotType, value: &str) -> Result<Option<SlotMention>, &'static str> {
    Ok(match of {
        SlotType::Count => return count(value),
        SlotType::Number => match value.trim_end_matches('%').parse::<i64>() {
            // kubectl takes -1 for "all lines".
            Ok(-1) => None,
            Ok(number) => Some(SlotMention::Number(
                u64::try_from(number).map_err(|_| "this number cannot be negative")?,
            )),
            Err(_) => return Err("a whole number belongs there"),
        },
        SlotType::Duration => Some(SlotMention::Seconds(
            super::span::compact(value).ok_or("a span of time looks like 10m, 2h or 1h30m")?,
        )),
        SlotType::Flag => Some(SlotMention::Flag(value != "false")),
        SlotType::Env | SlotType::Data => value
            .split_once('=')
            .map(|(name, value)| SlotMention::Env(vec![EnvChange::set(name, value)])),
        _ => Some(SlotMention::Text(value.to_owned())),
    })
}

/// A number as a flag takes it: only digits are right, everything else has its reason.
fn count(value: &str) -> Result<Option<SlotMention>, &'static str> {
    let lexicon = Lexicon::default();
    let tokens = token::tokens(&text::words(&format!("to {value}")), &lexicon);
    if !matches!(
        tokens.get(1).map(|token| &token.shape),
        Some(Shape::Number(
            Quantity::Is(_) | Quantity::Minus(_) | Quantity::Fraction | Quantity::TooLarge
        ))
    ) {
        return Err("a number of replicas is a whole number");
    }
    let frame = Frame::new(tokens, &lexicon);
    let digits = value.chars().all(|c| c.is_ascii_digit());
    match frame.counts.first().map(|found| found.value) {
        Some(Count::Is(Amount::Exactly(number))) if digits => Ok(Some(SlotMention::Count(Amount::Exactly(number)))),
        Some(Count::Bad(why)) => Err(why),
        _ => Err("a number of replicas is a whole number"),
    }
}
