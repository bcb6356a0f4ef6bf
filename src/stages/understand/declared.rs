//! "Delete everything in k8s/": what files declare. It is not taken away as a whole: only kubectl says what a file names.

use super::{attempt::Attempt, clause::Clause, refuse::declined, token::Token};
use crate::{
    domain::{
        intent::{Declined, DeclinedReason},
        path,
        reading::SlotMention,
    },
    fallbacks::{Playbooks, quoted},
};

const FILES: [&str; 10] = [
    "file",
    "files",
    "folder",
    "folders",
    "directory",
    "manifest",
    "manifests",
    "yaml",
    "yamls",
    "yml",
];

pub(super) const WHY: &str = "what is taken away here is named, each object by its kind and name";

/// The command of kubectl that takes away what `path` declares, so that it is recorded as well.
pub(super) fn command(path: &str) -> String {
    format!("todo-agent gate --allow destroy -- kubectl delete -f {}", quoted(path))
}

/// What is told where files are named to be deleted.
pub(super) fn taken_away(clauses: &[Clause], playbooks: &Playbooks) -> Option<Declined> {
    let named = clauses.iter().find_map(|clause| named(clause, playbooks))?;
    let path = named.iter().find(|token| is_path(&token.text)).map_or("FILE", |token| &token.text);
    Some(Declined {
        why: Some(format!(
            "What a file declares is not deleted as a whole: {WHY}. With kubectl, all of it"
        )),
        unexplained: named.iter().map(|token| token.text.clone()).collect(),
        suggestions: vec![command(path)],
        ..declined(DeclinedReason::NotBuilt)
    })
}

/// The words for files in a clause that deletes.
fn named<'c>(clause: &'c Clause, playbooks: &Playbooks) -> Option<Vec<&'c Token>> {
    let best = clause.best.as_ref()?;
    if playbooks.at(best.playbook)?.name != "delete" {
        return None;
    }
    let said = |(n, token): &(usize, &Token)| {
        let of_a_kind = kind_said(best) && best.head.has(*n);
        (is_path(&token.text) && !of_a_kind) || (best.unexplained.has(*n) && FILES.contains(&token.lower.as_str()))
    };
    let named: Vec<&Token> = clause.tokens.iter().enumerate().filter(said).map(|(_, token)| token).collect();
    (!named.is_empty()).then_some(named)
}

/// "configmap app.yaml": an object may be called so.
fn kind_said(best: &Attempt) -> bool {
    let kind = |mention: &SlotMention| matches!(mention, SlotMention::Name { kind: Some(_), .. });
    best.slots.values().any(kind)
}

fn is_path(text: &str) -> bool {
    path::is_rooted(text) || text.ends_with(['/', '\\']) || path::is_manifest(text)
}
