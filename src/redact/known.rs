//! Values that are known to be secret on this machine, in the spellings in which they may turn up.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use regex::{Regex, RegexBuilder};

use super::{CLOSE, OPEN, mark};

/// Shorter values occur by chance.
const SHORTEST: usize = 6;
/// A piece of base64 shorter than this occurs by chance; the shortest value leaves this much of itself at each alignment.
const SHORTEST_ENCODED: usize = 7;

/// Values that people do give to secret variables but that are words of every log; hiding them would garble the text
/// and tell what they are.
const EVERYDAY: [&str; 40] = [
    "localhost",
    "default",
    "postgres",
    "postgresql",
    "password",
    "passwd",
    "secret",
    "secrets",
    "changeme",
    "change-me",
    "example",
    "production",
    "development",
    "staging",
    "testing",
    "backend",
    "frontend",
    "database",
    "kubernetes",
    "minikube",
    "docker",
    "docker-desktop",
    "redacted",
    "known-value",
    "undefined",
    "disabled",
    "enabled",
    "required",
    "optional",
    "deployment",
    "service",
    "cluster",
    "namespace",
    "replicas",
    "admin123",
    "username",
    "verified",
    "succeeded",
    "running",
    "pending",
];

#[derive(Debug, Default)]
pub struct Known {
    /// Spelling → mark, for the lookup after a match.
    marks: BTreeMap<String, String>,
    /// Longest spelling first; `None` when nothing is known.
    pattern: Option<Regex>,
}

impl Known {
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut marks = BTreeMap::new();
        for (name, value) in values {
            // A mark must never contain what it hides.
            for part in value.trim().split([CLOSE, '‹']).filter(|part| is_worth_hiding(part)) {
                let mark = if mark(&name).contains(part) { mark("secret") } else { mark(&name) };
                for spelling in spellings(part) {
                    marks.entry(spelling).or_insert_with(|| mark.clone());
                }
            }
        }
        marks.retain(|spelling, mark| !mark.contains(spelling.as_str()));
        let pattern = pattern(marks.keys());
        Self { marks, pattern }
    }

    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(pattern) = &self.pattern else { return Cow::Borrowed(text) };
        pattern.replace_all(text, |found: &regex::Captures<'_>| {
            let value = found.get(0).map_or("", |m| m.as_str());
            self.marks.get(value).cloned().unwrap_or_else(|| mark("known-value"))
        })
    }

    pub fn is_in(&self, text: &str) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}

/// One alternation, longest first, so that at each place the longest value is taken. Literals alone: the regex engine
/// searches them with Aho-Corasick.
fn pattern<'a>(spellings: impl Iterator<Item = &'a String>) -> Option<Regex> {
    let mut sorted: Vec<&String> = spellings.collect();
    sorted.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    if sorted.is_empty() {
        return None;
    }
    let alternation = sorted.into_iter().map(|s| regex::escape(s)).collect::<Vec<_>>().join("|");
    RegexBuilder::new(&alternation).size_limit(1 << 30).build().ok()
}

/// A word of every log.
pub fn is_everyday(value: &str) -> bool {
    EVERYDAY.contains(&value.to_lowercase().as_str())
}

fn is_worth_hiding(value: &str) -> bool {
    let small_number = value.len() < 8 && value.bytes().all(|b| b.is_ascii_digit());
    value.chars().count() >= SHORTEST && !small_number && !is_everyday(value) && !OPEN.contains(value)
}

/// The value itself, and how it looks in JSON (also inside JSON, and as ASCII alone), in a URL and a form, in HTML, in
/// a shell's quotes, in hexadecimal, and inside base64 at each of the three alignments.
fn spellings(value: &str) -> Vec<String> {
    let json = escaped(value);
    let mut all = vec![
        value.to_owned(),
        escaped(&json),
        json.replace('/', "\\/"),
        ascii_escaped(&json),
        json,
    ];
    for kept in ["-._~", "-_.!~*'()", "-._*", "-._~/", "-._~:/?#[]@!$&'()*+,;="] {
        let upper = percent_encoded(value, kept);
        all.push(lower_codes(&upper));
        all.push(upper.replace("%20", "+"));
        all.push(upper);
    }
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    all.push(html.replace('"', "&quot;"));
    all.push(html.replace('"', "&quot;").replace('\'', "&#39;"));
    all.push(html.replace('"', "&quot;").replace('\'', "&#x27;"));
    all.push(html);
    all.push(value.replace('\'', r"'\''"));
    all.push(value.bytes().map(|byte| format!("{byte:02x}")).collect());
    all.push(value.bytes().map(|byte| format!("{byte:02X}")).collect());
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for skip in 0..3 {
            all.push(encoded_core(&engine, value.as_bytes(), skip));
        }
    }
    all.sort();
    all.dedup();
    all.retain(|spelling| spelling == value || spelling.chars().count() >= SHORTEST_ENCODED);
    all
}

/// The characters of base64 that depend on `value` alone when `skip` other bytes precede it.
fn encoded_core(engine: &impl Engine, value: &[u8], skip: usize) -> String {
    let mut bytes = vec![0; skip];
    bytes.extend_from_slice(value);
    let encoded = engine.encode(&bytes);
    let first = (skip * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    encoded.get(first..last).unwrap_or_default().to_owned()
}

fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// As Python's `json.dumps` and others write it: every other character as `\\uXXXX`.
fn ascii_escaped(json: &str) -> String {
    let mut units = [0; 2];
    json.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii() {
            out.push(c);
        } else {
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
        out
    })
}

/// Programs differ in the signs that they leave as they are.
fn percent_encoded(value: &str, kept: &str) -> String {
    value.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// `%2F` as `%2f`.
fn lower_codes(encoded: &str) -> String {
    let mut left = 0;
    encoded
        .chars()
        .map(|c| {
            left = if c == '%' { 3_u8 } else { left.saturating_sub(1) };
            if left > 0 { c.to_ascii_lowercase() } else { c }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[(&str, &str)]) -> Known {
        Known::new(values.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())))
    }

    #[test]
    fn a_known_value_is_found_in_every_spelling() {
        let known = known(&[("PASS", "p@ss\"word/9")]);
        let mut all = vec![
            "p@ss\"word/9".to_owned(),
            r#"p@ss\"word/9"#.to_owned(),
            "p%40ss%22word%2F9".to_owned(),
        ];
        for before in ["", "u", "us", "user:"] {
            all.push(base64::engine::general_purpose::STANDARD.encode(format!("{before}p@ss\"word/9 after")));
        }
        for spelling in all {
            assert!(known.is_in(&spelling), "{spelling}");
        }
        assert_eq!(known.hide("a p@ss\"word/9 b"), "a ‹redacted:PASS› b");
    }

    #[test]
    fn the_longest_value_is_taken_first() {
        let known = known(&[("SHORT", "abcdef"), ("LONG", "abcdefghi")]);
        assert_eq!(known.hide("abcdefghi abcdefg"), "‹redacted:LONG› ‹redacted:SHORT›g");
    }

    #[test]
    fn words_of_every_day_and_short_values_stay() {
        let known = known(&[("A", "Postgres"), ("B", "abc"), ("C", "300000"), ("D", ""), ("E", "redacted")]);
        assert_eq!(known.hide("Postgres abc 300000 redacted"), "Postgres abc 300000 redacted");
    }

    #[test]
    fn a_mark_never_contains_what_it_hides() {
        let known = known(&[("MY_SECRET_9", "SECRET_9")]);
        assert_eq!(known.hide("x SECRET_9 y"), "x ‹redacted:secret› y");
    }
}
