//! Requests for a Docker Engine: told from those for a cluster, and understood with playbooks and words of their own.
//!
//! A `docker` command is one. In plain words Docker is meant where it is spoken of (docker, an image, a container, a volume, a
//! network), and where the words do not name something of a cluster as well.

mod command;
mod line;
mod resolve;
mod unbuilt;

use super::{first, frame::Frame, mask::Mask, refuse::declined, token::Shape};
use crate::{
    domain::{
        docker::Noun,
        intent::{Declined, DeclinedReason},
        reading::{EngineNeeds, FirstReading, Needs, Reading, SlotMention},
    },
    fallbacks::{Playbooks, Slot, SlotType},
};

pub(super) use resolve::resolve;

/// Words that stand for Docker and nothing else.
const SURE: [&str; 5] = ["docker", "dockerfile", "gordon", "dockerd", "dangling"];
/// Things that an engine has, and that are spoken of for clusters as well.
const NOUNS: [&str; 9] = [
    "container",
    "containers",
    "image",
    "images",
    "volume",
    "volumes",
    "network",
    "networks",
    "engine",
];
/// Where one of these stands, a cluster is spoken of.
const OF_CLUSTERS: [&str; 30] = [
    "kubectl",
    "k8s",
    "kubernetes",
    "cluster",
    "namespace",
    "pod",
    "pods",
    "deployment",
    "deployments",
    "deploy",
    "statefulset",
    "daemonset",
    "replica",
    "replicas",
    "rollout",
    "workload",
    "workloads",
    "node",
    "nodes",
    "ingress",
    "configmap",
    "secret",
    "secrets",
    "helm",
    "pvc",
    "persistent",
    "claim",
    "claims",
    "crashloopbackoff",
    "imagepullbackoff",
];

/// `other` is the reading for a cluster, made when it is needed.
pub(super) fn first(text: &str, playbooks: &Playbooks, other: impl FnOnce() -> FirstReading) -> FirstReading {
    let spoken = Spoken::of(text);
    if !spoken.sure && !spoken.noun {
        return other();
    }
    let Some(docker) = playbooks.docker() else { return other() };
    if let Some(reading) = command::read(text, docker) {
        return with_needs(reading, docker);
    }
    let other = other();
    if spoken.cluster && !spoken.sure {
        return other;
    }
    let own = with_needs(first::words(text, docker), docker);
    match (&own, &other) {
        (
            FirstReading::Understood { readings: mine, .. } | FirstReading::Imagined { readings: mine, .. },
            FirstReading::Understood { readings: theirs, .. },
        ) if !spoken.sure
            && are_complete(theirs, playbooks)
            && names_no_word(theirs, docker)
            && (!are_complete(mine, docker) || (speaks_of_pods(theirs, playbooks) && !change(mine, docker))) =>
        {
            other
        }
        (FirstReading::Understood { .. } | FirstReading::Imagined { .. }, _) => own,
        (FirstReading::Ask(_), FirstReading::Understood { .. }) if !spoken.sure => other,
        (FirstReading::Ask(_), _) => own,
        (FirstReading::Declined(mine), FirstReading::Declined(theirs)) => {
            let more = weight(mine) > weight(theirs) || (spoken.sure && weight(mine) == weight(theirs));
            if more {
                FirstReading::Declined(in_words_of_docker(mine))
            } else {
                other
            }
        }
        (FirstReading::Declined(mine), FirstReading::Ask(_) | FirstReading::Imagined { .. }) if spoken.sure => {
            FirstReading::Declined(in_words_of_docker(mine))
        }
        _ => other,
    }
}

/// What of Docker, and of clusters, stands in the words.
struct Spoken {
    sure: bool,
    noun: bool,
    cluster: bool,
}

impl Spoken {
    fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let any = |known: &[&str]| words.iter().any(|word| known.contains(word));
        Self {
            sure: any(&SURE),
            noun: any(&NOUNS),
            cluster: any(&OF_CLUSTERS),
        }
    }
}

/// The container is one of a workload's pods, or the image is one that a workload shall run.
fn speaks_of_pods(readings: &[Reading], playbooks: &Playbooks) -> bool {
    readings.iter().any(|reading| {
        let changes = playbooks.get(&reading.playbook).is_some_and(crate::fallbacks::Playbook::changes);
        changes || reading.slots.contains_key("container")
    })
}

/// Verbs of changes of an engine mean nothing else where a container or an image is spoken of.
fn change(readings: &[Reading], docker: &Playbooks) -> bool {
    readings
        .iter()
        .any(|reading| docker.get(&reading.playbook).is_some_and(crate::fallbacks::Playbook::changes))
}

