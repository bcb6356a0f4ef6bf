//! Secrets on command lines that no name tells: `docker login -p …`, `curl -u user:…`, `--from-literal=…=…`.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use super::{
    has_mark, mark,
    pattern::{Pattern, has, has_before_space, lower},
};

/// A value with or without quotes.
const VALUE: &str = r#"(?:"(?P<double>[^"\n]+)"|'(?P<single>[^'\n]+)'|(?P<bare>[^\s"'`;|&]+))"#;
/// `name:value` with or without quotes, where only what follows the colon goes.
const AFTER_COLON: &str = r#"(?:"[^":\n]+:(?P<double>[^"\n]+)"|'[^':\n]+:(?P<single>[^'\n]+)'|[^\s"'`:;|&]+:(?P<bare>[^\s"'`;|&]+))"#;
/// `key=value`, quoted as a whole or in part.
const LITERAL: &str = r#"(?:"(?P<k1>[\w.-]+)=(?P<double>[^"\n]+)"|'(?P<k2>[\w.-]+)=(?P<single>[^'\n]+)'|(?P<k3>[\w.-]+)=(?:"(?P<double2>[^"\n]+)"|'(?P<single2>[^'\n]+)'|(?P<bare>[^\s"'`;|&]+)))"#;

/// A pattern, the name of the mark, and whether a text in lower case may have it.
type Found = (String, &'static str, fn(&str) -> bool);

/// The program and what leads to its secret; what follows; the name of the mark. Only options that mean a secret to
/// that very program: `-p` is a port, a parent, a project to others.
static COMMANDS: LazyLock<Vec<(Pattern, &'static str)>> = LazyLock::new(|| {
    let rest = r"[^\n;|&]*?\s";
    let patterns: [Found; 10] = [
        (format!(r"\blogin\b{rest}-p(?:\s+|=){VALUE}"), "password", |text| {
            text.contains("login")
        }),
        (
            format!(r"\bmongo(?:sh|dump|restore|export|import)?\b{rest}-p(?:\s+|=){VALUE}"),
            "password",
            |text| text.contains("mongo"),
        ),
        (format!(r"\bsshpass\s+(?:-\S+\s+)*?-p\s*{VALUE}"), "password", |text| {
            text.contains("sshpass")
        }),
        (
            format!(r"\b(?:mysql|mariadb)(?:dump|admin|import|show|check)?\b{rest}-p{VALUE}"),
            "password",
            |text| has(text, &["mysql", "mariadb"]),
        ),
        (format!(r"\b(?:redis|valkey)-cli\b{rest}-a\s+{VALUE}"), "password", |text| {
            has(text, &["redis-cli", "valkey-cli"])
        }),
        (
            format!(r"\bldap(?:search|modify|add|delete|whoami|passwd)\b{rest}-w\s+{VALUE}"),
            "password",
            |text| text.contains("ldap"),
        ),
        (
            format!(r"\bhtpasswd\s+-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+\s+{VALUE}"),
            "password",
            |text| text.contains("htpasswd"),
        ),
        (
            format!(r"\bopenssl\b{rest}-pass(?:in|out)?\s+[\x22']?pass:{VALUE}"),
            "password",
            |text| text.contains("openssl"),
        ),
        (
            format!(r"\b(?:curl|wget|https?|xh|xhs)\s(?:[^\n;|]*?\s)?(?:-[a-zA-Z]*[uUa]|--(?:proxy-)?user|--auth)(?:\s+|=){AFTER_COLON}"),
            "password",
            |text| has_before_space(text, &["curl", "wget", "http", "https", "xh", "xhs"]),
        ),
        (
            format!(r"\b(?:echo|printf)\s+(?:-[neE]+\s+)?{VALUE}\s*\|\s*(?:openssl\s+)?base64\b"),
            "value",
            |text| text.contains("base64"),
        ),
    ];
    patterns.map(|(source, name, may)| (Pattern::new(source, may), name)).into()
});

static LITERALS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!(r"--from-literal(?:=|\s+){LITERAL}")).ok());

pub fn hide(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    let mut seen = lower(text);
    for (pattern, name) in COMMANDS.iter() {
        let Some(regex) = pattern.for_text(&out, &seen) else { continue };
        if let Cow::Owned(changed) = regex.replace_all(&out, |found: &Captures<'_>| replacement(found, Some(name))) {
            seen = lower(&changed);
            out = Cow::Owned(changed);
        }
    }
    if out.contains("--from-literal") {
        let lines: Vec<Cow<'_, str>> = out.split_inclusive('\n').map(literals).collect();
        if lines.iter().any(|line| matches!(line, Cow::Owned(_))) {
            out = Cow::Owned(lines.concat());
        }
    }
    out
}

/// `--from-literal` of a ConfigMap is no secret.
fn literals(line: &str) -> Cow<'_, str> {
    match LITERALS.as_ref() {
        Some(regex) if line.contains("secret") => regex.replace_all(line, |found: &Captures<'_>| replacement(found, None)),
        _ => Cow::Borrowed(line),
    }
}

fn replacement(found: &Captures<'_>, name: Option<&str>) -> String {
    let all = found.get(0);
    let whole = all.map_or("", |all| all.as_str());
    let value = ["double", "single", "double2", "single2", "bare"]
        .iter()
        .find_map(|group| found.name(group));
    let (Some(all), Some(value)) = (all, value) else {
        return whole.to_owned();
    };
    // An option, a variable of the shell, a switch, a small number, or hidden already.
    let small = value.as_str().len() < 6 && value.as_str().bytes().all(|b| b.is_ascii_digit());
    if has_mark(value.as_str()) || value.as_str().starts_with(['$', '-']) || small || matches!(value.as_str(), "true" | "false") {
        return whole.to_owned();
    }
    let key = ["k1", "k2", "k3"]
        .iter()
        .find_map(|group| found.name(group))
        .map(|key| key.as_str());
    let head = whole.get(..value.start() - all.start()).unwrap_or_default();
    let tail = whole.get(value.end() - all.start()..).unwrap_or_default();
    format!("{head}{}{tail}", mark(name.or(key).unwrap_or("secret")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(COMMANDS.iter().all(|(pattern, _)| pattern.compiled().is_some()));
        assert!(LITERALS.is_some());
    }
}
