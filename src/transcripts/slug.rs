//! Ids of transcripts: the time and a few words of the request, such as `20261123-184502-scale-backend-to-3`.

use jiff::{Timestamp, tz::TimeZone};

const WORDS: usize = 5;
const LENGTH: usize = 40;

/// The id of a request that was made at this time (UTC). `request` must have been redacted.
#[must_use]
pub fn id(at: Timestamp, request: &str) -> String {
    let time = at.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S");
    format!("{time}-{}", slug(request))
}

/// A few words that every file system takes: lower-case ASCII, digits and hyphens.
fn slug(request: &str) -> String {
    let readable = without_marks(request);
    let mut slug = String::new();
    for word in readable
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS)
    {
        if slug.len() + word.len() + 1 > LENGTH {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    if slug.is_empty() { "request".to_owned() } else { slug }
}

/// Whether a directory of this name is a transcript.
#[must_use]
pub fn is_id(name: &str) -> bool {
    let digits = |from: usize, to: usize| name.get(from..to).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    digits(0, 8) && digits(9, 15) && name.get(8..9) == Some("-") && name.get(15..16) == Some("-")
}

/// The part of an id that is its time, to the second.
#[must_use]
pub fn time(id: &str) -> &str {
    id.get(..15).unwrap_or(id)
}

fn without_marks(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '‹' => depth += 1,
            '›' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_time_and_words() {
        let at: Timestamp = "2026-11-23T18:45:02.9Z".parse().unwrap();
        let cases = [
            ("scale backend to 3", "20261123-184502-scale-backend-to-3"),
            ("Setze das Bäckend: höher, bitte, und mehr", "20261123-184502-setze-das-b-ckend-h"),
            ("../../etc/passwd", "20261123-184502-etc-passwd"),
            ("", "20261123-184502-request"),
            ("日本", "20261123-184502-request"),
            ("set X=‹redacted:X› now", "20261123-184502-set-x-now"),
            (&"a".repeat(300), "20261123-184502-request"),
        ];
        for (request, expected) in cases {
            assert_eq!(id(at, request), expected);
        }
    }
}
