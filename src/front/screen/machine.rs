//! The answer of `todo-agent doctor`: a line for each part, what keeps it from being used, what would help; and who does what.

use super::look::{Look, Tone};
use crate::domain::{
    machine::{Amount, ClusterFacts, Machine, Part, PartState, Room},
    place::Locality,
};

/// Columns of the names; what is said begins behind them and a sign.
const NAMES: usize = 13;
const HANG: usize = NAMES + 2;

/// The first two are what everything rests on; of the others those that can be used, then those that something keeps from it,
/// then those that have no work or are not there.
#[must_use]
pub fn lines(machine: &Machine, look: &Look, verbose: bool) -> Vec<String> {
    let (first, mut others): (Vec<&Part>, Vec<&Part>) = machine
        .parts
        .iter()
        .partition(|part| matches!(part.name.as_str(), "cluster" | "docker"));
    others.sort_by_key(|part| part.state);
    let mut lines: Vec<String> = first.into_iter().chain(others).flat_map(|part| one(part, look, verbose)).collect();
    lines.push(String::new());
    lines.extend(work(machine, look));
    lines
}

fn one(part: &Part, look: &Look, verbose: bool) -> Vec<String> {
    let sign = match part.state {
        PartState::Usable => look.paint(Tone::Good, "✓"),
        PartState::Unusable => look.paint(Tone::Bad, "✗"),
        PartState::NotDriven | PartState::Absent => look.paint(Tone::Dim, "–"),
    };
    // Signs differ in width where they are spelled out.
    let sign = look.padded(&sign, look.columns("✓").max(look.columns("✗")));
    let name = look.padded(label(&part.name), NAMES);
    let mut lines = look.wrapped(&format!("{name}{sign} {}", said(part)), HANG);
    let further = details(part, verbose);
    for detail in &further {
        lines.extend(indented(detail, look).into_iter().map(|line| look.paint(Tone::Dim, &line)));
    }
    for next in &part.next {
        lines.extend(indented(next, look));
    }
    lines
}

fn indented(text: &str, look: &Look) -> Vec<String> {
    look.wrapped(&format!("{}{text}", " ".repeat(HANG)), HANG + 2)
}

fn label(name: &str) -> &str {
    match name {
        "cluster" => "Cluster",
        "docker" => "Docker",
        "helm" => "Helm",
        "minikube" => "Minikube",
        "gordon" => "Gordon",
        "docker-agent" => "docker agent",
        "model" => "Model",
        "playbooks" => "Playbooks",
        "state" => "State folder",
        other => other,
    }
}

/// What the part is, and why it cannot be used.
fn said(part: &Part) -> String {
    let version = part.version.as_deref().unwrap_or_default();
    let why = part.why.as_deref();
    match (part.name.as_str(), part.state, why) {
        ("cluster", PartState::Usable, _) => cluster(part, version),
        ("docker", PartState::Usable, _) => engine(part, version),
        ("model", PartState::NotDriven, _) => format!("{}; not used by this version", model(part)),
        ("kagent", PartState::NotDriven, _) => format!("{}; todo-agent does not drive it yet", kagent(part, version)),
        ("kubectl-ai", PartState::Usable, Some(why)) => format!("{version} ({why}){}", isolation(part)),
        (_, PartState::Usable, _) => version.to_owned(),
        (_, PartState::NotDriven, why) => {
            let why = why.map_or_else(String::new, |why| format!("; {why}"));
            format!("{version} found; todo-agent does not drive it yet{why}")
                .trim_start()
                .to_owned()
        }
        (_, PartState::Unusable, Some(why)) if !version.is_empty() => format!("{version} found, not usable: {why}"),
        (_, _, Some(why)) => why.to_owned(),
        (_, PartState::Unusable, None) => "not usable".to_owned(),
        (_, PartState::Absent, None) => "not installed".to_owned(),
    }
}

/// `; not isolated: it could … (this kernel has no Landlock)`.
fn isolation(part: &Part) -> String {
    let Some(isolation) = &part.isolation else { return String::new() };
    let why = isolation.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
    format!("; {}{why}", isolation.words())
}

