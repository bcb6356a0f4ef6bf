//! Characters to raw words: quotes, punctuation and odd characters are dealt with here and nowhere else.

use crate::domain::path;

/// A piece of the request between spaces and punctuation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    /// As it was typed, without the punctuation around it.
    pub text: String,
    /// Bytes in the request, for saying it verbatim.
    pub start: usize,
    pub end: usize,
    pub mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Word,
    /// Stood in quotes.
    Quoted,
    Comma,
    /// A full stop, exclamation mark, semicolon or line break.
    Stop,
    Question,
}

/// A character that cannot be seen and does not separate words: it could make a request mean another thing than it shows.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        // Without width: "re\u{200b}start" is shown as one word and is none. At the edge of words they are dropped.
        || is_without_width(c)
}

/// The hidden characters of a request. Those without width count only within a word.
pub(super) fn hidden(text: &str) -> impl Iterator<Item = char> + '_ {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.char_indices().filter_map(move |(at, c)| {
        let before = || letter(text.get(..at).and_then(|head| head.chars().next_back()));
        let after = || {
            letter(
                text.get(at + c.len_utf8()..)
                    .and_then(|rest| rest.chars().find(|c| !is_without_width(*c))),
            )
        };
        (is_hidden(c) && (!is_without_width(c) || (before() && after()))).then_some(c)
    })
}

/// Such characters come along when text is copied from a web page, around words or within emoji.
pub(super) const fn is_without_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' | '\u{00ad}')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || is_without_width(c) || c == '\u{fe0f}'
}

const OPENING: &[char] = &['"', '\'', '`', '(', '[', '{', '<', '“', '”', '‘', '’', '«', '»', '„', '*', '¿', '¡'];
const CLOSING: &[char] = &['"', '\'', '`', ')', ']', '}', '>', '“', '”', '‘', '’', '«', '»', '*', '…'];

/// Cuts `text` into raw words.
pub(super) fn words(text: &str) -> Vec<Raw> {
    let mut raws = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { break };
        if is_space(c) {
            if c == '\n' {
                stop(&mut raws, at);
            }
            at += c.len_utf8();
            continue;
        }
        let length = chunk_length(rest);
        chunk(rest.get(..length).unwrap_or_default(), at, &mut raws);
        at += length.max(1);
    }
    asked_at_the_end(raws)
}

/// "restart backend... ?", "restart backend!?": a question, whatever else it ends with.
fn asked_at_the_end(raws: Vec<Raw>) -> Vec<Raw> {
    let mut kept: Vec<Raw> = Vec::with_capacity(raws.len());
    for raw in raws {
        while raw.mark == Mark::Question && kept.last().is_some_and(|before| before.mark == Mark::Stop) {
            kept.pop();
        }
        kept.push(raw);
    }
    kept
}

/// `NAME=` in front: what stands behind it is a value.
pub(super) fn assigns(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    })
}

/// A path in quotes, which may hold spaces: its length with them.
fn quoted_path(rest: &str) -> Option<usize> {
    let open = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = rest
        .get(1..)
        .filter(|inner| path::is_rooted(inner.split(open).next().unwrap_or_default()))?;
    let close = inner.find(open)?;
    let after = inner.get(close + 1..)?.chars().next();
    after
        .is_none_or(|c| is_space(c) || matches!(c, ',' | ';' | '.' | '?' | '!'))
        .then_some(close + 2)
}

/// To the next space; a value in quotes after `=` may hold spaces, and so may an assignment that stands in quotes as a whole.
fn chunk_length(rest: &str) -> usize {
    if let Some(open) = rest.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some(inner) = rest.get(1..).filter(|inner| assigns(inner))
        && let Some(close) = inner.match_indices(open).map(|(n, _)| n).find(|n| {
            let after = inner.get(n + 1..).and_then(|after| after.chars().next());
            after.is_none_or(|c| is_space(c) || matches!(c, ',' | ';' | '.'))
        })
    {
        let end = close + 2;
        return rest
            .get(end..)
            .and_then(|after| after.find(is_space))
            .map_or(rest.len(), |more| end + more);
    }
    if let Some(end) = quoted_path(rest) {
        let more = rest.get(end..).and_then(|after| after.find(is_space));
        return more.map_or(rest.len(), |more| end + more);
    }
    let mut quote = None;
    let mut previous = ' ';
    for (n, c) in rest.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') && previous == '=' && rest.get(n + 1..).is_some_and(|r| r.contains(c)) => quote = Some(c),
            None if is_space(c) => return n,
            None => {}
        }
        previous = c;
    }
    rest.len()
}

