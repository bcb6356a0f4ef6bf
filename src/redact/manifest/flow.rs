//! Secrets in YAML whose members stand in braces: `stringData: {token: abc}`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::redact::mark;

/// A mapping to its end, or to where the text breaks off. JSON has a quote before the colon.
static MEMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let value = r#""(?:[^"\\]|\\(?s:.))*"?|'(?:[^']|'')*'?|[^{}"']"#;
    Regex::new(&format!(
        r"\b(?P<name>data|stringData)'?\s*:\s*(?:&\S+\s+)?\{{(?P<hide>(?:{value})*)\}}?"
    ))
    .ok()
});

/// Who has `data` that is secret.
static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\bkind\s*:\s*["']?Secret\b"#).ok());

/// The text with the values hidden; `None` when there are none.
pub fn hide(text: &str) -> Option<String> {
    if !text.contains('{') {
        return None;
    }
    let (members, secret) = (MEMBERS.as_ref()?, SECRET.as_ref()?);
    let of_secret = secret.is_match(text);
    let hidden = members.replace_all(text, |found: &Captures<'_>| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        let name = part("name");
        // Only Secrets have `stringData`.
        match part("hide").trim().is_empty() || (name == "data" && !of_secret) {
            true => found.get(0).map_or("", |whole| whole.as_str()).to_owned(),
            false => format!("{name}: {}", mark(name)),
        }
    });
    (hidden != text).then(|| hidden.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_braces_is_hidden() {
        for (text, expected) in [
            (
                "kind: Secret\nmetadata: {name: s1}\nstringData: {foo: ZZ, bar: '}'}\ntype: Opaque\n",
                "kind: Secret\nmetadata: {name: s1}\nstringData: ‹redacted:stringData›\ntype: Opaque\n",
            ),
            (
                "{apiVersion: v1, kind: Secret, metadata: {name: s1}, data: {foo: dg==}}",
                "{apiVersion: v1, kind: Secret, metadata: {name: s1}, data: ‹redacted:data›}",
            ),
            (
                "kind: Secret\n'stringData': &all {foo: ZZ}",
                "kind: Secret\n'stringData: ‹redacted:stringData›",
            ),
            ("kind: \"Secret\"\ndata: {\n  foo: dg==,", "kind: \"Secret\"\ndata: ‹redacted:data›"),
        ] {
            assert_eq!(hide(text).as_deref(), Some(expected), "{text}");
            assert_eq!(hide(expected), None, "{expected}");
        }
    }

    #[test]
    fn what_is_no_secret_or_json_is_left_alone() {
        for text in [
            "kind: ConfigMap\ndata: {foo: bar}",
            "kind: Secret\ndata: {}",
            r#"{"kind": "Secret", "data": {"foo": "dg=="}}"#,
        ] {
            assert_eq!(hide(text), None, "{text}");
        }
    }
}
