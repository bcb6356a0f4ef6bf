//! Questions about what is inside of something: the keys of a Secret, the variables of a workload and where they come from. The
//! description tells all of it, and no value of a Secret.

use super::token;

/// Before the question, and without a meaning of their own.
const LEADS: [&str; 13] = [
    "please", "hey", "and", "so", "tell", "show", "me", "us", "let", "know", "can", "you", "check",
];
const ARTICLES: [&str; 8] = ["the", "a", "my", "our", "this", "that", "all", "any"];
const KEEPERS: [&str; 6] = ["secret", "secrets", "configmap", "configmaps", "cm", "config-map"];
const USING: [&str; 15] = [
    "use",
    "uses",
    "using",
    "used",
    "need",
    "needs",
    "reference",
    "references",
    "read",
    "reads",
    "mount",
    "mounts",
    "consume",
    "consumes",
    "get",
];

/// The same in words that are understood; `None` for everything else.
pub(super) fn reworded(text: &str) -> Option<String> {
    let all: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'', '`', ',']))
        .collect();
    let lower: Vec<String> = all.iter().map(|word| word.to_lowercase()).collect();
    let begin = lower.iter().position(|word| !LEADS.contains(&word.as_str()))?;
    let end = lower.iter().rposition(|word| word != "please")? + 1;
    let (said, words) = (all.get(begin..end)?, lower.get(begin..end)?);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // "show me todo-secrets"
    let shows = lower.iter().take(begin).any(|word| word == "show");
    let shown = || keeper(&words).filter(|_| shows && matches!(words.as_slice(), [_] | ["the" | "my", _]));
    kept(&words)
        .or_else(|| shown().map(|keeper| format!("describe {keeper}")))
        .or_else(|| used(&words))
        .or_else(|| readers(&words))
        .or_else(|| since(&words))
        .or_else(|| variable(said, &words))
}

/// "What is in todo-secrets", "what does the secret app-env contain", "the keys of secret app-env".
fn kept(words: &[&str]) -> Option<String> {
    let of = match words {
        ["what" | "what's" | "whats", "is" | "are", "in" | "inside" | "within", of @ ..]
        | ["what's" | "whats", "in" | "inside" | "within", of @ ..]
        | ["what", "does" | "do", of @ .., "contain" | "hold" | "have" | "keep"]
        | [
            "what",
            "keys" | "values" | "data",
            "are" | "is",
            "in" | "inside" | "within",
            of @ ..,
        ]
        | ["does" | "do", of @ .., "contain" | "hold" | "have", _]
        | ["which", "keys", "are", "in" | "inside" | "within", of @ ..]
        | [
            "which" | "what",
            "keys",
            "does" | "do",
            of @ ..,
            "contain" | "hold" | "have" | "keep",
        ]
        | ["which", "keys", of @ .., "contains" | "holds" | "has"] => of,
        ["contents" | "content" | "keys", "of" | "in", of @ ..]
        | [
            "the" | "list" | "get" | "print" | "what",
            "contents" | "content" | "keys",
            "of" | "in",
            of @ ..,
        ]
        | [
            "list" | "get" | "print" | "what",
            "are" | "the",
            "contents" | "content" | "keys",
            "of" | "in",
            of @ ..,
        ]
        | ["what", "are" | "is", "the", "contents" | "content" | "keys", "of" | "in", of @ ..] => of,
        ["get" | "display" | "view" | "see", of @ ..] if matches!(of, [_] | ["the" | "my", _]) => of,
        _ => return None,
    };
    keeper(of).map(|keeper| format!("describe {keeper}"))
}

/// "the secret app-env", "todo-config": what keeps keys, and its name.
fn keeper(of: &[&str]) -> Option<String> {
    match bare(of) {
        [kind, name] | [name, kind] if KEEPERS.contains(kind) && is_name(name) => Some(format!("{} {name}", kind_of(kind))),
        [kind, "called" | "named", name] if KEEPERS.contains(kind) && is_name(name) => Some(format!("{} {name}", kind_of(kind))),
        ["config", "map", name] if is_name(name) => Some(format!("configmap {name}")),
        [name] if is_name(name) && !KEEPERS.contains(name) => {
            let last = name.rsplit(['-', '.']).next().filter(|last| last.len() < name.len())?;
            (KEEPERS.contains(&last) || last == "config").then(|| format!("{} {name}", kind_of(last)))
        }
        _ => None,
    }
}