/// `Minikube, Kubernetes 1.34.0, 1 node, 2.1 of 4.0 GiB and 1.2 of 2 CPUs free`.
fn cluster(part: &Part, version: &str) -> String {
    let Some(facts) = &part.cluster else { return version.to_owned() };
    let kind = match facts.locality {
        Some(Locality::Embedded) => {
            let why = part.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            return format!("embedded, simulated{why}");
        }
        Some(Locality::Minikube) => "Minikube",
        Some(Locality::Kind) => "kind",
        Some(Locality::K3d) => "k3d",
        Some(Locality::DockerDesktop) => "Docker Desktop",
        Some(Locality::RancherDesktop) => "Rancher Desktop",
        Some(Locality::Colima) => "Colima",
        Some(Locality::Engine) => "Docker Engine",
        Some(Locality::Trusted) => "trusted by you",
        Some(Locality::Remote) | None => "not known to be local",
    };
    let version = if version.is_empty() {
        String::new()
    } else {
        format!(", Kubernetes {version}")
    };
    let room = facts.room.as_ref().map_or_else(String::new, room);
    format!("{kind}{version}{room}")
}

fn room(room: &Room) -> String {
    let nodes = if room.nodes == 1 {
        "1 node".to_owned()
    } else {
        format!("{} nodes", room.nodes)
    };
    let away = match room.nodes - room.nodes_ready.min(room.nodes) {
        0 => String::new(),
        away => format!(" ({away} not ready)"),
    };
    let free = match (memory(room.memory_bytes), cpus(room.cpu_millis)) {
        (Some(memory), Some(cpus)) => format!(", {memory} and {cpus} free"),
        _ => String::new(),
    };
    format!(", {nodes}{away}{free}")
}

fn memory(amount: Amount) -> Option<String> {
    Some(format!("{} of {} GiB", gibibytes(amount.free()?), gibibytes(amount.allocatable)))
}

/// With one digit behind the point, rounded down: nobody should count on what is not there.
fn gibibytes(bytes: u64) -> String {
    let tenths = bytes / ((1 << 30) / 10);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn cpus(amount: Amount) -> Option<String> {
    let tenths = |millis: u64| match (millis / 1000, millis % 1000 / 100) {
        (whole, 0) => whole.to_string(),
        (whole, tenths) => format!("{whole}.{tenths}"),
    };
    Some(format!("{} of {} CPUs", tenths(amount.free()?), tenths(amount.allocatable)))
}

fn engine(part: &Part, version: &str) -> String {
    match part.engine.as_ref().and_then(|engine| engine.desktop.as_deref()) {
        Some(desktop) => format!("{desktop} (Engine {version})"),
        None => format!("Engine {version}"),
    }
}

fn kagent(part: &Part, version: &str) -> String {
    let command = if version.is_empty() {
        String::new()
    } else {
        format!("{version}, ")
    };
    let agents = part.kagent.as_ref().filter(|facts| facts.in_cluster == Some(true));
    match agents {
        Some(facts) => format!("{command}in the cluster, {} of {} agents ready", facts.ready.len(), facts.agents),
        None => format!("{version} found").trim_start().to_owned(),
    }
}

fn model(part: &Part) -> String {
    let Some(facts) = &part.model else { return String::new() };
    let keys = match facts.keys.as_slice() {
        [] => "no key".to_owned(),
        keys => format!("{} set", keys.join(", ")),
    };
    match &facts.base_url {
        Some(url) => format!("{keys}, {url}"),
        None => keys,
    }
}

/// Where it was found: for the two that can be more than one, and for all when more is asked for.
fn details(part: &Part, verbose: bool) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(facts) = part.cluster.as_ref().filter(|facts| facts.locality != Some(Locality::Embedded)) {
        details.push(context(facts));
        if verbose {
            details.push(format!("server {}", facts.server));
            if facts.contexts.len() > 1 {
                details.push(format!("contexts: {}", facts.contexts.join(", ")));
            }
        }
        if part.state == PartState::Usable && matches!(facts.locality, Some(Locality::Remote)) {
            details.push("a change here asks for the context's name; `todo-agent trust cluster` if it is yours".to_owned());
        }
    }
    if let Some(facts) = part.engine.as_ref().filter(|_| part.state == PartState::Usable || verbose) {
        let api = facts.api_version.as_ref().filter(|_| verbose);
        let api = api.map_or_else(String::new, |version| format!(", API {version}"));
        details.push(format!("{} ({}){api}", facts.address, facts.named_by));
    }
    if let Some(facts) = part.kagent.as_ref().filter(|facts| verbose && !facts.ready.is_empty()) {
        details.push(format!("ready: {}", facts.ready.join(", ")));
    }
    details.extend(part.path.clone().filter(|_| verbose));
    details
}

fn context(facts: &ClusterFacts) -> String {
    let files = facts.kubeconfig.join(", ");
    format!("context {}, namespace {}, of {files}", facts.context, facts.namespace)
}

