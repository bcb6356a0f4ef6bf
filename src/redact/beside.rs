//! Values that stand beside a name that says "secret": `NAME=value`, `"name": "value"`, `--flag value`, `name: value`,
//! a variable and its `value:` in a manifest, and "set NAME of the backend to value" in plain words.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use super::{
    OPEN, is_mark, is_secret_name, mark,
    prose::{is_made_up, is_mixed, is_ordinary},
    shape::looks_random,
};

/// Every secret name contains one of these, or what stands behind it is assigned to it.
static HINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)secret|token|pass|pwd|pw|cred|dsn|authorization|cookie|key|url|uri|conn|bearer|jwt|hmac|otp|mnemonic|wort|=").ok()
});

/// Names are not longer; a longer run of name characters is data.
const LONGEST_NAME: usize = 128;
/// A quoted value without an end is cut here.
const LONGEST_VALUE: usize = 16 * 1024;
/// How far around a name is looked for what it means: long lines must not cost their square.
const NEAR: usize = 256;

/// Words after which a long number in hexadecimal is what they say.
const HASHES: [&str; 14] = [
    "commit",
    "revision",
    "sha",
    "sha1",
    "sha256",
    "digest",
    "hash",
    "id",
    "uid",
    "image",
    "layer",
    "container",
    "version",
    "tree",
];
/// What one calls a workload, which no value is set to.
const OBJECTS: [&str; 5] = ["deployment", "workload", "pod", "backend", "frontend"];

/// Hides them all.
pub fn hide(text: &str) -> Cow<'_, str> {
    let Some(hint) = HINT.as_ref() else { return Cow::Borrowed(text) };
    let mut out = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(found) = hint.find_at(text, from) {
        let name = Name::around(text, found.start());
        from = name.end.max(found.end());
        let assigned_secret = || name.text.len() > 1 && made_by_a_machine(text, &name);
        if name.is_mark || !(is_secret_name(name.text) || name.is_spoken_key(text) || assigned_secret()) {
            continue;
        }
        let Some(value) = value_of(text, &name) else { continue };
        if name.ends_path(text) && !text.get(value.clone()).is_some_and(is_made_up) {
            continue;
        }
        if value.is_empty() || is_mark(text.get(value.clone()).unwrap_or_default()) {
            from = from.max(value.end);
            continue;
        }
        out.push_str(text.get(copied..value.start).unwrap_or_default());
        out.push_str(&mark(if name.text.eq_ignore_ascii_case("key") {
            "api-key"
        } else {
            name.text.trim_start_matches('-')
        }));
        copied = value.end;
        from = value.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// `NAME=` with a value that only a machine makes, whatever the name: capital and small letters and digits, all mixed.
fn made_by_a_machine(text: &str, name: &Name<'_>) -> bool {
    let assigned = text.get(name.end..).and_then(|rest| rest.strip_prefix('='));
    let Some(value) = assigned.map(|_| word(text, name.end + 1)).and_then(|span| text.get(span)) else {
        return false;
    };
    let count = |test: fn(&u8) -> bool| value.as_bytes().iter().filter(|b| test(b)).count();
    let mixed = count(u8::is_ascii_lowercase) >= 3 && count(u8::is_ascii_uppercase) >= 3 && count(u8::is_ascii_digit) >= 2;
    let plain = value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'='));
    value.len() >= 20 && mixed && plain
}

/// A name in its text.
struct Name<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    /// It stands inside a mark.
    is_mark: bool,
}

impl<'a> Name<'a> {
    /// The run of name characters around a place.
    fn around(text: &'a str, at: usize) -> Self {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let bytes = text.as_bytes();
        let before = bytes.get(..at).unwrap_or_default();
        let start = at - before.iter().rev().take(LONGEST_NAME).take_while(|b| is_part(b)).count();
        let after = bytes.get(at..).unwrap_or_default();
        let end = at + after.iter().take_while(|b| is_part(b)).count();
        Self {
            text: text.get(start..end).unwrap_or_default(),
            start,
            end,
            is_mark: text.get(..start).is_some_and(|head| head.ends_with(OPEN)),
        }
    }

