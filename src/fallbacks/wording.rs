//! Text with slots in it: `kubectl logs {workload}[ --tail={tail}]`. A part in brackets is dropped when a slot in it has no
//! value, and stands once for each where it has several; `{container or *}` has a value of its own for that case.

/// Between the values of a slot that has several.
pub const BETWEEN: char = '\u{1f}';

/// A compiled text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(String),
    Optional(Wording),
}

impl Wording {
    /// # Errors
    /// What is wrong with the brackets.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let wording = Self::parse_until(&mut rest, false)?;
        Ok(wording)
    }

    fn parse_until(rest: &mut &str, inside: bool) -> Result<Self, String> {
        let mut parts = Vec::new();
        loop {
            let stop = rest.find(['{', '[', ']']).unwrap_or(rest.len());
            let (before, after) = rest.split_at(stop);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let mut chars = after.chars();
            let Some(mark) = chars.next() else {
                *rest = "";
                return if inside {
                    Err("a `[` has no `]`".to_owned())
                } else {
                    Ok(Self(parts))
                };
            };
            *rest = chars.as_str();
            match mark {
                '{' => {
                    let (name, after) = rest.split_once('}').ok_or("a `{` has no `}`")?;
                    parts.push(Part::Slot(name.to_owned()));
                    *rest = after;
                }
                '[' => parts.push(Part::Optional(Self::parse_until(rest, true)?)),
                _ if inside => return Ok(Self(parts)),
                _ => return Err("a `]` has no `[`".to_owned()),
            }
        }
    }

    /// The slots that are named, in order.
    pub(super) fn slots(&self) -> Vec<&str> {
        self.0
            .iter()
            .flat_map(|part| match part {
                Part::Text(_) => Vec::new(),
                Part::Slot(name) => vec![name.split(" or ").next().unwrap_or_default()],
                Part::Optional(inner) => inner.slots(),
            })
            .collect()
    }

    /// The text with values; `None` when a slot outside of brackets has none.
    pub fn render(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Slot(name) => match name.split_once(" or ") {
                    Some((name, default)) => text.push_str(&value(name).unwrap_or_else(|| default.to_owned())),
                    None => text.push_str(&value(name)?),
                },
                Part::Optional(inner) => text.push_str(&inner.each(value)),
            }
        }
        Some(text.replace(BETWEEN, " "))
    }

    /// Once for each value of its slot.
    fn each(&self, value: &dyn Fn(&str) -> Option<String>) -> String {
        let several = match self.slots().as_slice() {
            [only] => value(only).filter(|text| text.contains(BETWEEN)),
            _ => None,
        };
        match several {
            Some(values) => values
                .split(BETWEEN)
                .filter_map(|one| self.render(&|_| Some(one.to_owned())))
                .collect(),
            None => self.render(value).unwrap_or_default(),
        }
    }
}

/// Words as one text that stays as many words in a shell, each apart.
#[must_use]
pub fn in_shell(words: &[String]) -> String {
    let between = BETWEEN.to_string();
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(&between)
}

/// A word as it must be typed to stay one word.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_alphanumeric() || "_-./:@%+,=~^".contains(c));
    if plain && !word.is_empty() {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_in_brackets_needs_all_its_slots() {
        let wording = Wording::parse("logs {w}[ -c {c}][ --tail={t}]").unwrap();
        let value = |name: &str| match name {
            "w" => Some("deploy/x".to_owned()),
            "t" => Some("5".to_owned()),
            _ => None,
        };
        assert_eq!(wording.render(&value).as_deref(), Some("logs deploy/x --tail=5"));
        assert_eq!(wording.render(&|_| None), None);
        let run = Wording::parse("run[ -p {p}] {i}[ {c}]").unwrap();
        let several = |name: &str| match name {
            "i" => Some("x".to_owned()),
            "p" => Some(in_shell(&["1:1".to_owned(), "2:2".to_owned()])),
            _ => Some(in_shell(&["sh".to_owned(), "-c".to_owned(), "a b".to_owned()])),
        };
        assert_eq!(run.render(&several).as_deref(), Some("run -p 1:1 -p 2:2 x sh -c 'a b'"));
        assert_eq!(Wording::parse("a [b").unwrap_err(), "a `[` has no `]`");
    }
}
