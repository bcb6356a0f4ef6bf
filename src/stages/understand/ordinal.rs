//! "The second one" of what was listed, or of what was offered.

use crate::domain::{
    conversation::{Conversation, NEAR, Turn},
    docker::Noun,
    object::ObjectRef,
    said,
};

/// "the last one", however many there are.
const LAST: usize = usize::MAX;

/// The request with the name of what is meant in its place; `None` where nothing is counted, or nothing that was told.
pub(super) fn named(text: &str, earlier: &Conversation) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain: Vec<String> = words.iter().map(|word| said::bare(word)).collect();
    let counted = Counted::find(&plain)?;
    let before = earlier.turns.last()?;
    if let Some(question) = before.asked.as_ref().filter(|_| counted.by_ordinal && counted.is_all(&plain))
        && let Some(choice) = counted.of(&question.choices)
    {
        return Some(choice.request.clone());
    }
    let turn = list(earlier)?;
    let cluster = |turn: &Turn| turn.place.as_ref().map(|place| (place.context.clone(), place.server.clone()));
    let now = earlier.turns.iter().rev().find_map(cluster);
    if cluster(turn) != now {
        return None;
    }
    let object = counted.of(&turn.listed)?;
    if counted.noun.is_some_and(|noun| !is_of(object, &plain, noun)) {
        return None;
    }
    if counted.is_all(&plain) {
        let place = elsewhere(object, turn).map_or_else(String::new, |namespace| format!(" -n {namespace}"));
        return Some(format!("describe {}{place}", name(object)));
    }
    let mut said: Vec<String> = words.get(..counted.start)?.iter().map(|word| (*word).to_owned()).collect();
    said.push(name(object));
    said.extend(elsewhere(object, turn).map(|namespace| format!("-n {namespace}")));
    said.extend(words.get(counted.end..)?.iter().map(|word| (*word).to_owned()));
    Some(said.join(" "))
}

/// What is counted is on the screen: no list before something else that was shown, but for one by one of its own.
fn list(earlier: &Conversation) -> Option<&Turn> {
    let mut of_it: Vec<ObjectRef> = Vec::new();
    for turn in earlier.turns.iter().rev().take(NEAR) {
        if !turn.listed.is_empty() {
            let has = |object: &ObjectRef| turn.listed.iter().any(|listed| listed.same_name(object));
            return of_it.iter().all(has).then_some(turn);
        }
        if turn.showed {
            let objects = turn.objects();
            if objects.is_empty() {
                return None;
            }
            of_it.extend(objects);
        }
    }
    None
}

/// Where it is counted, from 0.
struct Counted {
    number: usize,
    /// "The second", and not "number 2", which a name may say as well.
    by_ordinal: bool,
    start: usize,
    end: usize,
    /// The word behind the number that says of what.
    noun: Option<usize>,
}

impl Counted {
    fn find(plain: &[String]) -> Option<Self> {
        let word = |n: usize| plain.get(n).map_or("", String::as_str);
        (0..plain.len()).find_map(|n| {
            let led = n > 0 && matches!(word(n - 1), "the" | "that" | "this");
            let start = n - usize::from(led);
            if word(n) == "number"
                && let Ok(number) = word(n + 1).parse::<usize>()
            {
                return Some(Self {
                    number: number.checked_sub(1)?,
                    by_ordinal: false,
                    start,
                    end: n + 2,
                    noun: None,
                });
            }
            let number = if word(n) == "last" { LAST } else { said::ordinal(word(n))? };
            match word(n + 1) {
                "one" => Some(Self {
                    number,
                    by_ordinal: true,
                    start,
                    end: n + 2,
                    noun: None,
                }),
                "" | "please" | "pls" if led => Some(Self {
                    number,
                    by_ordinal: true,
                    start,
                    end: n + 1,
                    noun: None,
                }),
                // "the last deployment" is the one that was made last.
                _ if led && number != LAST => Some(Self {
                    number,
                    by_ordinal: true,
                    start,
                    end: n + 2,
                    noun: Some(n + 1),
                }),
                _ => None,
            }
        })
    }

