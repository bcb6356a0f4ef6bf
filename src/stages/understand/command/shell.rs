//! A line as a shell splits it.

use super::super::refuse::declined;
use crate::domain::intent::{Declined, DeclinedReason};

/// Commands after each other.
pub(in super::super) fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends = quote.is_none() && (matches!(c, '\n' | ';') || (c == '&' && rest.peek() == Some(&'&')));
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        let escapes = c == '\\' && quote != Some('\'');
        if c == '\\' && rest.peek() == Some(&'\n') {
            rest.next();
        } else if escapes
            && let Some(next) = rest.next_if(|next| is_escaped(*next, quote))
            && let Some(line) = lines.last_mut()
        {
            line.extend([c, next]);
        } else if ends {
            if c == '&' {
                rest.next();
            }
            lines.push(String::new());
        } else if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
        .into_iter()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// What stands in front of a command and is no part of it: a prompt, or that it should be run.
const BEFORE: [&str; 18] = [
    "$", ">", "#", "%", "sudo", "run", "run:", "execute", "execute:", "please", "pls", "kindly", "can", "could", "would", "you", "just",
    "now",
];
/// What politeness puts behind it. "for me" belongs to it only where backticks end the command.
pub(in super::super) const THANKS: [&str; 8] = ["please", "pls", "plz", "thanks", "thx", "now", "please.", "thanks!"];
const BEHIND_QUOTED: [&str; 4] = ["for", "me", ".", "?"];

/// The words of a line from its program on, as a shell splits them.
pub(in super::super) fn program(line: &str) -> impl Iterator<Item = String> {
    let is_of = |around: &str, known: &[&str]| around.split_whitespace().all(|word| known.contains(&word.to_lowercase().as_str()));
    let quoted = match line.split('`').collect::<Vec<_>>()[..] {
        [before, command, behind] if is_of(before, &BEFORE) && is_of(behind, &[&THANKS[..], &BEHIND_QUOTED[..]].concat()) => Some(command),
        _ => None,
    };
    let line = quoted.unwrap_or_else(|| line.trim_start_matches(['`', '"', '\'']).trim_end_matches('`'));
    split(line)
        .into_iter()
        .skip_while(|word| BEFORE.contains(&word.to_lowercase().as_str()))
}

/// The words after `kubectl`, quotes removed; `None` for a line that does not begin with it.
pub(super) fn arguments(line: &str) -> Option<Vec<String>> {
    let mut words = program(line).peekable();
    let program = words.next()?.to_lowercase();
    if program == "minikube" && words.peek().is_some_and(|word| word == "kubectl") {
        words.next();
        return Some(words.filter(|word| word != "--").collect());
    }
    let known = matches!(
        program.trim_end_matches(':'),
        "kubectl" | "kubectl.exe" | "k" | "oc" | "microk8s.kubectl"
    );
    // As one more command of the same line: `helm list`.
    if matches!(program.as_str(), "helm" | "helm3") && words.peek().is_some() {
        return Some(std::iter::once("helm".to_owned()).chain(words).collect());
    }
    // `kubectl ai …` is a tool of its own.
    (known && words.peek().is_none_or(|word| word != "ai")).then(|| words.collect())
}

/// As a shell splits words. Before an ordinary letter a backslash stays: it is a path's.
pub(in super::super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut any = false;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => (quote, any) = (Some(c), true),
            (quote, '\\') if quote != Some('\'') && rest.peek().is_some_and(|next| is_escaped(*next, quote)) => {
                word.extend(rest.next());
            }
            (None, c) if c.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (_, c) => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether a backslash before it means the letter itself.
fn is_escaped(c: char, quote: Option<char>) -> bool {
    match c {
        '"' | '$' | '`' => true,
        // `\\server\share`
        '\\' => quote.is_some() || !cfg!(windows),
        c if quote.is_none() => c.is_whitespace() || "';&|<>()*?[]{}#!~".contains(c),
        _ => false,
    }
}

/// What stands behind a quote that nothing closes, with it: a shell would wait for the rest.
fn open(line: &str) -> Option<&str> {
    let mut opened = None;
    let mut rest = line.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let quote = opened.map(|(_, quote)| quote);
        match (quote, c) {
            (Some(quote), c) if c == quote => opened = None,
            (None, '"' | '\'') => opened = Some((at, c)),
            (quote, '\\') if quote != Some('\'') && rest.peek().is_some_and(|(_, next)| is_escaped(*next, quote)) => {
                rest.next();
            }
            _ => {}
        }
    }
    line.get(opened?.0..)
}

/// A command with such a quote is none yet.
pub(in super::super) fn unclosed(line: &str) -> Option<Declined> {
    Some(Declined {
        why: Some("A quote is opened and nothing closes it".to_owned()),
        unexplained: vec![open(line)?.to_owned()],
        ..declined(DeclinedReason::NotUnderstood)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let cases: [(&str, &[&str]); 8] = [
            ("sh -c 'a b'", &["sh", "-c", "a b"]),
            (r#"sh -c "echo \"x\" \$HOME""#, &["sh", "-c", r#"echo "x" $HOME"#]),
            (r"sh -c 'it'\''s \n'", &["sh", "-c", r"it's \n"]),
            (r"a\ b \> \;", &["a b", ">", ";"]),
            (r"C:\app\x", &[r"C:\app\x"]),
            (r#"-f "C:\app\x y""#, &["-f", r"C:\app\x y"]),
            ("a ''", &["a", ""]),
            ("x\\", &["x\\"]),
        ];
        for (line, expected) in cases {
            assert_eq!(split(line), expected, "{line}");
        }
        let open = [r#"sh -c "sleep 1"#, r#"echo 'a"b'"#, r#"echo "a\""#, "bob's", r"it\'s"].map(open);
        assert_eq!(open, [Some("\"sleep 1"), None, Some(r#""a\""#), Some("'s"), None]);
    }

    #[test]
    fn commands_after_each_other_are_told_apart_outside_of_quotes() {
        assert_eq!(lines(r"a; b && c \; d"), ["a", "b", r"c \; d"]);
        assert_eq!(lines(r#"sh -c "a \"; b" ; c"#), [r#"sh -c "a \"; b""#, "c"]);
    }
}
