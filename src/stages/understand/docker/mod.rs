//! Requests for a Docker Engine: told from those for a cluster, and understood with playbooks and words of their own.
//!
//! A `docker` command is one. In plain words Docker is meant where it is spoken of (docker, an image, a container, a volume, a
//! network), and where the words do not name something of a cluster as well.

mod command;
mod fit;
mod images;
mod lean;
mod line;
mod resolve;
mod several;
mod slots;
mod state;
mod unbuilt;

use super::first;
use crate::{
    domain::{
        docker::Noun,
        intent::{Declined, DeclinedReason},
        reading::{EngineNeeds, FirstReading, Needs, Reading, SlotMention},
    },
    fallbacks::{Playbooks, Slot, SlotType},
};

pub(super) use lean::lean;
pub(super) use resolve::resolve;
pub(super) use several::several;
pub(super) use slots::{is_port_pair, name_given, path, ports};

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

/// Whether playbooks for a cluster, and those for an engine, will be needed.
pub(super) fn domains(text: &str) -> (bool, bool) {
    let spoken = Spoken::of(text);
    // The words for a cluster are looked at for every change.
    const READS: [&str; 8] = ["ps", "images", "logs", "inspect", "history", "system", "network", "volume"];
    let mut words = text.split_whitespace();
    let reads = words.next() == Some("docker") && words.next().is_some_and(|verb| READS.contains(&verb));
    (!reads, spoken.sure || spoken.noun)
}

/// `other` is the reading for a cluster, made when it is needed.
pub(super) fn first(text: &str, playbooks: &Playbooks, other: impl FnOnce() -> FirstReading) -> FirstReading {
    let spoken = Spoken::of(text);
    let Some(docker) = playbooks.docker() else { return other() };
    if !spoken.sure && !spoken.noun {
        let other = other();
        let declined = matches!(other, FirstReading::Declined(_));
        return declined
            .then(|| images::spoken_of(text, playbooks, docker))
            .flatten()
            .unwrap_or(other);
    }
    if let Some(reading) = command::read(text, docker) {
        return with_needs(reading, docker);
    }
    let other = other();
    if spoken.cluster && !spoken.sure {
        return other;
    }
    let asked = state::asked(text);
    let own = with_needs(first::words(asked.as_deref().unwrap_or(text), docker), docker);
    match (&own, &other) {
        (
            FirstReading::Understood { readings: mine, .. } | FirstReading::Imagined { readings: mine, .. },
            FirstReading::Understood { readings: theirs, .. },
        ) if !spoken.sure
            && are_complete(theirs, playbooks)
            && names_no_word(theirs, docker)
            && (!are_complete(mine, docker)
                || (speaks_of_pods(theirs, playbooks) && !change(mine, docker))
                || (stands_for_one(theirs) && !stands_for_one(mine))) =>
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
        // `node:22-slim` is an image, and speaks of no node.
        let is_reference = |word: &&str| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.contains(':')
        };
        let words: Vec<&str> = lower
            .split_whitespace()
            .filter(|word| !is_reference(word))
            .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()))
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

/// "Which image is it on": of something that was spoken of.
fn stands_for_one(readings: &[Reading]) -> bool {
    let pronoun = |mention: &SlotMention| matches!(mention, SlotMention::Pronoun(_));
    readings.iter().any(|reading| reading.slots.values().any(pronoun))
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
            .lexicon()
            .find(word)
            .is_some_and(|entry| !docker.lexicon().word(entry).concepts.is_empty())
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
        DeclinedReason::NotUnderstood if declined.understood.is_some() || declined.why.is_some() => 3,
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
    let mut names = Vec::new();
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
                names.push(mention.and_then(literal));
            }
        }
    }
    engine.nouns.sort_unstable();
    engine.nouns.dedup();
    if let [Some(name)] = names.as_slice() {
        engine.literal = Some((*name).to_owned());
    }
    Needs {
        engine: Some(engine),
        ..Needs::default()
    }
}

/// A name that is taken letter by letter.
fn literal(mention: &SlotMention) -> Option<&str> {
    match mention {
        SlotMention::Text(name) => Some(name),
        SlotMention::Name { said, .. } => said.strip_prefix('='),
        _ => None,
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

/// Requests that always work on an engine.
fn always() -> Vec<String> {
    ["docker ps -a", "docker images", "docker system df"].map(str::to_owned).to_vec()
}
