//! What is a secret when decoded: a connection string in base64, a URL inside a URL.

use std::{borrow::Cow, sync::LazyLock};

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use regex::Captures;

use super::{OPEN, mark, pattern::Pattern};

/// Shorter than any secret that can be told by its shape.
static BASE64: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"(?P<mark>‹redacted:)?[A-Za-z0-9+/_-]{12,}={0,2}", |_| true));
static PERCENT: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(r"[A-Za-z0-9%._~+!*()/:@-]*%[0-9A-Fa-f]{2}[A-Za-z0-9%._~+!*()/:@-]*", |text| {
        text.contains('%')
    })
});

/// Where each encoding of a text begins to be one is not known; what is cut off at its end is read as far as it goes.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// What finds encoded words, how they are decoded, the name of the mark.
type Pass = (&'static LazyLock<Pattern>, fn(&str) -> Option<String>, &'static str);

/// Hides words whose decoded form `has_secret`.
pub fn hide(text: &str, has_secret: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    let passes: [Pass; 2] = [(&BASE64, from_base64, "base64"), (&PERCENT, from_percent, "url-encoded")];
    for (pattern, decode, name) in passes {
        let Some(regex) = pattern.for_text(&out, &out) else { continue };
        let changed = regex.replace_all(&out, |found: &Captures<'_>| {
            let whole = found.get(0).map_or("", |all| all.as_str());
            let is_secret = !whole.starts_with(OPEN) && decode(whole).is_some_and(|plain| has_secret(&plain));
            if is_secret { mark(name) } else { whole.to_owned() }
        });
        if let Cow::Owned(changed) = changed
            && changed != *out
        {
            out = Cow::Owned(changed);
        }
    }
    out
}

fn from_base64(word: &str) -> Option<String> {
    let word = word.trim_end_matches('=');
    // One sign too many carries no whole byte.
    let word = if word.len() % 4 == 1 { word.get(..word.len() - 1)? } else { word };
    let alphabet = if word.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    let bytes = GeneralPurpose::new(&alphabet, LENIENT).decode(word).ok()?;
    let plain = String::from_utf8(bytes).ok()?;
    let is_text = plain.chars().all(|c| !c.is_control() || c.is_whitespace());
    is_text.then_some(plain)
}

fn from_percent(word: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
