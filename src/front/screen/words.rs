//! Numbers, times and counts in words.

use jiff::Timestamp;

/// `9 ms`, `1.4 s`, `2 min 5 s`.
#[must_use]
pub fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", seconds, millis % 1000 / 100),
        _ if seconds < 3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A duration where it took long enough to notice, else nothing.
#[must_use]
pub fn noticed(millis: u64) -> String {
    if millis >= 200 { duration(millis) } else { String::new() }
}

/// `40 s`, `5 min`, `3 h`, `12 d`: how long ago, in its largest unit.
#[must_use]
pub fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// `1 pod`, `3 pods`; for words whose plural takes an s.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// Which control characters must not reach a terminal: everything that is no line, no tabulator and no colour. Text of
/// a cluster (logs, messages, annotations) could otherwise move the cursor and rewrite what was shown.
#[must_use]
pub fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    cleaned(text, true)
}

/// The same where no colours are shown: those of others would stay on, and be all that is.
#[must_use]
pub fn colourless(text: &str) -> std::borrow::Cow<'_, str> {
    cleaned(text, false)
}

fn cleaned(text: &str, colours: bool) -> std::borrow::Cow<'_, str> {
    if !text.chars().any(is_hazard) {
        return text.into();
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find(is_hazard) {
        let (before, after) = rest.split_at(position);
        clean.push_str(before);
        let length = colour_length(after);
        let (hazard, tail) = after.split_at(length.unwrap_or_else(|| after.chars().next().map_or(1, char::len_utf8)));
        if length.is_some() && colours {
            clean.push_str(hazard);
        }
        rest = tail;
    }
    clean.push_str(rest);
    clean.into()
}

/// C0 and C1 controls, and the characters that turn the direction of writing.
const fn is_hazard(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The length of a colour sequence (`ESC [ digits ; … m`) that the text begins with.
fn colour_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    let coloured = parameters.as_bytes().get(end) == Some(&b'm') && is_readable(parameters.get(..end)?);
    coloured.then_some(end + 3)
}

/// Colours of letters, bold, dim, italic and underlined. What conceals, blinks or paints the ground could hide what is shown.
fn is_readable(parameters: &str) -> bool {
    let mut codes = parameters.split(';').map(|code| code.parse::<u8>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0..=4 | 22..=24 | 30..=37 | 39 | 49 | 90..=97 => {}
            38 => match codes.next() {
                Some(5) => drop(codes.next()),
                Some(2) => drop(codes.nth(2)),
                _ => return false,
            },
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let shown: Vec<String> = [9, 1432, 125_000, 7_260_000].map(duration).into();
        assert_eq!(shown, ["9 ms", "1.4 s", "2 min 5 s", "2 h 1 min"]);
        assert_eq!((noticed(199), noticed(200)), (String::new(), "200 ms".to_owned()));
    }

    #[test]
    fn ages_are_in_their_largest_unit() {
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let after = |seconds: i64| age(at, Timestamp::from_second(at.as_second() + seconds).unwrap());
        assert_eq!([40, 300, 7200, 900_000, -5].map(after), ["40 s", "5 min", "2 h", "10 d", "0 s"]);
    }

    #[test]
    fn only_colours_pass_to_the_terminal() {
        assert_eq!(
            harmless("a\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07\u{202e}b\r\tc"),
            "a\x1b[31mred\x1b[0m[2J]0;titleb\tc"
        );
        assert_eq!(
            harmless("\x1b[38;5;8mgrey\x1b[8mhidden\x1b[30;40mblack"),
            "\x1b[38;5;8mgrey[8mhidden[30;40mblack"
        );
        assert_eq!(colourless("a\x1b[31mred\x1b[0m\x1b[2Jb\tc"), "ared[2Jb\tc");
    }
}