/// "Which secrets does the backend use", "what configmaps are used by the backend".
fn used(words: &[&str]) -> Option<String> {
    let rest = match words {
        ["which" | "what", kind, rest @ ..] if KEEPERS.contains(kind) => rest,
        ["which" | "what", "secrets", "and" | "or", "configmaps", rest @ ..]
        | ["which" | "what", "configmaps", "and" | "or", "secrets", rest @ ..] => rest,
        _ => return None,
    };
    let of = match rest {
        ["does" | "do" | "is" | "are", of @ .., using] if USING.contains(using) => of,
        ["is" | "are" | "get" | "gets", using, "by" | "in" | "from", of @ ..] if USING.contains(using) => of,
        _ => return None,
    };
    environment_of(of)
}

/// "Who uses todo-secrets", "which deployments mount the secret app-env", "is configmap todo-config used by anything".
fn readers(words: &[&str]) -> Option<String> {
    const BY: [&str; 6] = ["anything", "anyone", "something", "somebody", "anybody", "any"];
    let using = |word: &&str| USING.contains(word);
    let words = match words {
        [words @ .., "by", by] if BY.contains(by) => words,
        words => words,
    };
    let of = match words {
        ["who" | "what", "depends", "on", of @ ..] | ["which", _, "depend" | "depends", "on", of @ ..] => of,
        ["who" | "what", "is" | "are", verb, of @ ..] | ["which", _, "is" | "are", verb, of @ ..] if using(verb) => of,
        ["who" | "what", verb, of @ ..] | ["which", _, verb, of @ ..] if using(verb) => of,
        ["is" | "does", by, verb, of @ ..] if BY.contains(by) && using(verb) => of,
        ["where", "is" | "are", of @ .., verb] | ["is" | "are", of @ .., verb] if using(verb) => of,
        _ => return None,
    };
    // By its path, whatever else the name means.
    keeper(of).map(|keeper| format!("readers of {}", keeper.replacen(' ', "/", 1)))
}

/// "Is DATABASE_URL set on the backend", "does the backend have LOG_LEVEL", "what is LOG_LEVEL on the backend".
fn variable(said: &[&str], words: &[&str]) -> Option<String> {
    // What is shouted says nothing of what is a variable.
    if !said.iter().any(|word| word.chars().any(|c| c.is_ascii_lowercase())) {
        return None;
    }
    let at = said.iter().position(|word| is_variable(word))?;
    let (before, behind) = (words.get(..at)?, words.get(at + 1..)?);
    let before = match before {
        [before @ .., "variable" | "var" | "env" | "envvar"] => before,
        before => before,
    };
    let before = bare_behind(before);
    match before {
        ["is" | "isn't" | "was" | "what" | "what's" | "whats"] | ["what", "is"] | [.., "value", "of"] => {
            let behind = match behind {
                [
                    "set" | "defined" | "there" | "present" | "configured" | "available",
                    "to",
                    behind @ ..,
                ]
                | ["set" | "defined" | "there" | "present" | "configured" | "available", behind @ ..] => behind,
                behind => behind,
            };
            match behind {
                ["on" | "in" | "for" | "of" | "at", of @ ..] => environment_of(of),
                _ => None,
            }
        }
        ["does" | "do", of @ .., "have" | "has" | "know" | "use" | "see" | "get"] => {
            let asks_no_more = matches!(behind, [] | ["set" | "defined" | "configured"]);
            asks_no_more.then(|| environment_of(of)).flatten()
        }
        ["where", "does"] | ["where", "is"] => {
            let of = match behind {
                ["come" | "defined" | "set", "from", "in" | "on" | "of" | "for", of @ ..]
                | ["in" | "on" | "of" | "for", of @ .., "come" | "set" | "defined", "from"] => of,
                _ => return None,
            };
            environment_of(of)
        }
        _ => None,
    }
}