/// `Docker work: built-in · Kubernetes work: built-in · analysis: built-in`.
fn work(machine: &Machine, look: &Look) -> Vec<String> {
    let said: Vec<String> = machine
        .work
        .iter()
        .map(|work| {
            let domain = match work.domain.as_str() {
                "docker" => "Docker work",
                "kubernetes" => "Kubernetes work",
                other => other,
            };
            let by = match (work.by.as_deref(), work.lacks.as_deref()) {
                (Some("builtin"), _) => "built-in",
                (Some(tool), _) => tool,
                (None, Some("docker")) => "no engine",
                (None, Some(_)) => "no cluster",
                (None, None) => "not in this version",
            };
            let then = if matches!(work.by.as_deref(), Some("builtin") | None) {
                ""
            } else {
                ", then built-in"
            };
            format!("{domain}: {by}{then}")
        })
        .collect();
    look.wrapped(&said.join(" · "), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::machine::{EngineFacts, KagentFacts, Work},
        front::screen::look::tests::terminal,
    };

    fn part(name: &str, state: PartState, version: &str) -> Part {
        Part {
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
            ..Part::new(name, state)
        }
    }

    fn machine() -> Machine {
        let facts = ClusterFacts {
            kubeconfig: vec!["/home/me/.kube/config".to_owned()],
            context: "minikube".to_owned(),
            contexts: vec!["minikube".to_owned()],
            namespace: "todo".to_owned(),
            server: "https://192.168.49.2:8443".to_owned(),
            locality: Some(Locality::Minikube),
            room: Some(Room {
                nodes: 1,
                nodes_ready: 1,
                cpu_millis: Amount {
                    allocatable: 2000,
                    requested: Some(850),
                },
                memory_bytes: Amount {
                    allocatable: 4 << 30,
                    requested: Some(1900 << 20),
                },
            }),
        };
        let engine = EngineFacts {
            address: "unix:///var/run/docker.sock".to_owned(),
            named_by: "default".to_owned(),
            desktop: Some("Docker Desktop 4.61.0".to_owned()),
            api_version: Some("1.52".to_owned()),
        };
        let agents = KagentFacts {
            in_cluster: Some(true),
            ready: vec!["kagent/k8s-agent".to_owned()],
            agents: 2,
        };
        Machine {
            parts: vec![
                Part {
                    cluster: Some(facts),
                    ..part("cluster", PartState::Usable, "1.34.0")
                },
                Part {
                    engine: Some(engine),
                    ..part("docker", PartState::Usable, "28.3.0")
                },
                part("gordon", PartState::Absent, "").because("not installed; comes with Docker Desktop"),
                Part {
                    kagent: Some(agents),
                    ..part("kagent", PartState::NotDriven, "0.9.12")
                },
                part("kubectl-ai", PartState::Unusable, "0.0.29")
                    .because("GEMINI_API_KEY is not set, nor the key of another provider")
                    .then("`export GEMINI_API_KEY=…`"),
                part("helm", PartState::Usable, "3.19.0"),
                part("docker-agent", PartState::NotDriven, "1.32.3"),
            ],
            work: vec![
                Work {
                    domain: "docker".to_owned(),
                    by: None,
                    lacks: None,
                },
                Work {
                    domain: "kubernetes".to_owned(),
                    by: Some("builtin".to_owned()),
                    lacks: None,
                },
                Work {
                    domain: "analysis".to_owned(),
                    by: Some("builtin".to_owned()),
                    lacks: None,
                },
            ],
        }
    }

    #[test]
    fn each_part_has_its_line_and_what_would_help() {
        assert_eq!(
            lines(&machine(), &terminal(100, true), false),
            [
                "Cluster      ✓ Minikube, Kubernetes 1.34.0, 1 node, 2.1 of 4.0 GiB and 1.1 of 2 CPUs free",
                "               context minikube, namespace todo, of /home/me/.kube/config",
                "Docker       ✓ Docker Desktop 4.61.0 (Engine 28.3.0)",
                "               unix:///var/run/docker.sock (default)",
                "Helm         ✓ 3.19.0",
                "kubectl-ai   ✗ 0.0.29 found, not usable: GEMINI_API_KEY is not set, nor the key of another provider",
                "               `export GEMINI_API_KEY=…`",
                "kagent       – 0.9.12, in the cluster, 1 of 2 agents ready; todo-agent does not drive it yet",
                "docker agent – 1.32.3 found; todo-agent does not drive it yet",
                "Gordon       – not installed; comes with Docker Desktop",
                "",
                "Docker work: not in this version · Kubernetes work: built-in · analysis: built-in",
            ]
        );
    }
}
