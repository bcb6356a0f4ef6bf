//! One object of an engine in full: what one looks for first, and the whole for machines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{list, number, tables::since, text};
use crate::domain::{
    answer::Description,
    docker::{Noun, short, size},
    object::ObjectRef,
};

type Facts = Vec<(String, String)>;

pub fn of(object: &ObjectRef, found: Value, now: Timestamp) -> Description {
    let (facts, sections) = match Noun::of(object) {
        Some(Noun::Container) => container(&found, now),
        Some(Noun::Image) => image(&found, now),
        Some(Noun::Network) => network(&found, now),
        _ => volume(&found, now),
    };
    Description {
        object: object.clone(),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        sections: sections.into_iter().filter(|(_, part)| !part.is_empty()).collect(),
        only: Vec::new(),
        events: Vec::new(),
        findings: Vec::new(),
        manifest: found,
    }
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn texts(value: &Value, pointer: &str) -> String {
    let words: Vec<&str> = list(value, pointer).iter().filter_map(Value::as_str).collect();
    words.join(" ")
}

fn container(found: &Value, now: Timestamp) -> (Facts, BTreeMap<String, Facts>) {
    let facts = vec![
        fact("State", state(found, now)),
        fact("Health", text(found, "/State/Health/Status")),
        fact("Image", text(found, "/Config/Image")),
        fact("Command", command(found)),
        fact("Ports", ports(found)),
        fact("Networks", networks(found)),
        fact("Restart", restart(found)),
        fact("Restarts", plain_number(found, "/RestartCount")),
        fact("Memory limit", limit(number(found, "/HostConfig/Memory"))),
        fact("Created", since(found.pointer("/Created"), now)),
        fact("ID", short(text(found, "/Id"))),
    ];
    let mut sections = BTreeMap::new();
    sections.insert("Environment".to_owned(), environment(found));
    let mounts = list(found, "/Mounts").iter().map(|mount| {
        let from = match text(mount, "/Name") {
            "" => text(mount, "/Source"),
            name => name,
        };
        let how = if mount.get("RW").and_then(Value::as_bool) == Some(false) {
            ", read-only"
        } else {
            ""
        };
        fact(text(mount, "/Destination"), format!("{} {from}{how}", text(mount, "/Type")))
    });
    sections.insert("Mounts".to_owned(), mounts.collect());
    (facts, sections)
}

fn state(found: &Value, now: Timestamp) -> String {
    let is = |pointer: &str| found.pointer(pointer).and_then(Value::as_bool) == Some(true);
    match text(found, "/State/Status") {
        status @ ("exited" | "dead") => {
            let code = found.pointer("/State/ExitCode").and_then(Value::as_i64).unwrap_or_default();
            let mut told = format!("{status} with {code}, {}", since(found.pointer("/State/FinishedAt"), now));
            if is("/State/OOMKilled") {
                told += "; it needed more memory than it may have";
            }
            let error = text(found, "/State/Error");
            if !error.is_empty() {
                told += &format!("; {error}");
            }
            told
        }
        "running" => format!("running, started {}", since(found.pointer("/State/StartedAt"), now)),
        status => status.to_owned(),
    }
}

fn command(found: &Value) -> String {
    let arguments = texts(found, "/Args");
    format!("{} {arguments}", text(found, "/Path")).trim().to_owned()
}

fn ports(found: &Value) -> String {
    let ports = found
        .pointer("/NetworkSettings/Ports")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let mut told: Vec<String> = ports
        .flat_map(|(inside, hosts)| match hosts.as_array().filter(|hosts| !hosts.is_empty()) {
            None => vec![inside.clone()],
            Some(hosts) => hosts
                .iter()
                .map(|host| match text(host, "/HostIp") {
                    "" | "0.0.0.0" | "::" => format!("{}->{inside}", text(host, "/HostPort")),
                    address => format!("{address}:{}->{inside}", text(host, "/HostPort")),
                })
                .collect(),
        })
        .collect();
    told.sort();
    told.dedup();
    told.join(", ")
}

fn networks(found: &Value) -> String {
    let networks = found
        .pointer("/NetworkSettings/Networks")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let told: Vec<String> = networks
        .map(|(name, network)| match text(network, "/IPAddress") {
            "" => name.clone(),
            address => format!("{name} ({address})"),
        })
        .collect();
    told.join(", ")
}

fn restart(found: &Value) -> String {
    match text(found, "/HostConfig/RestartPolicy/Name") {
        "" | "no" => String::new(),
        policy => policy.to_owned(),
    }
}

fn plain_number(found: &Value, pointer: &str) -> String {
    match number(found, pointer) {
        0 => String::new(),
        count => count.to_string(),
    }
}

fn limit(bytes: u64) -> String {
    if bytes == 0 { String::new() } else { size(bytes) }
}

fn environment(found: &Value) -> Facts {
    let entries = list(found, "/Config/Env").iter().filter_map(Value::as_str);
    entries
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| fact(name, if value.is_empty() { "(empty)" } else { value }))
        .collect()
}