/// "When was the backend last restarted", "since when does the frontend run": the revisions tell it, and the age of the pods.
fn since(words: &[&str]) -> Option<String> {
    const MADE: [&str; 8] = [
        "restarted",
        "deployed",
        "updated",
        "changed",
        "released",
        "rolled",
        "redeployed",
        "upgraded",
    ];
    const THERE: [&str; 5] = ["up", "running", "alive", "there", "online"];
    let words = match words {
        [words @ .., "out"] => words,
        words => words,
    };
    let (lead, of) = match words {
        ["when", "was" | "were", of @ .., "last", made] | ["when", "was" | "were", of @ .., made] if MADE.contains(made) => {
            ("rollout history of", of)
        }
        ["when", "did", of @ .., "last", "restart" | "change"] | ["when", "did", of @ .., "restart" | "change"] => {
            ("rollout history of", of)
        }
        ["how", "long", "has" | "have", of @ .., "been", there] | ["since", "when", "is" | "are", of @ .., there]
            if THERE.contains(there) =>
        {
            ("pods of", of)
        }
        ["how", "old", "is" | "are", of @ ..] => ("pods of", of),
        _ => return None,
    };
    let of = bare(of);
    let named = matches!(of.len(), 1 | 2)
        && of
            .iter()
            .all(|word| is_name(word) && !matches!(*word, "and" | "or" | "not" | "in" | "it"));
    const OTHERS: [&str; 14] = [
        "pod",
        "pods",
        "node",
        "nodes",
        "namespace",
        "cluster",
        "secret",
        "configmap",
        "cm",
        "service",
        "ingress",
        "pvc",
        "image",
        "container",
    ];
    let other = of.iter().any(|word| OTHERS.contains(word)) || keeper(of).is_some();
    (named && !other).then(|| format!("{lead} {}", of.join(" ")))
}

fn environment_of(of: &[&str]) -> Option<String> {
    let of = bare(of);
    // "in the backend and the frontend", "in prod of the backend": more is said than a name.
    let named = matches!(of.len(), 1 | 2) && of.iter().all(|word| is_name(word) && !matches!(*word, "and" | "or" | "not" | "in"));
    named.then(|| format!("show the env of {}", of.join(" ")))
}

fn bare<'w, 's>(words: &'s [&'w str]) -> &'s [&'w str] {
    match words {
        [article, rest @ ..] if ARTICLES.contains(article) => bare(rest),
        words => words,
    }
}

fn bare_behind<'w, 's>(words: &'s [&'w str]) -> &'s [&'w str] {
    match words {
        [rest @ .., article] if ARTICLES.contains(article) => bare_behind(rest),
        words => words,
    }
}

fn is_name(word: &str) -> bool {
    token::looks_like_name(word) || word == "it"
}

fn is_variable(word: &str) -> bool {
    let shape = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() > 2 && word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(shape)
}

fn kind_of(word: &str) -> &'static str {
    if word.starts_with("secret") { "secret" } else { "configmap" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_told_by_the_description() {
        for (text, expected) in [
            ("what is in todo-secrets", "describe secret todo-secrets"),
            ("What's inside the todo-config configmap", "describe configmap todo-config"),
            ("what does the secret app-env contain", "describe secret app-env"),
            ("show me the contents of secret app-env", "describe secret app-env"),
            ("which keys are in todo-secrets", "describe secret todo-secrets"),
            ("what's in todo-config", "describe configmap todo-config"),
            ("show me todo-secrets", "describe secret todo-secrets"),
            ("get the todo-secrets", "describe secret todo-secrets"),
            ("show the web-1", ""),
            ("delete todo-secrets", ""),
            ("what is in shop", ""),
            ("what is in the default namespace", ""),
            ("delete the contents of secret app-env", ""),
            ("which secrets does the backend use", "show the env of backend"),
            ("what configmaps are used by the backend", "show the env of backend"),
            ("which secrets are there", ""),
            ("which secrets does the backend use and restart it", ""),
            ("is DATABASE_URL set on the backend", "show the env of backend"),
            ("is the variable LOG_LEVEL defined in todo-backend", "show the env of todo-backend"),
            ("what is LOG_LEVEL set to on the backend", "show the env of backend"),
            ("does the backend have LOG_LEVEL set", "show the env of backend"),
            ("where does DATABASE_URL come from in the backend", "show the env of backend"),
            ("when was the backend last restarted", "rollout history of backend"),
            ("when was deployment web rolled out", "rollout history of deployment web"),
            ("how long has the frontend been running", "pods of frontend"),
            ("how old is the backend deployment", "pods of backend deployment"),
            ("when was it deployed and by whom", ""),
            ("how old is the namespace shop", ""),
            ("when was todo-config changed", ""),
            ("get secrets everywhere", ""),
            ("todo-config", ""),
            ("who uses todo-secrets", "readers of secret/todo-secrets"),
            ("is the configmap todo-config used by anything", "readers of configmap/todo-config"),
            ("who uses the backend", ""),
            ("is DATABASE_URL right", ""),
            ("IS THE BACKEND SET ON FIRE", ""),
            ("what is OOM", ""),
        ] {
            assert_eq!(reworded(text).unwrap_or_default(), expected, "{text}");
        }
    }
}
