//! Commands of kubectl and helm that no playbook takes.

use super::{
    super::refuse::{always, declined},
    Line, Parsed, own,
};
use crate::{
    domain::intent::{Declined, DeclinedReason},
    fallbacks::{Argument, Command, Playbooks},
};

/// Commands that kubectl has.
pub(super) const VERBS: [&str; 43] = [
    "apply",
    "create",
    "delete",
    "edit",
    "exec",
    "port-forward",
    "expose",
    "autoscale",
    "cp",
    "top",
    "drain",
    "cordon",
    "uncordon",
    "taint",
    "label",
    "annotate",
    "patch",
    "replace",
    "run",
    "wait",
    "attach",
    "auth",
    "diff",
    "kustomize",
    "api-resources",
    "api-versions",
    "explain",
    "config",
    "cluster-info",
    "version",
    "proxy",
    "debug",
    "certificate",
    "completion",
    "plugin",
    "options",
    "rollout",
    "set",
    "scale",
    "logs",
    "describe",
    "get",
    "events",
];

/// A command of kubectl that no playbook takes.
pub(super) fn unknown(text: &str, line: &Line, playbooks: &Playbooks) -> Parsed {
    let Some(verb) = line.words.first().map(|word| word.to_lowercase()) else {
        return Parsed::Declined(Declined {
            why: Some("kubectl alone does nothing".to_owned()),
            unexplained: vec![text.to_owned()],
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        });
    };
    let kustomize = |(name, _): &(String, Option<String>)| matches!(name.as_str(), "-k" | "--kustomize");
    if let Some((flag, folder)) = line.flags.iter().find(|flag| kustomize(flag)) {
        let folder = folder.as_ref().or_else(|| line.words.get(1)).map_or("DIR", String::as_str);
        return Parsed::Declined(Declined {
            why: Some(format!(
                "Overlays of kustomize are not put together here; `kubectl kustomize {folder} > all.yaml` does it, then `todo-agent kubectl {verb} -f all.yaml` does the rest"
            )),
            unexplained: vec![format!("{flag} {folder}")],
            ..declined(DeclinedReason::NotBuilt)
        });
    }
    if verb == "helm" {
        return helm(text, line);
    }
    let nearest = VERBS.into_iter().find(|known| strsim::osa_distance(known, &verb) == 1);
    if let Some(meant) = nearest.filter(|_| !VERBS.contains(&verb.as_str()) && playbooks.lexicon().find(&verb).is_none() && verb.len() > 1)
    {
        return Parsed::Declined(Declined {
            why: Some(format!("kubectl has no command {verb}")),
            unexplained: vec![verb.clone()],
            suggestions: vec![text.replacen(&verb, meant, 1)],
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    if let Some((why, suggestions)) = own::command(&verb, &line.words) {
        return Parsed::Declined(Declined {
            why: Some(why),
            unexplained: vec![text.to_owned()],
            suggestions,
            ..declined(DeclinedReason::NotBuilt)
        });
    }
    // A flag that only this command has is the reason.
    if let Some((flag, why)) = line.flags.iter().find_map(|(name, value)| {
        let flag = value.as_ref().map_or_else(|| name.clone(), |value| format!("{name} {value}"));
        own::why(&verb, &flag, true).map(|why| (flag, why))
    }) {
        return Parsed::Declined(Declined {
            why: Some(why),
            unexplained: vec![flag],
            ..declined(DeclinedReason::NotBuilt)
        });
    }
    // These are built: what follows them is no command, but may be words.
    if matches!(verb.as_str(), "scale" | "logs" | "describe" | "get" | "events") || !VERBS.contains(&verb.as_str()) {
        return Parsed::Words;
    }
    if let Some(whole) = built(&line.words, playbooks) {
        return Parsed::Declined(Declined {
            why: Some(format!("As a command it is `kubectl {whole}`")),
            unexplained: vec![text.to_owned()],
            suggestions: always(),
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    let shown: Vec<&str> = line.words.iter().take(2).map(String::as_str).collect();
    let name = line
        .words
        .iter()
        .skip(1)
        .find_map(|word| word.split_once('/').map(|(_, name)| name))
        .unwrap_or_default();
    let wish = playbooks
        .lexicon()
        .find(&verb)
        .and_then(|entry| playbooks.lexicon().word(entry).wish)
        .and_then(|wish| playbooks.lexicon().wishes.get(usize::from(wish)));
    let close = wish
        .map(|wish| &wish.close)
        .into_iter()
        .flatten()
        .filter(|close| !name.is_empty() || !close.contains("{name}"));
    let mut suggestions: Vec<String> = close.map(|close| close.replace("{name}", name)).collect();
    if suggestions.is_empty() {
        suggestions = always();
    }
    Parsed::Declined(Declined {
        why: Some(format!("`kubectl {}` is not built yet", shown.join(" "))),
        unexplained: vec![text.to_owned()],
        suggestions,
        ..declined(DeclinedReason::NotBuilt)
    })
}

/// The command that these words begin, as it is typed whole: `rollout restart WORKLOAD`.
fn built(words: &[String], playbooks: &Playbooks) -> Option<String> {
    let begun = |command: &&Command| {
        let word = |argument: &Argument| match argument {
            Argument::Word(word) => Some(word.clone()),
            _ => None,
        };
        let fixed: Vec<String> = command.0.iter().map_while(word).collect();
        !fixed.is_empty() && words.starts_with(&fixed)
    };
    playbooks.iter().find_map(|playbook| {
        let command = playbook.commands.iter().find(begun)?;
        let name = |slot: &usize| playbook.slots.get(*slot).map(|slot| slot.name.to_uppercase()).unwrap_or_default();
        let one = |argument: &Argument| match argument {
            Argument::Word(word) => word.clone(),
            Argument::Slot(slot) => name(slot),
            Argument::Optional(slot) => format!("[{}]", name(slot)),
        };
        Some(command.0.iter().map(one).collect::<Vec<_>>().join(" "))
    })
}

/// A command of helm that no playbook takes: releases are read and rolled back here, and made and changed by helm itself.
fn helm(text: &str, line: &Line) -> Parsed {
    let name = line.words.get(2).filter(|name| !name.contains('/')).map(String::as_str);
    const OWN: [&str; 17] = [
        "install",
        "upgrade",
        "uninstall",
        "delete",
        "template",
        "lint",
        "repo",
        "pull",
        "push",
        "package",
        "create",
        "dependency",
        "show",
        "search",
        "test",
        "plugin",
        "registry",
    ];
    let verb = line.words.get(1).map_or("", String::as_str);
    if verb == "rollback" {
        return Parsed::Declined(Declined {
            why: Some("`helm rollback` takes a release and the number of a revision".to_owned()),
            unexplained: line.words.iter().skip(3).cloned().collect(),
            suggestions: name.map(|name| format!("helm history {name}")).into_iter().collect(),
            ..declined(DeclinedReason::NotUnderstood)
        });
    }
    // "helm releases in shop": words.
    if !OWN.contains(&verb) {
        return Parsed::Words;
    }
    let mut suggestions = vec!["helm list".to_owned()];
    if let Some(name) = name.filter(|_| matches!(verb, "upgrade" | "install" | "uninstall" | "delete")) {
        suggestions.extend([format!("helm status {name}"), format!("helm history {name}")]);
    }
    Parsed::Declined(Declined {
        why: Some(format!(
            "Releases are listed, told and rolled back here; `helm {verb}` is helm's own work (https://helm.sh/docs/intro/install), run it as it is"
        )),
        unexplained: vec![text.to_owned()],
        suggestions,
        ..declined(DeclinedReason::NotBuilt)
    })
}