fn chunk(chunk: &str, start: usize, raws: &mut Vec<Raw>) {
    // ">=", "~": a sign that stands alone is a word, and "<3" is no name in brackets.
    let sign = |c: char| matches!(c, '<' | '>' | '=' | '~' | '≤' | '≥' | '≈' | '±');
    if chunk.chars().all(sign) {
        return raws.push(Raw {
            text: chunk.to_owned(),
            start,
            end: start + chunk.len(),
            mark: Mark::Word,
        });
    }
    let compares = chunk.starts_with('<') && !chunk.contains('>');
    let mut body = chunk;
    let mut from = start;
    let mut quoted = false;
    while let Some(c) = body.chars().next().filter(|c| OPENING.contains(c) && !(compares && *c == '<')) {
        quoted |= matches!(c, '"' | '\'' | '`' | '“' | '‘');
        body = body.get(c.len_utf8()..).unwrap_or_default();
        from += c.len_utf8();
    }
    let mut after = Vec::new();
    let assigns = body.contains('=');
    // A value is kept as it was typed, to the last bracket; only what was opened before the name is closed behind it.
    let value = self::assigns(body);
    let mut opened = chunk.get(..chunk.len() - body.len()).unwrap_or_default().chars();
    let mut closed = false;
    while let Some(c) = body.chars().next_back() {
        let mark = match c {
            ':' | '!' if value => break,
            c if value && CLOSING.contains(&c) => match opened.next_back() {
                Some(open) if closes(open) == c => Mark::Word,
                _ => break,
            },
            ',' => Mark::Comma,
            ';' | '.' | '!' => Mark::Stop,
            '?' | '⁇' | '⁈' | '⁉' | '‽' | '؟' | '❓' | '❔' => Mark::Question,
            ':' => Mark::Word,
            c if CLOSING.contains(&c) && !(assigns && matches!(c, '"' | '\'')) => {
                closed |= matches!(c, '"' | '\'' | '`' | '”' | '’');
                Mark::Word
            }
            _ => break,
        };
        if mark != Mark::Word {
            after.push(mark);
        }
        body = body.get(..body.len() - c.len_utf8()).unwrap_or_default();
    }
    quoted &= closed;
    // "::::": where an image should stand.
    if body.is_empty() && chunk.len() > 1 && chunk.chars().all(|c| c == ':') {
        body = chunk;
    }
    let end = from + body.len();
    // A comma inside separates words, but not digits, and not within a value.
    let splits = body.contains(',') && !assigns && !body.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '-' | '+'));
    let mut offset = from;
    for (n, part) in body.split(|c| splits && c == ',').enumerate() {
        if n > 0 {
            raws.push(Raw {
                text: String::new(),
                start: offset,
                end: offset,
                mark: Mark::Comma,
            });
            offset += 1;
        }
        if !part.is_empty() {
            let mark = if quoted { Mark::Quoted } else { Mark::Word };
            raws.push(Raw {
                text: part.to_owned(),
                start: offset,
                end: offset + part.len(),
                mark,
            });
        }
        offset += part.len();
    }
    for mark in after.into_iter().rev() {
        raws.push(Raw {
            text: String::new(),
            start: end,
            end,
            mark,
        });
    }
}

const fn closes(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        same => same,
    }
}

fn stop(raws: &mut Vec<Raw>, at: usize) {
    raws.push(Raw {
        text: String::new(),
        start: at,
        end: at,
        mark: Mark::Stop,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> String {
        let one = |raw: &Raw| match raw.mark {
            Mark::Word => raw.text.clone(),
            Mark::Quoted => format!("'{}'", raw.text),
            Mark::Comma => ",".to_owned(),
            Mark::Stop => ".".to_owned(),
            Mark::Question => "?".to_owned(),
        };
        words(text).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn punctuation_stands_alone_and_values_keep_theirs() {
        assert_eq!(seen("Scale \"backend\" to 3!"), "Scale 'backend' to 3 .");
        assert_eq!(seen("pods,services, 1,000"), "pods , services , 1,000");
        assert_eq!(seen("set A=\"b c\" on x:1.2."), "set A=\"b c\" on x:1.2 .");
        assert_eq!(seen("is it ok?\r\nyes"), "is it ok ? . yes");
    }

    #[test]
    fn a_value_is_kept_to_its_last_character() {
        for value in [
            "{}",
            "[1,2]",
            "${X}",
            "$(X)",
            "f(x)",
            "<x>",
            "*",
            "x:",
            "{\"a\":[2,3]}",
            "x!",
            "`id`",
            "“x”",
        ] {
            assert_eq!(seen(&format!("set K={value}, then go")), format!("set K={value} , then go"));
        }
        assert_eq!(seen("set 'K=0 * * *' on x"), "set K=0 * * * on x");
        assert_eq!(seen("(K=(a)), \"K=x\"."), "K=(a) , K=x .");
    }
}