    /// `/etc/passwd:` in front of what is said of the file. `example.com/token:` is a key.
    fn ends_path(&self, text: &str) -> bool {
        let before = near_before(text, self.start);
        let begun = before
            .rsplit(|c: char| c.is_whitespace() || "\"'`(=:".contains(c))
            .next()
            .unwrap_or_default();
        let colon = text.get(self.end..).is_some_and(|rest| rest.starts_with(':'));
        colon && begun.ends_with('/') && begun.starts_with(['/', '.', '~'])
    }

    /// `DATABASE_URL`, as the environment has them.
    fn is_variable(&self) -> bool {
        self.text.contains('_') && !self.text.bytes().any(|b| b.is_ascii_lowercase())
    }

    /// "api key", "secret key" in plain words.
    fn is_spoken_key(&self, text: &str) -> bool {
        let before = near_before(text, self.start)
            .trim_end()
            .rsplit(|c: char| !c.is_alphanumeric())
            .next();
        self.text.eq_ignore_ascii_case("key")
            && before.is_some_and(|word| matches!(word.to_lowercase().as_str(), "api" | "secret" | "access" | "private"))
    }

    fn is_password(&self) -> bool {
        let lower = self.text.to_lowercase();
        lower == "pw" || ["pass", "pwd"].iter().any(|part| lower.contains(part))
    }

    fn is_flag(&self) -> bool {
        self.text.starts_with("--")
    }
}

type Span = std::ops::Range<usize>;