/// What was taken for a name is none of the words for what is done with Docker: "the history of image x".
fn names_no_word(readings: &[Reading], docker: &Playbooks) -> bool {
    let known = |word: &str| {
        docker
            .lexicon
            .find(word)
            .is_some_and(|entry| !docker.lexicon.word(entry).concepts.is_empty())
    };
    let names = readings
        .iter()
        .flat_map(|reading| reading.slots.values())
        .filter_map(|mention| match mention {
            SlotMention::Name { said, .. } => Some(said),
            _ => None,
        });
    !names.flat_map(|said| said.split(' ')).any(known)
}

/// Nothing that must be said is missing.
fn are_complete(readings: &[Reading], playbooks: &Playbooks) -> bool {
    readings.iter().all(|reading| {
        let playbook = playbooks.get(&reading.playbook);
        let said = |slot: &Slot| !slot.required || slot.preset.is_some() || reading.slots.contains_key(&slot.name);
        playbook.is_some_and(|playbook| playbook.slots.iter().all(said))
    })
}

/// Both decline; the one that knows why says more.
fn weight(declined: &Declined) -> u8 {
    match declined.reason {
        DeclinedReason::Negated | DeclinedReason::Hypothetical | DeclinedReason::BadValue => 4,
        DeclinedReason::NotUnderstood if declined.understood.is_some() => 3,
        DeclinedReason::NotBuilt | DeclinedReason::UnknownName => 2,
        _ => 1,
    }
}

/// What is offered instead is for an engine, too.
fn in_words_of_docker(declined: &Declined) -> Declined {
    let of_clusters =
        |said: &String| super::refuse::always().contains(said) || said.starts_with("describe ") || said.starts_with("show logs of ");
    let own = declined.suggestions.iter().filter(|said| !of_clusters(said)).cloned();
    Declined {
        suggestions: own.chain(always()).take(3).collect(),
        ..declined.clone()
    }
}

/// The same with what must be looked up on an engine, and nothing of a cluster.
fn with_needs(reading: FirstReading, docker: &Playbooks) -> FirstReading {
    match reading {
        FirstReading::Understood { readings, .. } => {
            let needs = needs(&readings, docker);
            FirstReading::Understood { readings, needs }
        }
        FirstReading::Imagined { readings, declined, .. } => {
            let needs = needs(&readings, docker);
            FirstReading::Imagined { readings, needs, declined }
        }
        other => other,
    }
}

pub(super) fn needs(readings: &[Reading], docker: &Playbooks) -> Needs {
    let mut engine = EngineNeeds::default();
    for reading in readings {
        let Some(playbook) = docker.get(&reading.playbook) else { continue };
        engine.identity |= playbook.changes();
        // What is run may be called by a part of its name: which images there are must be known.
        if playbook.slots.iter().any(|slot| slot.of == SlotType::DockerRef) && playbook.slot("ports").is_some() {
            engine.nouns.push(Noun::Image);
        }
        for slot in playbook.slots.iter().filter(|slot| slot.of.names_docker()) {
            let mention = reading.slots.get(&slot.name);
            if slot.required || mention.is_some() {
                engine.nouns.extend(nouns(slot.of, mention, &reading.clause));
            }
        }
    }
    engine.nouns.sort_unstable();
    engine.nouns.dedup();
    Needs {
        engine: Some(engine),
        ..Needs::default()
    }
}

/// What a mention may name.
fn nouns(of: SlotType, mention: Option<&SlotMention>, clause: &str) -> Vec<Noun> {
    let said = match mention {
        Some(SlotMention::Name { kind: Some(kind), .. }) => noun(kind),
        // What was typed as a command may be any of them.
        Some(SlotMention::Text(_)) => None,
        _ => clause.to_lowercase().split(|c: char| !c.is_alphanumeric()).find_map(noun),
    };
    match (of, said) {
        (_, Some(noun)) => vec![noun],
        (SlotType::DockerContainer, None) => vec![Noun::Container],
        (SlotType::DockerImage, None) => vec![Noun::Image],
        (_, None) => Noun::ALL.to_vec(),
    }
}

fn noun(word: &str) -> Option<Noun> {
    let word = word.strip_suffix('s').unwrap_or(word);
    Noun::ALL.into_iter().find(|noun| noun.singular() == word)
}

