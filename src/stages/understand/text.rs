//! Characters to raw words: quotes, punctuation and odd characters are dealt with here and nowhere else.

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

/// A request longer than this is no request. The unit is bytes.
pub(super) const LONGEST: usize = 4096;

/// A character that cannot be seen and does not separate words: it could make a request mean another thing than it shows.
pub(super) fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' | '\u{fe0f}')
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
    raws
}

/// To the next space; a value in quotes after `=` may hold spaces, and so may a quoted value after "to".
fn chunk_length(rest: &str) -> usize {
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
    let mut closed = false;
    while let Some(c) = body.chars().next_back() {
        let mark = match c {
            ',' => Mark::Comma,
            ';' | '.' | '!' => Mark::Stop,
            '?' => Mark::Question,
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
}
