//! `docker` commands that are not built, with what comes close.

use super::{
    super::refuse::declined,
    always,
    command::{Parsed, flag_unknown, for_a_shell},
};
use crate::{
    domain::intent::{Declined, DeclinedReason},
    fallbacks::{Playbooks, quoted},
};

/// Commands that docker has and that are not built here.
const NOT_BUILT: [&str; 37] = [
    "compose", "exec", "attach", "push", "login", "logout", "cp", "create", "pause", "unpause", "rename", "update", "wait", "top", "port",
    "diff", "commit", "export", "import", "save", "load", "search", "events", "swarm", "service", "stack", "node", "secret", "config",
    "context", "buildx", "builder", "manifest", "scout", "init", "plugin", "trust",
];

pub(super) fn unknown(text: &str, arguments: &[String], docker: &Playbooks) -> Parsed {
    let verb = arguments.first().map(|word| word.to_lowercase()).unwrap_or_default();
    if NOT_BUILT.contains(&verb.as_str()) {
        return Parsed::Declined(Declined {
            unexplained: vec![text.to_owned()],
            suggestions: close(&verb, arguments),
            ..for_a_shell(&format!("`docker {verb}` is not built here"), arguments)
        });
    }
    if verb.starts_with('-') {
        return Parsed::Declined(flag_unknown(&verb, None));
    }
    const VERBS: [&str; 25] = [
        "ps",
        "images",
        "logs",
        "stats",
        "inspect",
        "history",
        "start",
        "stop",
        "restart",
        "kill",
        "rm",
        "rmi",
        "tag",
        "run",
        "build",
        "pull",
        "system",
        "container",
        "image",
        "network",
        "volume",
        "info",
        "version",
        "prune",
        "optimize",
    ];
    let nearest = VERBS
        .into_iter()
        .find(|known| verb.len() > 2 && strsim::osa_distance(known, &verb) == 1);
    if let Some(meant) = nearest.filter(|_| !VERBS.contains(&verb.as_str()) && docker.lexicon().find(&verb).is_none()) {
        return Parsed::Declined(Declined {
            why: Some(format!("docker has no command {verb}")),
            unexplained: vec![verb.clone()],
            suggestions: vec![text.replacen(&verb, meant, 1)],
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    Parsed::Words(format!("docker {}", arguments.join(" ")))
}

/// What is built and comes close.
fn close(verb: &str, arguments: &[String]) -> Vec<String> {
    match verb {
        "push" | "login" | "logout" | "save" | "load" | "import" | "export" | "search" | "trust" => vec!["docker images".to_owned()],
        "buildx" if arguments.get(1).is_some_and(|second| second == "build") => {
            let rest: Vec<String> = arguments.iter().skip(2).map(|word| quoted(word)).collect();
            vec![format!("docker build {}", rest.join(" "))]
        }
        "exec" | "attach" | "top" | "port" | "stack" | "service" | "swarm" => vec!["docker ps".to_owned()],
        "builder" => vec!["docker system df".to_owned()],
        "context" | "config" | "node" | "plugin" => vec!["docker version".to_owned()],
        _ => always(),
    }
}