/// Where the value of a name stands, without its quotes.
fn value_of(text: &str, name: &Name<'_>) -> Option<Span> {
    let rest = text.get(name.end..)?;
    let quote = quote_at(rest);
    let rest = rest.get(quote.len()..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let at = name.end + quote.len() + blanks;
    let next = text.get(at..)?;
    if next.starts_with('=') && !next.starts_with("==") {
        return assigned(text, at + 1, name, '=');
    }
    if next.starts_with(":=") {
        return assigned(text, at + 2, name, '=');
    }
    if next.starts_with("::") {
        return None;
    }
    if next.starts_with(':') && !next.starts_with("://") {
        return assigned(text, at + 1, name, ':');
    }
    if let Some(colon) = value_member(next) {
        return assigned(text, at + colon, name, '=');
    }
    if name.is_flag() && blanks > 0 {
        return Some(word(text, at)).filter(|span| !text.get(span.clone()).is_some_and(|v| v.starts_with('-')));
    }
    said(text, name)
}

/// `… "value":` right after a name, as in `name: DATABASE_URL` / `value: …`: the offset after the colon.
fn value_member(next: &str) -> Option<usize> {
    static MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^[\s,]*(?:\\*["'])?[vV]alue(?:\\*["'])?[ \t]*[:=]"#).ok());
    MEMBER.as_ref()?.find(near_after(next, 0, NEAR)).map(|found| found.end())
}

/// The value after `=` or `:`.
fn assigned(text: &str, at: usize, name: &Name<'_>, sign: char) -> Option<Span> {
    let rest = text.get(at..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let mut start = at + blanks;
    let mut quote = quote_at(text.get(start..)?);
    if quote.is_empty() {
        // JSON may break the line after a colon; prose may not.
        let further = rest.len() - rest.trim_start().len();
        let later = quote_at(rest.get(further..)?);
        if sign == ':' && text.get(name.end..name.end + 1).is_some_and(|c| matches!(c, "\"" | "'" | "\\")) && !later.is_empty() {
            (start, quote) = (at + further, later);
        }
    }
    if !quote.is_empty() {
        return Some(quoted(text, start + quote.len(), quote));
    }
    if sign == '=' && blanks > 0 && !name.is_variable() && starts_line(text, name.start).is_none() {
        // `secret = x` in prose or code: a value all the same.
        return Some(word(text, start));
    }
    if let Some(indent) = starts_line(text, name.start) {
        let line_end = text.get(start..)?.find(['\n', '\r']).map_or(text.len(), |n| start + n);
        let line = text.get(start..line_end)?;
        if sign == ':' && matches!(line.trim_end().chars().next(), Some('|' | '>')) && line.trim_end().len() <= 3 {
            return Some(block(text, line_end, indent));
        }
        if sign == '=' && blanks == 0 && !is_no_secret(name, line.trim_end(), sign) {
            return Some(start..start + before_closing_quote(line).trim_end().len());
        }
    }
    let span = word(text, start);
    let value = text.get(span.clone())?;
    if is_no_secret(name, value, sign) { None } else { Some(span) }
}

/// The line up to a quote that was opened before it: the rest of a command that was broken into lines.
fn before_closing_quote(line: &str) -> &str {
    let odd = |quote: &char| line.matches(*quote).count() % 2 == 1;
    let last = |quote: char| line.rfind(quote);
    let closing = ['"', '\'', '`'].iter().filter(|quote| odd(quote)).filter_map(|quote| last(*quote));
    // In the middle of a word it is an apostrophe, or part of the value.
    let ends_word = |at: &usize| {
        line.get(at + 1..)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    closing.filter(ends_word).min().map_or(line, |at| &line[..at])
}

/// What stands after a name and is clearly not its secret: switches, nothing, a count of tokens, a word of prose.
fn is_no_secret(name: &Name<'_>, value: &str, sign: char) -> bool {
    let lower = value.to_lowercase();
    if matches!(
        lower.as_str(),
        "" | "true" | "false" | "null" | "none" | "~" | "{" | "[" | "{}" | "[]" | "|" | ">"
    ) {
        return true;
    }
    if value.starts_with("${") || value.starts_with("$(") || value.starts_with("{{") || value.starts_with('<') {
        return true;
    }
    // `…` and `***` stand for what somebody hid.
    if value.chars().all(|c| matches!(c, '…' | '.' | '*' | '•' | '`' | ',')) {
        return true;
    }
    let names_tokens = name.text.to_lowercase().contains("token");
    if names_tokens && value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':')) && value.len() < 12 {
        return true;
    }
    let is_word = value
        .bytes()
        .all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'.' | b'/' | b',' | b':'));
    sign == ':' && is_word && !name.is_password() && !name.is_variable()
}

/// In plain words: "set NAME of the backend to VALUE", "NAME is VALUE", "my api key VALUE".
fn said(text: &str, name: &Name<'_>) -> Option<Span> {
    let line = near_after(text, name.end, NEAR).split(['\n', '\r']).next()?;
    let mut at = name.end;
    let mut before = "";
    for (count, part) in line.split_inclusive(' ').take(9).enumerate() {
        let word = part.trim_end();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len();
        let span = start..start + word.trim_start().len();
        let plain = word.trim_matches(['"', '\'', '`', ',', '.', '“', '”', '‘', '’']);
        if plain.is_empty() {
            continue;
        }
        let ordered = match before {
            "to" | "as" | "=" => {
                let is_value = !is_ordinary(plain) && !OBJECTS.contains(&plain.to_lowercase().as_str());
                is_value && (name.is_variable() || name.is_password() || is_mixed(plain))
            }
            "is" | "be" => name.is_variable() && (is_made_up(plain) || (name.is_password() && !is_ordinary(plain))),
            _ => false,
        };
        let looks = count <= 5 && plain.len() >= 16 && !HASHES.contains(&before) && is_random(plain);
        if (ordered || looks) && !is_mark(plain) {
            return trimmed(text, span);
        }
        if is_mark(plain) {
            return None;
        }
        before = plain;
    }
    None
}

/// Letters and digits as machines make them; with signs only where all kinds of characters are mixed.
fn is_random(word: &str) -> bool {
    let plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    looks_random(word) && (plain || (word.len() >= 32 && is_made_up(word)))
}

/// Without quotes around it and a full stop or comma after it.
fn trimmed(text: &str, span: Span) -> Option<Span> {
    let value = text.get(span.clone())?;
    let start = span.start + (value.len() - value.trim_start_matches(['"', '\'', '`', '“', '‘']).len());
    let end = span.end - (value.len() - value.trim_end_matches(['"', '\'', '`', ',', '.', '”', '’']).len());
    (start < end).then_some(start..end)
}

/// `"`, `'`, or one of them behind backslashes, as in JSON inside JSON.
fn quote_at(text: &str) -> &str {
    let slashes = text.len() - text.trim_start_matches('\\').len();
    match text.as_bytes().get(slashes) {
        Some(b'"' | b'\'' | b'`') => text.get(..=slashes).unwrap_or_default(),
        _ => "",
    }
}

/// From the opening quote to the same quote, which no backslash of its own escapes.
fn quoted(text: &str, start: usize, quote: &str) -> Span {
    let rest = near_after(text, start, LONGEST_VALUE);
    let mut from = 0;
    while let Some(found) = rest.get(from..).and_then(|r| r.find(quote)) {
        let end = from + found;
        let escaped = rest.get(..end).is_some_and(|before| before.ends_with('\\')) && !rest.get(..end).is_some_and(|b| b.ends_with("\\\\"));
        if !escaped {
            return start..start + end;
        }
        from = end + quote.len();
    }
    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
    start..start + line
}

/// To the next blank; signs that close a sentence or a list are left out.
fn word(text: &str, start: usize) -> Span {
    let rest = text.get(start..).unwrap_or_default();
    let quote = quote_at(rest);
    if !quote.is_empty() {
        return quoted(text, start + quote.len(), quote);
    }
    let token = near_before(text, start).rsplit(|c: char| c.is_whitespace()).next();
    let in_query = token.is_some_and(|token| token.contains('?'));
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '”' | '’' | '»') || (in_query && c == '&'))
        .unwrap_or(rest.len());
    let value = rest.get(..end).unwrap_or_default();
    start..start + value.trim_end_matches([',', ';', ')', ']', '}', '\\']).len()
}

