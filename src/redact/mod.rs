//! What a secret looks like, and the known values to hide.
//!
//! Order of the passes over a text: values that are known to be secret on this machine; Secret manifests; shapes that
//! give themselves away (keys of providers, tokens, private keys, passwords in URLs); options of programs that mean a
//! secret; whatever stands beside a name that says "secret"; what is told in plain words; and last what is any of these
//! when decoded. Each is replaced by a mark such as `‹redacted:DATABASE_URL›` that says what it was. A mark is
//! never derived from the value: not even a hash of it, because short secrets can be found by trying.

mod beside;
mod clean;
mod command;
mod described;
mod dotenv;
mod encoded;
mod known;
mod learned;
mod manifest;
mod name;
mod object;
mod pattern;
mod prose;
mod shape;

use std::borrow::Cow;

use serde_json::Value;

pub use dotenv::variables as variables_of_dotenv;
pub use name::is_secret_name;

use clean::Clean;
use known::Known;
use learned::Learned;

/// Before and after the name of what was hidden. The characters are no part of any token, name or URL.
const OPEN: &str = "‹redacted:";
const CLOSE: char = '›';

/// Shorter values of a `.env` file are settings for trying something out.
const SHORTEST_OF_FILE: usize = 8;

/// How often a text is looked at, at most.
const LOOKS: usize = 6;

/// Replaces secrets. Running it again changes nothing.
#[derive(Debug, Default)]
pub struct Redactor {
    known: Known,
    /// What was hidden in texts that were learned from.
    learned: Learned,
    clean: Clean,
}

impl Redactor {
    /// Hides the shapes of secrets, and these values wherever they occur (also as base64, percent-encoded or escaped).
    /// Values shorter than six characters, plain small numbers and everyday words are left out: hiding them would hide
    /// the text around them and tell what they are.
    pub fn new(known: impl IntoIterator<Item = String>) -> Self {
        Self::named(known.into_iter().map(|value| ("known-value".to_owned(), value)))
    }

    /// The same with names, so that marks tell which value stood there.
    pub fn named(known: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            known: Known::new(known),
            learned: Learned::default(),
            clean: Clean::default(),
        }
    }

    /// Knows the values of variables whose names say that they are secret, and the passwords inside their URLs. Meant
    /// for the environment and for `.env` files; other variables are ignored.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::named(secrets(variables))
    }

    /// Knows the secrets among these variables of the environment, as [`Redactor::from_variables`] does, and those of a
    /// project's `.env` files: there, also what a machine made up, whatever it is called, and passwords in any URL.
    pub fn of_project(environment: impl IntoIterator<Item = (String, String)>, dotenv: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = dotenv.into_iter().flat_map(|(name, value)| {
            let password = shape::password_of_url(&value).map(|password| (name.clone(), password));
            let secret = is_secret_name(&name) || (prose::is_made_up(&value) && shape::looks_random(&value));
            let whole = secret.then_some((name, value));
            whole
                .into_iter()
                .chain(password)
                .filter(|(_, value)| value.chars().count() >= SHORTEST_OF_FILE)
        });
        let environment = secrets(environment);
        Self::named(environment.into_iter().chain(files))
    }

    /// The text with the values that are known to be secret on this machine replaced by marks, and nothing else.
    #[must_use]
    pub fn known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.known_values(text)
    }

    /// Remembers the secrets of a text, so that they are hidden also where nothing beside them says what they are: a request
    /// says "set the token to …", and what was not understood of it is told word by word.
    pub fn learn(&self, text: &str) {
        let hidden = self.text(text);
        self.learned.add(text, &hidden);
        self.clean.forget();
    }

    /// The text with every secret replaced by a mark.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(look) = self.clean.look(text) else {
            return Cow::Borrowed(text);
        };
        let hidden = self.looked_at(text);
        if matches!(hidden, Cow::Borrowed(_)) {
            self.clean.add(text, look);
        }
        hidden
    }

    fn looked_at<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = Cow::Borrowed(text);
        // A mark can complete what a later look takes for a value; after the second look that is settled.
        for _ in 0..LOOKS {
            let Cow::Owned(changed) = self.look(&out) else { break };
            let settled = changed == *out;
            out = Cow::Owned(changed);
            if settled {
                break;
            }
        }
        out
    }

    fn look<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = self.look_at_plain(text);
        let is_secret = |plain: &str| matches!(self.look_at_plain(plain), Cow::Owned(hidden) if hidden != plain);
        if let Cow::Owned(changed) = encoded::hide(&out, is_secret) {
            out = Cow::Owned(changed);
        }
        out
    }

    fn look_at_plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = self.known.hide(text);
        if let Cow::Owned(changed) = self.learned.hide(&out) {
            out = Cow::Owned(changed);
        }
        for pass in [
            manifest::hide,
            described::hide,
            shape::hide,
            command::hide,
            beside::hide,
            prose::hide,
        ] {
            if let Cow::Owned(changed) = pass(&out) {
                out = Cow::Owned(changed);
            }
        }
        out
    }

    /// The same for every text inside a JSON value, and with what its structure tells: members and variables with
    /// secret names, Kubernetes Secrets (also in lists, and as JSON inside annotations), flags in argument lists.
    pub fn value(&self, value: &mut Value) {
        object::redact(self, value);
    }

    /// A value that stands under this name somewhere else than in its own structure, such as one side of a changed field.
    #[must_use]
    pub fn under(&self, name: &str, value: &Value) -> Value {
        let mut pair = serde_json::json!({ name: value });
        self.value(&mut pair);
        match pair {
            Value::Object(map) => map.into_iter().next().map_or(Value::Null, |(_, value)| value),
            _ => Value::Null,
        }
    }

    /// Whether a value that is known to be secret occurs in these bytes.
    #[must_use]
    pub fn knows_part_of(&self, bytes: &[u8]) -> bool {
        self.known.is_in(&String::from_utf8_lossy(bytes))
    }

    fn known_values<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.known.hide(text)
    }
}

/// The values of variables whose names say that they are secret, and the passwords inside their URLs.
fn secrets(variables: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    variables
        .into_iter()
        // The shell's working directories are no passwords.
        .filter(|(name, _)| is_secret_name(name) && !matches!(name.as_str(), "PWD" | "OLDPWD"))
        .flat_map(|(name, value)| {
            let password = shape::password_of_url(&value).map(|password| (name.clone(), password));
            std::iter::once((name, value)).chain(password).collect::<Vec<_>>()
        })
        .collect()
}

/// The mark for a secret of this name: letters, digits and `_.-` of it, at most 64.
#[must_use]
pub fn mark(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let name: String = name.chars().filter(kept).take(64).collect();
    format!("{OPEN}{}{CLOSE}", if name.is_empty() { "secret" } else { &name })
}

/// True for a text that is one mark and nothing else.
#[must_use]
pub fn is_mark(text: &str) -> bool {
    text.strip_prefix(OPEN)
        .and_then(|rest| rest.strip_suffix(CLOSE))
        .is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))
}

/// Text in which something was hidden: it must never be sent anywhere as if it were the original.
#[must_use]
pub fn has_mark(text: &str) -> bool {
    text.contains(OPEN)
}

#[cfg(test)]
mod tests;
