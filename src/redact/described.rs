//! Values as `kubectl describe configmap` shows them: the key, a line of four hyphens, the value, an empty line.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use super::{is_mark, is_secret_name, mark};

static ENTRY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)(?P<head>(?P<name>[A-Za-z0-9_.-]+):\r?\n----\r?\n)(?P<value>.+?)(?P<end>\r?\n\r?\n|$)").ok());

/// Hides the values of all keys that say "secret".
pub fn hide(text: &str) -> Cow<'_, str> {
    let Some(entry) = ENTRY.as_ref().filter(|_| text.contains("----")) else {
        return Cow::Borrowed(text);
    };
    entry.replace_all(text, |found: &Captures<'_>| {
        let (name, value) = (&found["name"], &found["value"]);
        if !is_secret_name(name) || is_mark(value.trim_end()) {
            return found[0].to_owned();
        }
        format!("{}{}{}", &found["head"], mark(name), &found["end"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_over_a_line_hides_all_lines_under_it() {
        let described = "Data\n====\nLOG_LEVEL:\n----\ndebug\n\napi_token:\n----\nmade-up\nin two lines\n\nport:\n----\n80\n";
        let hidden = described.replace("made-up\nin two lines", &mark("api_token"));
        assert_eq!(hide(described), hidden);
        assert_eq!(hide(&hidden), hidden);
    }
}