    fn of<'l, T>(&self, list: &'l [T]) -> Option<&'l T> {
        if self.number == LAST { list.last() } else { list.get(self.number) }
    }

    /// Nothing else was said.
    fn is_all(&self, plain: &[String]) -> bool {
        let beside = plain.iter().enumerate().filter(|(n, _)| !(self.start..self.end).contains(n));
        beside.into_iter().all(|(_, word)| {
            matches!(
                word.as_str(),
                "" | "please" | "pls" | "ok" | "okay" | "yes" | "take" | "choose" | "pick" | "i" | "mean" | "meant"
            )
        })
    }
}

/// "the second pod" where pods were listed.
fn is_of(object: &ObjectRef, plain: &[String], noun: usize) -> bool {
    plain
        .get(noun)
        .is_some_and(|word| object.kind.is_called(word) || object.kind.singular() == *word)
}

/// As a request names it, so that it is known for what it is.
pub(super) fn name(object: &ObjectRef) -> String {
    match Noun::of(object) {
        Some(noun) => format!("{} {}", noun.singular(), object.name),
        None => object.to_string(),
    }
}

/// The namespace, where another would be meant without it.
fn elsewhere<'a>(object: &'a ObjectRef, turn: &Turn) -> Option<&'a str> {
    let here = turn.place.as_ref().map(|place| place.namespace.as_str());
    object.namespace.as_deref().filter(|namespace| Some(*namespace) != here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        kind::Kind,
        question::{Choice, Question},
    };

    #[test]
    fn what_is_counted_is_what_was_shown() {
        let object = |name: &str, namespace: &str| ObjectRef {
            kind: Kind::well_known().into_iter().find(|kind| kind.kind == "Pod").unwrap(),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
            uid: None,
        };
        let listed = Turn {
            listed: vec![object("web-1", "default"), object("web-2", "shop")],
            place: Some(crate::domain::place::Place {
                locality: crate::domain::place::Locality::Embedded,
                context: "embedded".to_owned(),
                server: String::new(),
                namespace: "default".to_owned(),
                uid: None,
                version: None,
            }),
            ..Turn::default()
        };
        let choice = |name: &str| Choice {
            label: name.to_owned(),
            detail: String::new(),
            request: format!("stop container {name}"),
        };
        let asked = Turn {
            asked: Some(Question {
                choices: vec![choice("a"), choice("b")],
                ..Question::default()
            }),
            ..Turn::default()
        };
        let after = |turns: &[&Turn], text: &str| {
            let turns = turns.iter().map(|turn| (*turn).clone()).collect();
            named(text, &Conversation { turns }).unwrap_or_default()
        };
        for (text, expected) in [
            ("describe the first one", "describe pod/web-1"),
            ("show me the logs of the first pod, please", "show me the logs of pod/web-1 please"),
            ("delete the 2nd one", "delete pod/web-2 -n shop"),
            ("describe number 1", "describe pod/web-1"),
            ("describe the last one", "describe pod/web-2 -n shop"),
            ("logs of the last hour", ""),
            ("describe the third one", ""),
            ("restart the first deployment", ""),
            ("wait a second", ""),
            ("describe the first", "describe pod/web-1"),
        ] {
            assert_eq!(after(&[&listed], text), expected, "{text}");
            assert_eq!(after(&[&listed, &Turn::default()], text), expected, "{text}");
        }
        let shown = Turn {
            showed: true,
            ..Turn::default()
        };
        assert_eq!(after(&[&listed, &shown], "delete the second one"), "");
        let one_of_it = Turn {
            found: listed.listed.iter().take(1).cloned().collect(),
            ..shown
        };
        assert_eq!(
            after(&[&listed, &one_of_it], "describe the second one"),
            "describe pod/web-2 -n shop"
        );
        let mut elsewhere = Turn {
            place: listed.place.clone(),
            ..Turn::default()
        };
        elsewhere.place.as_mut().unwrap().context = "prod".to_owned();
        assert_eq!(after(&[&listed, &elsewhere], "delete the second one"), "");
        assert_eq!(
            after(&[&listed], "delete the second one and restart backend"),
            "delete pod/web-2 -n shop and restart backend"
        );
        assert_eq!(after(&[&asked], "the second one please"), "stop container b");
        assert_eq!(after(&[&asked], "ok, the first"), "stop container a");
        assert_eq!(after(&[&asked], "the last one"), "stop container b");
        assert_eq!(after(&[&asked, &Turn::default()], "the second one"), "");
        assert_eq!(after(&[&listed, &asked], "describe the first one"), "describe pod/web-1");
    }
}
