//! Text that comes from the cluster is data: it is cleaned before anyone sees it, and never becomes part of a command.

/// Longest text of the cluster that is repeated, in characters.
const LONGEST: usize = 300;
/// Characters of a longer text that are kept from its beginning; the rest is kept from its end, where errors name their cause.
const HEAD: usize = 100;
/// Longest text that is looked at, in bytes.
const LONGEST_LOOK: usize = 64 * 1024;

/// The text on one line, without terminal escapes, control characters and marks that reorder or hide text (bidirectional
/// controls, zero-width and tag characters), at most 300 characters long: a longer one loses its middle.
#[must_use]
pub fn clean(text: &str) -> String {
    bounded(&plain(text))
}

/// As [`clean`], but whole: for looking at, not for showing.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text[..text.floor_char_boundary(LONGEST_LOOK)].chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => skip_escape(&mut characters),
            '\u{9b}' => skip_until_final(&mut characters),
            c if c.is_control() || c.is_whitespace() => plain.push(' '),
            c if is_invisible(c) => {}
            c => plain.push(c),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn bounded(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let head = text.chars().take(HEAD);
    let tail = text.chars().skip(length - (LONGEST - HEAD - 1));
    head.chain(['…']).chain(tail).collect()
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// ECMA-48: CSI ends with a final byte, OSC and its kin with BEL or ST; any other escape is one more character.
fn skip_escape(rest: &mut Characters<'_>) {
    match rest.next() {
        Some('[') => skip_until_final(rest),
        Some(']' | 'P' | '_' | '^' | 'X') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    break;
                }
                if c == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_until_final(rest: &mut Characters<'_>) {
    while rest.next_if(|c| !('\u{40}'..='\u{7e}').contains(c)).is_some() {}
    rest.next();
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The word may stand in a command that somebody pastes: nothing in it means anything to a shell.
#[must_use]
pub fn is_pasteable(word: &str) -> bool {
    !word.is_empty() && !word.starts_with('-') && word.chars().all(|c| c.is_ascii_alphanumeric() || "._/:@-".contains(c))
}

/// `1 pod`, `3 pods`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// How long ago: `40 s`, `3 min`, `5 h`, `2 d`.
#[must_use]
pub fn ago(now: jiff::Timestamp, then: jiff::Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_controls_and_hidden_marks_are_taken_out() {
        let cases = [
            ("\u{1b}[31mError:\u{1b}[0m  gone\r\n\tat x", "Error: gone at x"),
            ("\u{1b}]0;evil title\u{7}text", "text"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{9b}2Jshown", "shown"),
            ("a\u{202e}b\u{200b}c\u{0}d", "abc d"),
            ("\u{1b}", ""),
        ];
        for (dirty, clear) in cases {
            assert_eq!(clean(dirty), clear);
        }
    }

    #[test]
    fn long_text_loses_its_middle() {
        let cut = clean(&format!("{}{}", "ü".repeat(50_000), "e".repeat(5000)));
        assert_eq!(
            cut,
            format!("{}…{}", "ü".repeat(100), "ü".repeat(199)),
            "what is over 64 KiB is not looked at"
        );
        let cut = clean(&format!("{}{}", "ü".repeat(500), "e".repeat(500)));
        assert_eq!(cut, format!("{}…{}", "ü".repeat(100), "e".repeat(199)));
    }

    #[test]
    fn only_plain_words_may_stand_in_a_command() {
        let all = [
            "todo-backend:v2",
            "ghcr.io/a/b@sha256:ab",
            "-rf",
            "a b",
            "$(reboot)",
            "a;b",
            "`x`",
            "",
        ];
        let good: Vec<_> = all.into_iter().filter(|word| is_pasteable(word)).collect();
        assert_eq!(good, ["todo-backend:v2", "ghcr.io/a/b@sha256:ab"]);
    }
}
