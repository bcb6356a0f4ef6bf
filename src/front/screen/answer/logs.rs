//! Log lines of several pods, each with a short name of its pod; and what is left to say when they ended.

use std::collections::BTreeMap;

use console::{Color, Style};

use super::View;
use crate::{
    domain::{
        answer::{LogLine, LogsAnswer},
        object::ObjectRef,
    },
    front::screen::{
        look::{Look, Tone},
        words::count,
    },
};

/// Colours of pods, in the order in which the pods come; none that means good or bad.
const COLOURS: [Color; 6] = [Color::Cyan, Color::Magenta, Color::Blue, Color::Yellow, Color::Green, Color::White];

/// Gives each pod its prefix. Made once for a stream, so that a prefix is computed once for each pod.
#[derive(Debug, Default)]
pub struct Prefixes {
    workload: Option<ObjectRef>,
    /// The container that was seen first of each pod: it needs no name.
    known: BTreeMap<(String, String), String>,
    pods: Vec<String>,
    width: usize,
}

impl Prefixes {
    #[must_use]
    pub fn new(workload: ObjectRef) -> Self {
        Self {
            workload: Some(workload),
            ..Self::default()
        }
    }

    /// `x8k2p │ `, or nothing when one pod was asked for.
    pub fn of(&mut self, line: &LogLine, look: &Look) -> &str {
        let key = (line.pod.clone(), line.container.clone());
        if !self.known.contains_key(&key) {
            let prefix = self.make(line, look);
            self.known.insert(key.clone(), prefix);
        }
        self.known.get(&key).map_or("", String::as_str)
    }

    fn make(&mut self, line: &LogLine, look: &Look) -> String {
        let first = !self.known.keys().any(|(pod, _)| *pod == line.pod);
        let single = self.workload.as_ref().is_none_or(|workload| workload.kind.kind == "Pod");
        if single && first {
            return String::new();
        }
        if !self.pods.contains(&line.pod) {
            self.pods.push(line.pod.clone());
        }
        // A program that reads a pipe wants the whole name.
        let pod = if look.wrap { self.short(&line.pod) } else { &line.pod };
        let name = match (single, first) {
            (true, _) => line.container.clone(),
            (false, true) => pod.to_owned(),
            (false, false) => format!("{pod} {}", line.container),
        };
        self.width = self.width.max(look.columns(&name));
        let padded = look.shown(&format!("{} │", look.padded(&name, self.width)));
        let position = self.pods.iter().position(|pod| *pod == line.pod).unwrap_or(0);
        let colour = COLOURS.get(position % COLOURS.len()).copied().unwrap_or(Color::Cyan);
        if look.colour {
            format!("{} ", Style::new().force_styling(true).fg(colour).apply_to(padded))
        } else {
            format!("{padded} ")
        }
    }

    /// What tells this pod from the others of its workload: the generated end of its name.
    fn short<'a>(&self, pod: &'a str) -> &'a str {
        let Some(workload) = &self.workload else { return pod };
        let Some(rest) = pod.strip_prefix(&workload.name).and_then(|rest| rest.strip_prefix('-')) else {
            return pod;
        };
        match workload.kind.kind.as_str() {
            // `db-0` is how one speaks of it.
            "StatefulSet" => pod,
            _ => rest.rsplit('-').next().unwrap_or(rest),
        }
    }
}

/// `40 lines of 2 pods: …`, and pods whose log could not be read.
pub fn remarks(answer: &LogsAnswer, view: &View<'_>) -> Vec<String> {
    let look = view.look;
    let mut lines = Vec::new();
    let from = match answer.pods.as_slice() {
        [] => answer.workload.to_string(),
        [pod] => format!("pod/{pod}"),
        pods => format!("{} of {}: {}", count(pods.len(), "pod"), answer.workload, pods.join(", ")),
    };
    let lines_count = usize::try_from(answer.lines).unwrap_or(usize::MAX);
    let read = answer.read.map(|read| usize::try_from(read).unwrap_or(usize::MAX));
    let told = match (answer.lines, read) {
        (0, Some(read)) if read > 0 => format!("None of {} speaks of an error,", count(read, "line")),
        (0, _) => "No log lines".to_owned(),
        (_, Some(read)) => format!("{} of {read} that speak of an error,", count(lines_count, "line")),
        (_, None) => count(lines_count, "line"),
    };
    let summary = format!("{told} from {from}.");
    lines.extend(look.wrapped(&summary, 2).iter().map(|line| look.paint(Tone::Dim, line)));
    for (pod, reason) in &answer.missing {
        lines.extend(look.wrapped(&format!("{} {pod}: {reason}", look.paint(Tone::Careful, "!")), 4));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::kind::Kind, front::screen::look::tests::terminal};

    fn prefixes(kind: Kind, name: &str, look: &Look, pods: &[(&str, &str)]) -> Vec<String> {
        let mut prefixes = Prefixes::new(ObjectRef {
            kind,
            namespace: None,
            name: name.to_owned(),
            uid: None,
        });
        let line = |(pod, container): &(&str, &str)| LogLine {
            pod: (*pod).to_owned(),
            container: (*container).to_owned(),
            text: String::new(),
        };
        pods.iter().map(|pod| prefixes.of(&line(pod), look).to_owned()).collect()
    }

    #[test]
    fn pods_are_told_apart_by_the_end_of_their_names() {
        let pods = [("web-5f7c9-abcde", "web"), ("web-5f7c9-fghij", "web"), ("web-5f7c9-abcde", "proxy")];
        assert_eq!(
            prefixes(Kind::deployment(), "web", &terminal(80, true), &pods),
            ["abcde │ ", "fghij │ ", "abcde proxy │ "]
        );
        assert_eq!(
            prefixes(Kind::deployment(), "web", &Look::plain(), &pods[..2]),
            ["web-5f7c9-abcde │ ", "web-5f7c9-fghij │ "]
        );
        assert_eq!(prefixes(Kind::pod(), "web-5f7c9-abcde", &terminal(80, true), &pods[..1]), [""]);
    }
}