fn image(found: &Value, now: Timestamp) -> (Facts, BTreeMap<String, Facts>) {
    let exposed = found
        .pointer("/Config/ExposedPorts")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let exposed: Vec<&str> = exposed.map(|(port, _)| port.as_str()).collect();
    let facts = vec![
        fact("Names", texts(found, "/RepoTags").replace(' ', ", ")),
        fact("Size", size(number(found, "/Size"))),
        fact("Layers", list(found, "/RootFS/Layers").len().to_string()),
        fact("Entrypoint", texts(found, "/Config/Entrypoint")),
        fact("Command", texts(found, "/Config/Cmd")),
        fact("Ports", exposed.join(", ")),
        fact("User", text(found, "/Config/User")),
        fact("Folder", text(found, "/Config/WorkingDir")),
        fact("Platform", format!("{}/{}", text(found, "/Os"), text(found, "/Architecture"))),
        fact("Created", since(found.pointer("/Created"), now)),
        fact("ID", short(text(found, "/Id"))),
    ];
    (facts, BTreeMap::from([("Environment".to_owned(), environment(found))]))
}

fn network(found: &Value, now: Timestamp) -> (Facts, BTreeMap<String, Facts>) {
    let subnets: Vec<&str> = list(found, "/IPAM/Config").iter().map(|config| text(config, "/Subnet")).collect();
    let is = |pointer: &str| found.pointer(pointer).and_then(Value::as_bool) == Some(true);
    let facts = vec![
        fact("Driver", text(found, "/Driver")),
        fact("Subnet", subnets.join(", ")),
        fact("Reaches the outside", if is("/Internal") { "no" } else { "yes" }),
        fact("Created", since(found.pointer("/Created"), now)),
        fact("ID", short(text(found, "/Id"))),
    ];
    let containers = found.pointer("/Containers").and_then(Value::as_object).into_iter().flatten();
    let containers = containers.map(|(_, container)| fact(text(container, "/Name"), text(container, "/IPv4Address")));
    (facts, BTreeMap::from([("Containers".to_owned(), containers.collect())]))
}

fn volume(found: &Value, now: Timestamp) -> (Facts, BTreeMap<String, Facts>) {
    let facts = vec![
        fact("Driver", text(found, "/Driver")),
        fact("Mountpoint", text(found, "/Mountpoint")),
        fact("Created", since(found.pointer("/CreatedAt"), now)),
    ];
    (facts, BTreeMap::new())
}

/// The engine itself.
pub fn engine(found: &Value) -> Description {
    let info = found.get("info").cloned().unwrap_or_default();
    let count = |pointer: &str| number(&info, pointer);
    let facts = vec![
        fact("Version", text(found, "/version/Version")),
        fact("API", text(found, "/version/ApiVersion")),
        fact(
            "System",
            format!("{}, {}", text(&info, "/OperatingSystem"), text(&info, "/Architecture")),
        ),
        fact("Kernel", text(&info, "/KernelVersion")),
        fact("Processors", count("/NCPU").to_string()),
        fact("Memory", size(count("/MemTotal"))),
        fact(
            "Containers",
            format!(
                "{}, {} running, {} paused",
                count("/Containers"),
                count("/ContainersRunning"),
                count("/ContainersPaused")
            ),
        ),
        fact("Images", count("/Images").to_string()),
        fact(
            "Storage",
            format!("{} in {}", text(&info, "/Driver"), text(&info, "/DockerRootDir")),
        ),
    ];
    let object = Noun::Container.named(text(&info, "/Name"), None);
    let mut kind = object.kind.clone();
    kind.kind = "Engine".to_owned();
    kind.plural = "engines".to_owned();
    Description {
        object: ObjectRef { kind, ..object },
        facts,
        sections: BTreeMap::new(),
        only: Vec::new(),
        events: Vec::new(),
        findings: Vec::new(),
        manifest: info,
    }
}
