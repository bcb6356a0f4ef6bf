//! `docker` commands that are not built, with what comes close.

use super::{
    super::refuse::declined,
    always,
    command::{Parsed, flag_unknown},
    not_built,
};
use crate::{
    domain::intent::{Declined, DeclinedReason},
    fallbacks::Playbooks,
};

/// Commands that docker has and that are not built here, with what comes close.
const NOT_BUILT: [(&str, &[&str]); 38] = [
    (
        "compose",
        &["docker ps -a", "docker build -t NAME:TAG .", "docker run -d --name NAME IMAGE"],
    ),
    ("exec", &["docker logs NAME", "docker inspect NAME"]),
    ("attach", &["docker logs -f NAME"]),
    ("pull", &["docker run -d IMAGE", "docker images"]),
    ("push", &["docker images", "docker tag IMAGE NEW"]),
    ("login", &["docker images"]),
    ("logout", &["docker images"]),
    ("cp", &["docker inspect NAME"]),
    ("create", &["docker run -d --name NAME IMAGE"]),
    ("pause", &["docker stop NAME"]),
    ("unpause", &["docker start NAME"]),
    ("rename", &["docker ps -a"]),
    ("update", &["docker inspect NAME"]),
    ("wait", &["docker ps -a"]),
    ("top", &["docker stats"]),
    ("port", &["docker ps"]),
    ("diff", &["docker inspect NAME"]),
    ("commit", &["docker build -t NAME:TAG ."]),
    ("export", &["docker images"]),
    ("import", &["docker images"]),
    ("save", &["docker images"]),
    ("load", &["docker images"]),
    ("search", &["docker images"]),
    ("events", &["docker ps -a"]),
    ("swarm", &["docker ps"]),
    ("service", &["docker ps"]),
    ("stack", &["docker ps"]),
    ("node", &["docker version"]),
    ("secret", &["docker ps"]),
    ("config", &["docker version"]),
    ("context", &["docker version"]),
    ("buildx", &["docker build -t NAME:TAG ."]),
    ("builder", &["docker system df"]),
    ("manifest", &["docker history IMAGE"]),
    ("scout", &["docker history IMAGE"]),
    ("init", &["docker build -t NAME:TAG ."]),
    ("plugin", &["docker version"]),
    ("trust", &["docker images"]),
];

pub(super) fn unknown(text: &str, arguments: &[String], docker: &Playbooks) -> Parsed {
    let verb = arguments.first().map(|word| word.to_lowercase()).unwrap_or_default();
    if let Some((_, close)) = NOT_BUILT.iter().find(|(known, _)| *known == verb) {
        let close = close.iter().filter(|close| !close.contains("NAME") && !close.contains("IMAGE"));
        let mut suggestions: Vec<String> = close.map(|close| (*close).to_owned()).collect();
        if suggestions.is_empty() {
            suggestions = always();
        }
        let what = if verb == "compose" {
            "`docker compose` is not built yet: what a compose file describes is built and run one by one".to_owned()
        } else {
            format!("`docker {verb}` is not built yet")
        };
        return Parsed::Declined(not_built(what, text, suggestions));
    }
    if verb.starts_with('-') {
        return Parsed::Declined(flag_unknown(&verb, None));
    }
    const VERBS: [&str; 24] = [
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
    if let Some(meant) = nearest.filter(|_| !VERBS.contains(&verb.as_str()) && docker.lexicon.find(&verb).is_none()) {
        return Parsed::Declined(Declined {
            understood: Some(format!("docker has no command {verb}")),
            unexplained: vec![verb.clone()],
            suggestions: vec![text.replacen(&verb, meant, 1)],
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    Parsed::Words(format!("docker {}", arguments.join(" ")))
}
