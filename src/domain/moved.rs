//! "Work in staging from now on": where the requests to come go. A conversation does what `/namespace` or `/context` does; a request by
//! itself has none to come.

use super::said;

/// Where to, as it was named.
#[derive(Debug, PartialEq, Eq)]
pub enum Moved {
    Namespace(String),
    Context(String),
}

/// Before the verb: who wants it.
const LEADS: [&str; 17] = [
    "let's", "lets", "let", "us", "i", "we", "want", "to", "would", "like", "now", "can", "could", "will", "you", "actually", "then",
];
const NAMESPACE: [&str; 2] = ["namespace", "ns"];
const CONTEXT: [&str; 2] = ["context", "kubecontext"];
const MARKS: [char; 9] = [',', '.', '!', '?', ';', '"', '\'', '`', ':'];
const POLITE: [&str; 4] = ["can you", "could you", "would you", "will you"];
/// Where one does this is where one is.
const WORKS: [&str; 3] = ["work", "stay", "continue"];
/// They say where one goes; what is used or set must be called a namespace or a context.
const GOES: [&str; 3] = ["switch", "go", "move"];
const TAKES: [&str; 6] = ["use", "set", "change", "select", "choose", "take"];
const SMALL: [&str; 16] = [
    "to",
    "into",
    "in",
    "on",
    "with",
    "over",
    "the",
    "my",
    "our",
    "as",
    "default",
    "current",
    "kube",
    "kubernetes",
    "k8s",
    "working",
];
const FROM_NOW_ON: [&[&str]; 7] = [
    &["from", "now", "on"],
    &["from", "here", "on"],
    &["from", "now"],
    &["by", "default"],
    &["for", "now"],
    &["now"],
    &["again"],
];

/// As [`named`], where it is asked for: a question is none, unless it is a polite one.
#[must_use]
pub fn read(line: &str) -> Option<Moved> {
    let asks = line.contains('?');
    let polite = || {
        let lower = line.trim_start().to_lowercase();
        POLITE.iter().any(|lead| lower.starts_with(lead))
    };
    if asks && !polite() { None } else { named(line) }
}

/// `None` where the words say anything else, or more.
#[must_use]
pub fn named(line: &str) -> Option<Moved> {
    let written: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(MARKS)).collect();
    let words: Vec<String> = written.iter().map(|word| said::bare(word)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ahead = FROM_NOW_ON.iter().find(|lasting| lasting.len() > 1 && words.starts_with(lasting));
    let begin = ahead.map_or(0, |lasting| lasting.len());
    let lead = |word: &&str| LEADS.contains(word) || said::is_courtesy(word);
    let verb = begin + words.iter().skip(begin).take_while(|word| lead(word)).count();
    let end = words.iter().rposition(|word| !said::is_courtesy(word))? + 1;
    let said = words.get(verb + 1..end)?;
    let behind = FROM_NOW_ON.iter().find(|lasting| said.ends_with(lasting));
    let said = said.get(..said.len() - behind.map_or(0, |lasting| lasting.len()))?;
    let lasts = ahead.or(behind).is_some();

    let namespace = said.iter().any(|word| NAMESPACE.contains(word));
    let context = said.iter().any(|word| CONTEXT.contains(word));
    let verb_is = |verbs: &[&str]| words.get(verb).is_some_and(|word| verbs.contains(word));
    let works = verb_is(&WORKS) && (lasts || said.first() == Some(&"in"));
    let goes = verb_is(&GOES) && lasts;
    let called = (verb_is(&WORKS) || verb_is(&GOES) || verb_is(&TAKES)) && namespace != context;
    let small = |word: &&str| SMALL.contains(word) || NAMESPACE.contains(word) || CONTEXT.contains(word);
    let mut names = written.iter().skip(verb + 1).zip(said).filter(|(_, word)| !small(word));
    let name = match (names.next(), names.next()) {
        (Some((name, _)), None) => (*name).to_owned(),
        (None, _) if (namespace || works) && said.contains(&"default") => "default".to_owned(),
        _ => return None,
    };
    let is_name = name.chars().all(|c| c.is_alphanumeric() || "-._:/@".contains(c));
    ((works || goes || called) && is_name).then_some(if context { Moved::Context(name) } else { Moved::Namespace(name) })
}

