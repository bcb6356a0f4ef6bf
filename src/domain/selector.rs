//! Label selectors, as the API takes them (`a=b,c!=d,e in (f,g),!h`).

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
    Greater(String, i64),
    Less(String, i64),
}

impl Labels {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
    ///
    /// # Errors
    /// What is wrong with it, in the server's words.
    pub fn read(text: &str) -> Result<Self, String> {
        let tokens = tokens(text);
        let mut at = 0;
        let mut requirements = Vec::new();
        while tokens.get(at).is_some() {
            let (requirement, next) = requirement(&tokens, at)?;
            requirements.push(requirement);
            at = next;
            match tokens.get(at) {
                None => break,
                Some(token) if token == "," => at += 1,
                Some(token) => return Err(format!("found '{token}', expected: ',' or 'end of string'")),
            }
            if tokens.get(at).is_none() {
                return Err("found '', expected: identifier after ','".to_owned());
            }
        }
        Ok(Self(requirements))
    }

    #[must_use]
    pub fn matches<'v>(&self, label: impl Fn(&str) -> Option<&'v str>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => label(key).is_some_and(|value| values.iter().any(|v| v == value)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|value| values.iter().all(|v| v != value)),
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::Missing(key) => label(key).is_none(),
            Requirement::Greater(key, bound) => label(key).and_then(|v| v.parse::<i64>().ok()).is_some_and(|v| v > *bound),
            Requirement::Less(key, bound) => label(key).and_then(|v| v.parse::<i64>().ok()).is_some_and(|v| v < *bound),
        })
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !" \t\n=!,()<>".contains(character) {
            word.push(character);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if character.is_whitespace() {
            continue;
        }
        let mut token = character.to_string();
        if "=!".contains(character) && characters.peek() == Some(&'=') {
            token.push('=');
            characters.next();
        }
        tokens.push(token);
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

fn requirement(tokens: &[String], at: usize) -> Result<(Requirement, usize), String> {
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    let word = |index: usize| {
        let token = token(index);
        if token.is_empty() || "=!,()<>".contains(token.chars().next().unwrap_or(',')) {
            None
        } else {
            Some(token.to_owned())
        }
    };
    if token(at) == "!" {
        let key = word(at + 1).ok_or_else(|| format!("found '{}', expected: identifier", token(at + 1)))?;
        return Ok((Requirement::Missing(key), at + 2));
    }
    let key = word(at).ok_or_else(|| format!("found '{}', expected: !, identifier, or 'end of string'", token(at)))?;
    let number = |index: usize| {
        token(index).parse::<i64>().map_err(|_| {
            format!(
                "values[0][{key}]: Invalid value: \"{}\": for 'Gt', 'Lt' operators, the value must be an integer",
                token(index)
            )
        })
    };
    match token(at + 1) {
        "" | "," => Ok((Requirement::Exists(key), at + 1)),
        "=" | "==" => Ok(one(word(at + 2), at + 2, |values| Requirement::In(key, values))),
        "!=" => Ok(one(word(at + 2), at + 2, |values| Requirement::NotIn(key, values))),
        ">" => Ok((Requirement::Greater(key.clone(), number(at + 2)?), at + 3)),
        "<" => Ok((Requirement::Less(key.clone(), number(at + 2)?), at + 3)),
        operator @ ("in" | "notin") => {
            let (values, next) = set(tokens, at + 2)?;
            let requirement = if operator == "in" {
                Requirement::In(key, values)
            } else {
                Requirement::NotIn(key, values)
            };
            Ok((requirement, next))
        }
        other => Err(format!(
            "unable to parse requirement: found '{other}', expected: in, notin, =, ==, !=, gt, lt"
        )),
    }
}

/// An equality's value may be empty.
fn one(word: Option<String>, at: usize, make: impl FnOnce(Vec<String>) -> Requirement) -> (Requirement, usize) {
    let next = at + usize::from(word.is_some());
    (make(vec![word.unwrap_or_default()]), next)
}

fn set(tokens: &[String], at: usize) -> Result<(Vec<String>, usize), String> {
    let token = |index: usize| tokens.get(index).map_or("", String::as_str);
    if token(at) != "(" {
        return Err(format!("unable to parse requirement: found '{}' expected: '('", token(at)));
    }
    let mut values = Vec::new();
    let mut index = at + 1;
    loop {
        match token(index) {
            ")" => return Ok((values, index + 1)),
            "," => {}
            "" | "(" => return Err(format!("found '{}', expected: ',', ')' or identifier", token(index))),
            value => values.push(value.to_owned()),
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_of_label_selectors_selects() {
        let label = |key: &str| {
            [("app", "web"), ("tier", "front"), ("n", "5")]
                .into_iter()
                .find(|(known, _)| *known == key)
                .map(|(_, value)| value)
        };
        for (selector, expected) in [
            ("app=web", true),
            ("app==web,tier!=back", true),
            ("app in (api, web)", true),
            ("app notin (web)", false),
            ("missing notin (a)", true),
            ("tier", true),
            ("!tier", false),
            ("!other", true),
            ("n>4,n<6", true),
            ("app=", false),
            ("", true),
        ] {
            assert_eq!(Labels::read(selector).unwrap().matches(label), expected, "{selector}");
        }
        assert_eq!(Labels::read("a=b=c").unwrap_err(), "found '=', expected: ',' or 'end of string'");
    }
}