/// The indented lines of a YAML block after `name: |`.
fn block(text: &str, line_end: usize, indent: usize) -> Span {
    let rest = text.get(line_end..).unwrap_or_default();
    let newline = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let start = line_end + newline;
    let mut end = start;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let inner = line.len() - line.trim_start_matches(' ').len();
        if !line.trim().is_empty() && inner <= indent {
            break;
        }
        end += line.len();
    }
    let inner = text.get(start..end).unwrap_or_default();
    let lead = inner.len() - inner.trim_start_matches(' ').len();
    start + lead..start + inner.trim_end().len().max(lead)
}

/// The text before a place, as far as it matters.
fn near_before(text: &str, at: usize) -> &str {
    text.get(text.floor_char_boundary(at.saturating_sub(NEAR))..at).unwrap_or_default()
}

/// The text after a place, this far at most.
fn near_after(text: &str, at: usize, far: usize) -> &str {
    text.get(at..text.floor_char_boundary(at.saturating_add(far))).unwrap_or_default()
}

/// The indentation of a name that begins its line (after `export`, `- ` or `ENV`), else `None`.
fn starts_line(text: &str, at: usize) -> Option<usize> {
    let head = near_before(text, at);
    let line = head.rsplit('\n').next()?;
    if line.len() == head.len() && head.len() < at {
        return None;
    }
    let bare = line.trim_start_matches(' ');
    matches!(bare.trim(), "" | "export" | "-" | "ENV" | "ARG").then_some(line.len() - bare.len())
}