/// "Switch to prod", "go back to default": a place, if something of that name is one.
#[must_use]
pub fn somewhere(line: &str) -> Option<String> {
    if line.contains('?') {
        return None;
    }
    let words = said::words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        [said @ .., "now" | "again"] => said,
        said => said,
    };
    let lead = words.iter().take_while(|word| LEADS.contains(word) && **word != "to").count();
    let said = match words.get(lead..)? {
        [verb, "back" | "over", "to", said @ ..] | [verb, "to", said @ ..] if GOES.contains(verb) => said,
        ["back", "to", said @ ..] => said,
        _ => return None,
    };
    let name = match said {
        ["the", name] | [name] => *name,
        _ => return None,
    };
    let is_name = name.chars().all(|c| c.is_alphanumeric() || "-._:/@".contains(c));
    is_name.then(|| name.to_owned())
}

/// "What is my namespace", "which namespace am I in".
#[must_use]
pub fn is_asked(line: &str) -> bool {
    const ASKS: [&str; 5] = ["what", "what's", "whats", "which", "current"];
    const MINE: [&str; 6] = ["my", "our", "am", "are", "current", "we"];
    const AROUND: [&str; 12] = [
        "is",
        "the",
        "i",
        "in",
        "on",
        "working",
        "now",
        "right",
        "currently",
        "using",
        "default",
        "this",
    ];
    let words = said::words(line);
    let any = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let known = |word: &String| {
        [&ASKS[..], &MINE, &AROUND, &NAMESPACE]
            .iter()
            .any(|known| known.contains(&word.as_str()))
    };
    // "What is in my namespace": what runs there.
    let of_inside = words.windows(2).any(|two| two == ["is", "in"]);
    !of_inside && any(&ASKS) && any(&MINE) && any(&NAMESPACE) && words.iter().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_requests_to_come_go_is_said_in_words() {
        for (line, expected) in [
            ("work in staging from now on", "namespace staging"),
            ("Let's work in staging from now on, please.", "namespace staging"),
            ("switch to namespace kube-system", "namespace kube-system"),
            ("switch to the kube-system namespace", "namespace kube-system"),
            ("use namespace \"shop\"", "namespace shop"),
            ("set the namespace to shop", "namespace shop"),
            ("please change the default namespace to shop", "namespace shop"),
            ("i want to work in the shop namespace", "namespace shop"),
            ("use the default namespace", "namespace default"),
            ("switch to context Kind-A", "context Kind-A"),
            ("use the minikube context from now on", "context minikube"),
            ("from now on, work in the prod namespace", "namespace prod"),
            ("From now on work in prod", "namespace prod"),
            ("work in prod", "namespace prod"),
            ("actually work in prod now", "namespace prod"),
            ("work in default again", "namespace default"),
            ("can you work in prod from now on?", "namespace prod"),
            // A question, a place of something else, or no place.
            ("should I switch to namespace shop?", "-"),
            ("can i use namespace shop?", "-"),
            ("don't switch to namespace shop", "-"),
            ("switch to shop", "-"),
            ("does it work in prod", "-"),
            ("work in prod?", "-"),
            ("work on the backend in prod", "-"),
            ("use nginx:1.27 from now on", "-"),
            ("set the image of web to nginx:1.27 from now on", "-"),
            ("move the backend to namespace shop", "-"),
            ("use namespace shop and list pods", "-"),
            ("use namespace shop in context kind-a", "-"),
            ("switch the namespace", "-"),
            ("list pods in namespace shop", "-"),
            ("set namespace=shop", "-"),
            ("use namespace {{x}}", "-"),
        ] {
            let told = match read(line) {
                Some(Moved::Namespace(name)) => format!("namespace {name}"),
                Some(Moved::Context(name)) => format!("context {name}"),
                None => "-".to_owned(),
            };
            assert_eq!(told, expected, "{line}");
        }
    }

    #[test]
    fn a_place_may_be_named_without_saying_what_it_is_and_asked_for() {
        for (line, expected) in [
            ("switch to prod", "prod"),
            ("go back to default", "default"),
            ("ok, back to default please", "default"),
            ("let's switch over to kube-system now", "kube-system"),
            ("switch to prod?", "-"),
            ("switch to prod and list pods", "-"),
            ("switch the backend to v2", "-"),
            ("don't go to prod", "-"),
            ("scale back to 3", "-"),
        ] {
            assert_eq!(somewhere(line).as_deref().unwrap_or("-"), expected, "{line}");
        }
        let asked = [
            "what's my namespace?",
            "which namespace am I in?",
            "what is the current namespace",
            "which namespaces are there?",
            "what is in my namespace?",
            "which namespace is the backend in",
        ]
        .map(is_asked);
        assert_eq!(asked, [true, true, true, false, false, false]);
    }
}
