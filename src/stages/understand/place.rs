//! Where: namespace, context, all namespaces, container, label selector – as flags and in words.

use super::{
    frame::{Found, Frame},
    mask::Mask,
    token::{Shape, looks_like_name},
};
use crate::fallbacks::Class;

pub(super) fn find(frame: &mut Frame<'_>) {
    flags(frame);
    let length = frame.tokens.len();
    for n in 0..length {
        if frame.namespace.is_none() && frame.has(n, "kind namespaces") {
            frame.namespace = beside(frame, n, true);
        }
        if frame.context.is_none() && matches!(frame.lower(n), "context" | "cluster" | "kubecontext" | "kube-context") {
            frame.context = beside(frame, n, true);
        }
        if frame.context.is_none() && frame.lower(n) == "minikube" && n > 0 && frame.is_preposition(n - 1) {
            frame.context = Some(Found {
                mask: Mask::range(n - 1..n + 1),
                value: "minikube".to_owned(),
            });
        }
        if frame.container.is_none() && matches!(frame.lower(n), "container") {
            frame.container = beside(frame, n, false);
        }
        if frame.has(n, "kind namespaces") && n > 0 && matches!(frame.lower(n - 1), "this" | "current" | "same" | "my" | "our") {
            let start = frame.previous(n).filter(|&p| frame.is_preposition(p)).unwrap_or(n - 1);
            frame.here.get_or_insert(Mask::range(start..n + 1));
        }
        // "Show all namespaces" asks for a list of them.
        let listed = frame.has(n, "kind namespaces")
            && (0..n)
                .all(|m| frame.is_article(m) || frame.is(m, Class::Asking) || frame.is(m, Class::Question) || frame.is(m, Class::Order));
        if frame.everywhere.is_none() && !listed && (frame.is(n, Class::Everywhere) || frame.is(n, Class::Cluster)) {
            let start = if n > 0 && frame.is_preposition(n - 1) { n - 1 } else { n };
            frame.everywhere = Some(Found {
                mask: Mask::range(start..n + 1),
                value: (),
            });
        }
        if frame.selector.is_none()
            && matches!(frame.lower(n), "label" | "labels" | "selector" | "labeled" | "labelled")
            && frame.lower(n + 1).contains('=')
        {
            let start = if n > 0 && matches!(frame.lower(n - 1), "with" | "by" | "having") {
                n - 1
            } else {
                n
            };
            frame.selector = Some(Found {
                mask: Mask::range(start..n + 2),
                value: frame.get(n + 1).map(|t| t.text.clone()).unwrap_or_default(),
            });
        }
    }
}

/// `-n todo`, `--namespace=todo`, `-A`, `--context x`, `-l a=b`.
fn flags(frame: &mut Frame<'_>) {
    for n in 0..frame.tokens.len() {
        let Some(Shape::Flag(name, value)) = frame.get(n).map(|token| token.shape.clone()) else {
            continue;
        };
        let (name, value) = match name.strip_prefix("-n") {
            Some(glued) if !glued.is_empty() && !glued.starts_with('-') && value.is_none() && !name.starts_with("--") => {
                ("-n".to_owned(), Some(glued.to_owned()))
            }
            _ => (name, value),
        };
        let taken = if value.is_some() { 1 } else { 2 };
        let given = value.or_else(|| {
            frame
                .get(n + 1)
                .filter(|token| token.shape == Shape::Word)
                .map(|token| token.text.clone())
        });
        let found = given.map(|value| Found {
            mask: Mask::range(n..n + taken),
            value,
        });
        match name.as_str() {
            "-n" | "--namespace" | "--ns" | "-namespace" => frame.namespace = found,
            "--context" | "--kube-context" => frame.context = found,
            "-l" | "--selector" => frame.selector = found,
            "-A" | "--all-namespaces" => {
                frame.everywhere = Some(Found {
                    mask: Mask::one(n),
                    value: (),
                })
            }
            _ => {}
        }
    }
}

/// The name beside the word at `n`: "in namespace todo", "in the todo namespace", "namespace: todo". A place is introduced by a
/// preposition, or stands beside something else that the clause is about ("pods namespace todo").
fn beside(frame: &Frame<'_>, n: usize, place: bool) -> Option<Found<String>> {
    let names = |m: usize| {
        frame.get(m).is_some_and(|token| {
            token.shape == Shape::Word
                && (token.entry.is_none()
                    || token.quoted
                    || token.is(frame.lexicon, Class::Content) && token.word(frame.lexicon).is_some_and(|word| word.role.is_some()))
                && looks_like_name(&token.lower)
        })
    };
    let introduced = |m: usize| frame.previous(m).filter(|&p| frame.is_preposition(p));
    let mut after = n + 1;
    while matches!(frame.lower(after), "called" | "named" | "to" | "is" | "name") {
        after += 1;
    }
    let found = |start: usize, end: usize, name: usize| {
        Some(Found {
            mask: Mask::range(start..end),
            value: frame.get(name).map(|token| token.text.clone()).unwrap_or_default(),
        })
    };
    // "in the todo namespace": the name before wins when a preposition introduces it and not the word itself.
    if n > 0
        && names(n - 1)
        && (place || !names(after))
        && let Some(p) = introduced(n - 1)
    {
        return found(p, n + 1, n - 1);
    }
    if names(after) {
        if let Some(p) = introduced(n) {
            return found(p, after + 1, after);
        }
        let others = (0..frame.tokens.len()).any(|m| {
            (m < n || m > after)
                && frame.get(m).is_some_and(|token| {
                    token.may_name(frame.lexicon)
                        || token
                            .word(frame.lexicon)
                            .is_some_and(|word| word.kind.is_some() || word.is(Class::It))
                })
        });
        if !place || others {
            return found(n, after + 1, after);
        }
    }
    // "is the shop namespace healthy"
    if place && n > 0 && names(n - 1) && !frame.is(n, Class::Everywhere) && frame.has(n, "kind namespaces") {
        return found(n - 1, n + 1, n - 1);
    }
    None
}
