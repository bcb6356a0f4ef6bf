//! A line as a shell splits it.

/// Commands after each other.
pub(in super::super) fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends = quote.is_none() && (matches!(c, '\n' | ';') || (c == '&' && rest.peek() == Some(&'&')));
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        if c == '\\' && rest.peek() == Some(&'\n') {
            rest.next();
        } else if ends {
            if c == '&' {
                rest.next();
            }
            lines.push(String::new());
        } else if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
        .into_iter()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// What stands in front of a command and is no part of it: a prompt, or that it should be run.
const BEFORE: [&str; 18] = [
    "$", ">", "#", "%", "sudo", "run", "run:", "execute", "execute:", "please", "pls", "kindly", "can", "could", "would", "you", "just",
    "now",
];
/// What politeness puts behind it. "for me" belongs to it only where backticks end the command.
pub(in super::super) const THANKS: [&str; 8] = ["please", "pls", "plz", "thanks", "thx", "now", "please.", "thanks!"];
const BEHIND_QUOTED: [&str; 4] = ["for", "me", ".", "?"];

/// The words of a line from its program on, as a shell splits them.
pub(in super::super) fn program(line: &str) -> impl Iterator<Item = String> {
    let is_of = |around: &str, known: &[&str]| around.split_whitespace().all(|word| known.contains(&word.to_lowercase().as_str()));
    let quoted = match line.split('`').collect::<Vec<_>>()[..] {
        [before, command, behind] if is_of(before, &BEFORE) && is_of(behind, &[&THANKS[..], &BEHIND_QUOTED[..]].concat()) => Some(command),
        _ => None,
    };
    let line = quoted.unwrap_or_else(|| line.trim_start_matches(['`', '"', '\'']).trim_end_matches('`'));
    split(line)
        .into_iter()
        .skip_while(|word| BEFORE.contains(&word.to_lowercase().as_str()))
}

/// The words after `kubectl`, quotes removed; `None` for a line that does not begin with it.
pub(super) fn arguments(line: &str) -> Option<Vec<String>> {
    let mut words = program(line).peekable();
    let program = words.next()?.to_lowercase();
    if program == "minikube" && words.peek().is_some_and(|word| word == "kubectl") {
        words.next();
        return Some(words.filter(|word| word != "--").collect());
    }
    let known = matches!(
        program.trim_end_matches(':'),
        "kubectl" | "kubectl.exe" | "k" | "oc" | "microk8s.kubectl"
    );
    // As one more command of the same line: `helm list`.
    if matches!(program.as_str(), "helm" | "helm3") && words.peek().is_some() {
        return Some(std::iter::once("helm".to_owned()).chain(words).collect());
    }
    // `kubectl ai …` is a tool of its own.
    (known && words.peek().is_none_or(|word| word != "ai")).then(|| words.collect())
}

/// As a shell splits words.
pub(in super::super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut any = false;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => (quote, any) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (_, c) => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}
