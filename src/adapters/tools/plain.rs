//! What a tool printed, as plain text: no colours, no cursor, nothing that a terminal or a reader would be steered by.

use std::str::Chars;

/// Bytes as text without escape sequences and control characters. A tabulator becomes a space.
pub(super) fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip(&mut rest),
            // The one-character form of `ESC [`.
            '\u{9b}' => skip_parameters(&mut rest),
            '\n' => clean.push('\n'),
            '\t' => clean.push(' '),
            // Controls, and what turns the direction of writing or cannot be seen.
            c if c.is_control() => {}
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            c => clean.push(c),
        }
    }
    clean
}

/// What follows an escape (ECMA-48).
fn skip(rest: &mut Chars<'_>) {
    match rest.next() {
        Some('[') => skip_parameters(rest),
        // Titles and the like, up to a bell or `ESC \`.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    return;
                }
                if c == '\u{1b}' {
                    rest.next();
                    return;
                }
            }
        }
        Some(' '..='/') => {
            rest.next();
        }
        _ => {}
    }
}

fn skip_parameters(rest: &mut Chars<'_>) {
    for c in rest.by_ref() {
        if ('@'..='~').contains(&c) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_is_left_that_steers_a_terminal() {
        let cases: [(&[u8], &str); 7] = [
            (b"\x1b[32m\n  Running: kubectl get\n\x1b[0m", "\n  Running: kubectl get\n"),
            (b"a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c", "abc"),
            (b"\x1b[2J\x1b[1;1Hgone?\r", "gone?"),
            (b"\xff\xfe ok", "\u{fffd}\u{fffd} ok"),
            ("\u{202e}evil\u{9b}31m\u{200b}".as_bytes(), "evil"),
            (b"\x1b(Bx\x1b7y\tz\x00", "xy z"),
            (b"\x1b[31", ""),
        ];
        for (bytes, text) in cases {
            assert_eq!(plain(bytes), text, "{bytes:?}");
        }
    }
}
