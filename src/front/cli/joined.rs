//! Words of a command line as one request.

/// Words to one request. A `NAME=value` of its own was taken apart from the others by the shell already, and stays so.
pub fn joined(words: &[String]) -> String {
    let assigned = |word: &str| {
        let (name, value) = word.split_once('=')?;
        let ends = value.ends_with(|c: char| c.is_ascii_punctuation());
        match quoted(value) {
            _ if name.is_empty() || name.contains(char::is_whitespace) => None,
            plain if plain == value && !ends => Some(word.to_owned()),
            plain if plain == value => Some(format!("{name}='{value}'")),
            // Both kinds of quotes: only the whole can be kept together.
            mixed if mixed.contains("'\"'") => Some(quoted(word)),
            value => Some(format!("{name}={value}")),
        }
    };
    let one = |word: &String| {
        let kept = assigned(word).filter(|_| words.len() > 1);
        kept.unwrap_or_else(|| word.clone())
    };
    words.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A word as it must be typed to stay one word.
pub fn quoted(word: &str) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ';' | '&' | '|' | '<' | '>');
    if !word.is_empty() && !word.contains(special) {
        word.to_owned()
    } else if word.contains('\'') && !word.contains('"') {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', "'\"'\"'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_the_shell_took_apart_stays_to_the_letter() {
        let told = |value: &str| joined(&["set", value, "on", "backend"].map(str::to_owned));
        assert_eq!(told("A=\"1\""), "set A='\"1\"' on backend");
        assert_eq!(told("A=1,"), "set A='1,' on backend");
        assert_eq!(told("A=two words"), "set A='two words' on backend");
        assert_eq!(told("A=it's"), "set A=\"it's\" on backend");
        assert_eq!(told("A=http://h/?q=1"), "set A=http://h/?q=1 on backend");
    }
}
