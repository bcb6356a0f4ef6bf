//! A request line as every server reads it; what servers read in two ways is said to be unclear.

/// The verb of a path that servers may read otherwise than we do.
pub(super) const UNCLEAR: &str = "pass on";

/// Methods are in upper case (RFC 9110); what a server makes of `get` is not known.
pub(super) fn word(method: &str) -> String {
    if method.bytes().all(|b| b.is_ascii_uppercase()) {
        method.to_lowercase()
    } else {
        UNCLEAR.to_owned()
    }
}

/// The decoded segments of a path; `None` where it can be read in two ways: empty segments, dots, slashes that are encoded, and what
/// would be a line of its own where the path is told.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let breaks = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{2028}' | '\u{2029}');
    let clear = |part: &String| !part.is_empty() && part != "." && part != ".." && !part.contains(breaks);
    inner.split('/').map(|part| decoded(part).filter(clear)).collect()
}

/// Percent-decoded; `None` when that leaves no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let code = part.get(..2).filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// The parameters of a query that every server reads alike: one that is not well-formed is left out by some, and a semicolon parts
/// two for some.
#[must_use]
pub fn parameters(query: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let pair = pair.replace('+', " ");
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        Some((decoded(name)?, decoded(value)?))
    };
    let pairs: Option<Vec<(String, String)>> = query.split('&').map(pair).collect();
    pairs.filter(|_| !query.contains(';'))
}

/// A query that can be read in two ways.
#[must_use]
pub fn is_unclear_query(query: &str) -> bool {
    parameters(query).is_none()
}

/// `dryRun=All`, once, in a query that every server reads alike.
pub(super) fn only_tries(query: &str) -> bool {
    let Some(pairs) = parameters(query) else {
        return false;
    };
    let mut asked = pairs.iter().filter(|(name, _)| name.eq_ignore_ascii_case("dryRun"));
    matches!((asked.next(), asked.next()), (Some((name, value)), None) if name == "dryRun" && value == "All")
}

/// As the API server reads it: every value but these two is a yes, and so is none.
pub(super) fn watches(query: &str) -> bool {
    query.split(['&', ';']).any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_it = decoded(name).is_some_and(|name| name == "watch");
        let value = decoded(value).unwrap_or_default().to_lowercase();
        is_it && !matches!(value.as_str(), "false" | "0")
    })
}
