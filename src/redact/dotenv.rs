//! What a `.env` file sets. Read for hiding alone, and so with leniency: a line that a strict reader refuses holds a secret
//! all the same.

/// Names and values in the order of the file.
#[must_use]
pub fn variables(text: &str) -> Vec<(String, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.trim_start_matches(['\n', '\r']);
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim().trim_start_matches("export ").trim();
        if name.is_empty() || name.starts_with('#') || name.contains(char::is_whitespace) {
            continue;
        }
        let value = value.trim();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let Some(quote) = quote else {
            found.push((name.to_owned(), plain(value).to_owned()));
            continue;
        };
        let inner = &value[1..];
        if let Some(close) = closing(inner, quote) {
            found.push((name.to_owned(), unescaped(&inner[..close], quote)));
        } else if let Some(close) = closing(rest, quote) {
            // A key in several lines.
            found.push((name.to_owned(), unescaped(&format!("{inner}\n{}", &rest[..close]), quote)));
            rest = &rest[close + 1..];
        } else {
            found.push((name.to_owned(), inner.to_owned()));
        }
    }
    found
}

/// Without a comment behind it.
fn plain(value: &str) -> &str {
    let comment = value.find(" #").or_else(|| value.find("\t#"));
    comment.map_or(value, |at| &value[..at]).trim_end()
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped && quote == '"';
        closes.then_some(at)
    })
}

fn unescaped(text: &str, quote: char) -> String {
    if quote != '"' {
        return text.to_owned();
    }
    text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_people_and_programs_write_them() {
        let text = "\u{feff}# a comment\r\nA=one two # note\r\nexport B='x # y'\nC=\"say \\\"hi\\\"\" # z\nD=\"-----BEGIN\nabc\n-----END\"\nE=\"open\nF =  f\n=none\nno line\nG=";
        let told: Vec<String> = variables(text).into_iter().map(|(name, value)| format!("{name}|{value}")).collect();
        let expected = [
            "A|one two",
            "B|x # y",
            "C|say \"hi\"",
            "D|-----BEGIN\nabc\n-----END",
            "E|open",
            "F|f",
            "G|",
        ];
        assert_eq!(told, expected);
    }
}
