//! A request that is read by its form alone, for what may be any word: keys, values, paths. It begins with its verb, but for what is polite;
//! a question, a label that says when or where, and a quote that does not end make it none.

use super::token::looks_like_name;

/// One word. What stood in quotes is one, without them, and is taken to the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    pub quoted: bool,
}

/// The verb in small letters, what follows it, and the namespace that is named at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub verb: String,
    pub rest: Vec<Word>,
    pub namespace: Option<String>,
}

const COURTESY: [&str; 9] = ["please", "pls", "kindly", "hey", "hi", "ok", "thanks", "thx", "now"];
/// What asks for it politely.
const LEADS: [&[&str]; 16] = [
    &["can", "you"],
    &["could", "you"],
    &["would", "you"],
    &["will", "you"],
    &["i", "want", "you", "to"],
    &["i", "need", "you", "to"],
    &["i", "want", "to"],
    &["i", "need", "to"],
    &["we", "want", "to"],
    &["we", "need", "to"],
    &["i", "would", "like", "to"],
    &["we", "would", "like", "to"],
    &["i'd", "like", "to"],
    &["we", "have", "to"],
    &["let", "us"],
    &["lets"],
];

impl Form {
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut words = words(text.trim())?;
        if words.first().is_some_and(is_ticket) {
            words.remove(0);
        }
        let mut asks_you = false;
        loop {
            if words.first().is_some_and(is_courtesy) {
                words.remove(0);
            } else if let Some(lead) = LEADS.iter().find(|lead| begins(&words, lead)) {
                asks_you |= lead.contains(&"you") && lead.len() == 2;
                words.drain(..lead.len());
            } else {
                break;
            }
        }
        if let Some(last) = words.last_mut().filter(|last| !last.quoted) {
            if last.text.ends_with('?') && !asks_you {
                return None;
            }
            if asks_you {
                last.text.truncate(last.text.trim_end_matches('?').len());
            }
        }
        while words.last().is_some_and(is_courtesy) {
            words.pop();
        }
        let namespace = take_namespace(&mut words);
        let verb = words.first().filter(|verb| !verb.quoted)?.text.to_lowercase();
        words.remove(0);
        Some(Self {
            verb,
            rest: words,
            namespace,
        })
    }
}

fn begins(words: &[Word], lead: &[&str]) -> bool {
    words.len() > lead.len()
        && words
            .iter()
            .zip(lead)
            .all(|(word, lead)| !word.quoted && word.text.eq_ignore_ascii_case(lead))
}

fn is_courtesy(word: &Word) -> bool {
    !word.quoted && COURTESY.contains(&word.text.trim_end_matches('!').to_lowercase().as_str())
}

/// `OPS-12:`
fn is_ticket(word: &Word) -> bool {
    let key = word.text.strip_suffix(':').and_then(|text| text.split_once('-'));
    key.is_some_and(|(project, number)| {
        let capitals = !project.is_empty() && project.bytes().all(|byte| byte.is_ascii_uppercase());
        capitals && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// "in namespace shop", "in the shop namespace", "-n shop".
fn take_namespace(words: &mut Vec<Word>) -> Option<String> {
    let plain: Vec<&str> = words.iter().map(|word| if word.quoted { "" } else { word.text.as_str() }).collect();
    let (name, length) = match plain.as_slice() {
        [.., "in", "namespace", name] => (*name, 3),
        [.., "in", "the", name, "namespace"] => (*name, 4),
        [.., "-n" | "--namespace", name] => (*name, 2),
        _ => return None,
    };
    if !looks_like_name(name) || matches!(name, "same" | "current" | "other" | "this") {
        return None;
    }
    let name = name.to_owned();
    words.truncate(words.len() - length);
    Some(name)
}

/// A comma ends a word as a space does, but for those within it; a full stop at the end is of the sentence.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let mut within: Option<char> = None;
    let mut open = false;
    for c in text.chars() {
        match within {
            Some(quote) if c == quote => within = None,
            Some(_) => words.last_mut()?.text.push(c),
            // "let's" has no quote.
            None if c == '"' || (c == '\'' && (!open || words.last()?.text.ends_with('='))) => {
                within = Some(c);
                if !open {
                    words.push(Word {
                        text: String::new(),
                        quoted: true,
                    });
                    open = true;
                }
                words.last_mut()?.quoted = true;
            }
            None if c.is_whitespace() => open = false,
            None if open => words.last_mut()?.text.push(c),
            None => {
                words.push(Word {
                    text: c.to_string(),
                    quoted: false,
                });
                open = true;
            }
        }
    }
    for word in words.iter_mut().filter(|word| !word.quoted) {
        word.text.truncate(word.text.trim_end_matches(',').len());
    }
    words.retain(|word| word.quoted || !word.text.is_empty());
    if let Some(last) = words.last_mut().filter(|word| !word.quoted && word.text.len() > 2) {
        last.text.truncate(last.text.trim_end_matches('.').len());
    }
    within.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let Some(form) = Form::of(text) else { return "-".to_owned() };
        let rest: Vec<String> = form
            .rest
            .iter()
            .map(|word| {
                if word.quoted {
                    format!("[{}]", word.text)
                } else {
                    word.text.clone()
                }
            })
            .collect();
        format!("{}: {} @{}", form.verb, rest.join(" "), form.namespace.unwrap_or_default())
    }

    #[test]
    fn an_order_is_told_from_a_question_and_quotes_are_to_the_letter() {
        for (text, expected) in [
            ("set A=1 in configmap x", "set: A=1 in configmap x @"),
            (
                "OPS-4: please Set A='x, y' in configmap x, thanks!",
                "set: [A=x, y] in configmap x @",
            ),
            (
                "could you remove A, B and C from cm x in namespace shop?",
                "remove: A B and C from cm x @shop",
            ),
            ("let us set A=1 in cm x -n shop.", "set: A=1 in cm x @shop"),
            ("set A to 'ready?' in cm x", "set: A to [ready?] in cm x @"),
            ("set A=1 in cm x in the same namespace", "set: A=1 in cm x in the same namespace @"),
            ("can I remove A from cm x?", "-"),
            ("remove A from cm x?", "-"),
            ("never: set A=1 in cm x", "never:: set A=1 in cm x @"),
            ("set A='1 in cm x", "-"),
            ("apply .. and ./", "apply: .. and ./ @"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