/// `8080:80`, "port 8080", "on port 8080", "port 8080 to 80".
pub(super) fn ports(frame: &Frame<'_>, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let mut ports = Vec::new();
    let mut mask = Mask::EMPTY;
    let mut n = 0;
    while n < frame.tokens.len() {
        let Some(token) = frame.get(n).filter(|_| !used.has(n)) else {
            n += 1;
            continue;
        };
        if is_port_pair(&token.text) {
            ports.push(token.text.clone());
            mask = mask.with(Mask::one(n));
        } else if frame.has(n, "port")
            && let Some(port) = number(frame, n + 1)
        {
            let mut last = n + 1;
            let inside = matches!(frame.lower(n + 2), "to" | "as" | "from" | "into").then(|| {
                let at = if frame.has(n + 3, "port") { n + 4 } else { n + 3 };
                number(frame, at).map(|inside| (at, inside))
            });
            let inside = inside.flatten().map_or_else(
                || port.clone(),
                |(at, inside)| {
                    last = at;
                    inside
                },
            );
            ports.push(format!("{port}:{inside}"));
            mask = mask.with(Mask::range(n..last + 1));
            n = last;
        }
        n += 1;
    }
    (!ports.is_empty()).then_some((mask, Some(SlotMention::Words(ports))))
}

fn number(frame: &Frame<'_>, n: usize) -> Option<String> {
    let token = frame.get(n)?;
    let plain = matches!(token.shape, Shape::Number(_)) && token.text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| token.text.clone())
}

/// `8080:80`, `127.0.0.1:8080:80`, `8080:80/tcp`.
pub(super) fn is_port_pair(text: &str) -> bool {
    let (pair, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = pair.split(':').collect();
    let address = |part: &str| part.split('.').count() == 4 && part.split('.').all(digits);
    matches!(protocol, "tcp" | "udp")
        && match parts.as_slice() {
            [host, inside] => digits(host) && digits(inside),
            [ip, host, inside] => address(ip) && digits(host) && digits(inside),
            _ => false,
        }
}

/// A Dockerfile for a slot that is called so, else a folder: `./backend`, "folder backend".
pub(super) fn path(frame: &Frame<'_>, slot: &Slot, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let wants_file = slot.name == "file";
    let n = (0..frame.tokens.len()).find(|&n| {
        let Some(token) = frame.get(n).filter(|token| !used.has(n) && token.shape == Shape::Word) else {
            return false;
        };
        let text = token.text.as_str();
        let is_file = text.contains(['/', '.']) && command::is_dockerfile(text);
        let from = n
            .checked_sub(1)
            .is_some_and(|p| matches!(frame.lower(p), "from" | "in" | "of") || frame.has(p, "folder"));
        let is_path = text.starts_with(['.', '/', '~']) || (text.contains('/') && from) || (n > 0 && frame.has(n - 1, "folder"));
        if wants_file {
            is_file
        } else {
            !is_file && is_path && !text.contains(':')
        }
    })?;
    let text = frame.get(n)?.text.clone();
    Some((Mask::one(n), Some(SlotMention::Text(text))))
}

/// "called web", "named web", "with the name web"; or what stands in quotes.
pub(super) fn name_given(frame: &Frame<'_>, used: Mask) -> Option<(Mask, Option<SlotMention>)> {
    let leads = |n: usize| matches!(frame.lower(n), "called" | "named" | "name" | "it" | "as") || frame.has(n, "name");
    let n = (1..frame.tokens.len()).find(|&n| {
        let calls = matches!(frame.lower(n - 1), "called" | "named" | "as") || frame.has(n - 1, "name");
        let call_it = frame.lower(n - 1) == "it" && n > 1 && matches!(frame.lower(n - 2), "call" | "name");
        !used.has(n) && (calls || call_it) && frame.get(n).is_some_and(|token| token.may_name(frame.lexicon))
    })?;
    let start = if leads(n - 1) { n - 1 } else { n };
    let start = if frame.lower(start) == "it" {
        start.saturating_sub(1)
    } else {
        start
    };
    let text = frame.get(n)?.text.clone();
    Some((Mask::range(start..n + 1), Some(SlotMention::Text(text))))
}

/// Requests that always work on an engine.
fn always() -> Vec<String> {
    ["docker ps -a", "docker images", "docker system df"].map(str::to_owned).to_vec()
}

fn not_built(what: String, unexplained: &str, suggestions: Vec<String>) -> Declined {
    Declined {
        understood: Some(what),
        unexplained: vec![unexplained.to_owned()],
        suggestions,
        ..declined(DeclinedReason::NotBuilt)
    }
}
