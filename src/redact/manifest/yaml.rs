//! Secrets in YAML, line by line: half a document is hidden like a whole one.

use crate::redact::{is_mark, mark};

/// One line of YAML: its indentation (behind `- ` too), key and value.
struct Line<'a> {
    text: &'a str,
    indent: usize,
    /// Begins an item of a list.
    item: bool,
    key: &'a str,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Self {
        let body = text.trim_start_matches(' ');
        let mut indent = text.len() - body.len();
        let mut bare = body;
        let mut item = false;
        while let Some(rest) = bare.strip_prefix("- ") {
            let inner = rest.trim_start_matches(' ');
            indent += bare.len() - inner.len();
            bare = inner;
            item = true;
        }
        let (key, value) = bare.split_once(':').unwrap_or((bare.trim_end(), ""));
        Self {
            text,
            indent,
            item,
            key: key.trim().trim_matches(['"', '\'']),
            value: value.trim(),
        }
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty() || self.text.trim_start().starts_with('#')
    }
}

/// The text with the values of Secrets hidden; `None` when there are none.
pub fn hide(text: &str) -> Option<String> {
    let raw: Vec<&str> = text.split_inclusive('\n').collect();
    let lines: Vec<Line<'_>> = raw.iter().map(|line| Line::of(line)).collect();
    let mut out = String::new();
    let mut changed = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        out.push_str(line.text);
        at += 1;
        let opens = matches!(line.key, "data" | "stringData") && line.value.is_empty();
        if !opens || (line.key == "data" && !belongs_to_secret(&lines, at - 1)) {
            continue;
        }
        // The members: everything that is indented further.
        while let Some(member) = lines.get(at).filter(|member| member.is_blank() || member.indent > line.indent) {
            at += 1;
            if member.is_blank() || !is_key(member.key) || member.value.is_empty() || is_mark(member.value) {
                out.push_str(member.text);
                continue;
            }
            changed = true;
            out.push_str(&" ".repeat(member.indent));
            out.push_str(&format!("{}: {}", member.key, mark(member.key)));
            // The rest of a block scalar.
            while lines
                .get(at)
                .is_some_and(|more| more.indent > member.indent || more.text.trim().is_empty())
            {
                at += 1;
            }
            out.push_str(line_break(raw.get(at - 1).copied().unwrap_or_default()));
        }
    }
    changed.then_some(out)
}

/// As the API server demands of the keys of a Secret.
fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn line_break(line: &str) -> &'static str {
    if line.ends_with("\r\n") {
        "\r\n"
    } else if line.ends_with('\n') {
        "\n"
    } else {
        ""
    }
}

/// Whether a sibling of this line, before or after it, is `kind: Secret`.
fn belongs_to_secret(lines: &[Line<'_>], at: usize) -> bool {
    let Some(here) = lines.get(at) else { return false };
    let says = |line: &Line<'_>| line.indent == here.indent && line.key == "kind" && line.value.trim_matches(['"', '\'']) == "Secret";
    // A second `data` beside the first belongs to another object; it also bounds how far one looks.
    let another = |line: &Line<'_>| line.indent == here.indent && line.key == "data";
    let ends = |line: &Line<'_>| !line.is_blank() && (line.indent < here.indent || line.text.starts_with("---") || another(line));
    let after = lines
        .get(at + 1..)
        .unwrap_or_default()
        .iter()
        .take_while(|line| !(ends(line) || (line.item && line.indent <= here.indent)))
        .any(says);
    let mut before = false;
    for line in lines.get(..at).unwrap_or_default().iter().rev() {
        // The first line of an item is its own.
        if here.item || ends(line) {
            break;
        }
        before = before || says(line);
        if line.item && line.indent <= here.indent {
            break;
        }
    }
    after || before
}
