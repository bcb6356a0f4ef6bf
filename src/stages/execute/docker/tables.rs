//! Containers, images, networks and volumes as tables, what needs attention first.

use jiff::Timestamp;
use serde_json::Value;

use super::{list, number, text};
use crate::{
    diagnostics::words::ago,
    domain::{
        answer::{Column, Row, Table},
        docker::{Noun, listed::container_name, short, size},
        object::ObjectRef,
    },
};

pub(super) fn table(of: &str, columns: &[(&str, bool)], rows: Vec<Vec<String>>) -> Table {
    Table {
        ordered: false,
        of: of.to_owned(),
        namespace: None,
        columns: columns
            .iter()
            .map(|(name, wide)| Column {
                name: (*name).to_owned(),
                wide: *wide,
            })
            .collect(),
        rows: rows
            .into_iter()
            .map(|cells| Row {
                namespace: None,
                name: cells.first().cloned().unwrap_or_default(),
                cells,
            })
            .collect(),
    }
}

pub(super) fn container_ref(container: &Value) -> ObjectRef {
    let id = text(container, "/Id");
    Noun::Container.named(container_name(container), Some(id.to_owned()).filter(|id| !id.is_empty()))
}

pub fn containers(found: &Value, all: bool, now: Timestamp) -> Table {
    let mut found: Vec<&Value> = found.as_array().into_iter().flatten().collect();
    found.sort_by_key(|container| (!needs_attention(container), text(container, "/State") != "running"));
    let row = |container: &&Value| {
        vec![
            container_name(container).to_owned(),
            text(container, "/Image").to_owned(),
            text(container, "/Status").to_owned(),
            ports(container),
            short(text(container, "/Id")).to_owned(),
            text(container, "/Command").to_owned(),
            since(container.pointer("/Created"), now),
        ]
    };
    let columns = [
        ("Name", false),
        ("Image", false),
        ("State", false),
        ("Ports", false),
        ("ID", false),
        ("Command", true),
        ("Created", true),
    ];
    let of = if all { "containers" } else { "running containers" };
    table(of, &columns, found.iter().map(row).collect())
}

/// It failed, or is about to.
fn needs_attention(container: &Value) -> bool {
    let status = text(container, "/Status");
    let failed = status.starts_with("Exited")
        && !status.starts_with("Exited (0)")
        && !status.starts_with("Exited (143)")
        && !status.starts_with("Exited (137)");
    failed || matches!(text(container, "/State"), "restarting" | "dead") || status.contains("(unhealthy)")
}

/// `8080->80/tcp`, `127.0.0.1:5432->5432/tcp`, `80/tcp` for a port that is not published.
fn ports(container: &Value) -> String {
    let mut told: Vec<String> = list(container, "/Ports")
        .iter()
        .map(|port| {
            let inside = format!("{}/{}", number(port, "/PrivatePort"), text(port, "/Type"));
            match (port.get("PublicPort").and_then(Value::as_u64), text(port, "/IP")) {
                (None, _) => inside,
                (Some(public), "" | "0.0.0.0" | "::") => format!("{public}->{inside}"),
                (Some(public), address) => format!("{address}:{public}->{inside}"),
            }
        })
        .collect();
    told.sort();
    told.dedup();
    told.join(", ")
}

/// `of`: those of this name, or of this name and tag.
pub fn images(found: &Value, of: Option<&str>, now: Timestamp) -> Table {
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    for image in found.as_array().into_iter().flatten() {
        let bytes = number(image, "/Size");
        let id = short(text(image, "/Id"));
        let mut tags: Vec<&str> = list(image, "/RepoTags").iter().filter_map(Value::as_str).collect();
        tags.retain(|tag| *tag != "<none>:<none>");
        if tags.is_empty() {
            tags.push("(no name)");
        }
        let called =
            |tag: &&str| of.is_none_or(|name| *tag == name || tag.rsplit_once(':').is_some_and(|(repository, _)| repository == name));
        for tag in tags.into_iter().filter(called) {
            let cells = [tag, id, &size(bytes), &since(image.pointer("/Created"), now)];
            rows.push((bytes, cells.map(str::to_owned).to_vec()));
        }
    }
    // The largest first: that is what one looks for.
    rows.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let columns = [("Name", false), ("ID", false), ("Size", false), ("Created", false)];
    let what = of.map_or_else(|| "images".to_owned(), |name| format!("images called {name}"));
    table(&what, &columns, rows.into_iter().map(|(_, cells)| cells).collect())
}

/// What is left of images without those that one of `containers` was made from, running or not.
pub fn keep_unused(images: &mut Value, containers: &Value) {
    let used: Vec<&str> = containers
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| text(container, "/ImageID"))
        .collect();
    if let Some(images) = images.as_array_mut() {
        images.retain(|image| !used.contains(&text(image, "/Id")));
    }
}

pub fn networks(found: &Value) -> Table {
    let row = |network: &Value| {
        let subnets: Vec<&str> = list(network, "/IPAM/Config").iter().map(|config| text(config, "/Subnet")).collect();
        vec![
            text(network, "/Name").to_owned(),
            text(network, "/Driver").to_owned(),
            text(network, "/Scope").to_owned(),
            subnets.join(", "),
            short(text(network, "/Id")).to_owned(),
        ]
    };
    let columns = [
        ("Name", false),
        ("Driver", false),
        ("Scope", false),
        ("Subnet", false),
        ("ID", false),
    ];
    let mut rows: Vec<Vec<String>> = found.as_array().into_iter().flatten().map(row).collect();
    rows.sort();
    table("networks", &columns, rows)
}

pub fn volumes(found: &Value) -> Table {
    let row = |volume: &Value| {
        vec![
            text(volume, "/Name").to_owned(),
            text(volume, "/Driver").to_owned(),
            text(volume, "/Mountpoint").to_owned(),
        ]
    };
    let columns = [("Name", false), ("Driver", false), ("Mountpoint", true)];
    let mut rows: Vec<Vec<String>> = list(found, "/Volumes").iter().map(row).collect();
    rows.sort();
    table("volumes", &columns, rows)
}

/// `3 h ago`; of a time in seconds or as text.
pub(super) fn since(time: Option<&Value>, now: Timestamp) -> String {
    let then = match time {
        Some(Value::Number(seconds)) => seconds.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    then.map_or_else(String::new, |then| format!("{} ago", ago(now, then)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(table: &Table) -> Vec<String> {
        table.rows.iter().map(|row| row.cells.join(" | ")).collect()
    }

    #[test]
    fn of_images_those_of_a_name_have_it_with_any_tag() {
        let found = json!([{"Id": "sha256:0123456789abcdef", "RepoTags": ["nginx:1.27", "nginx:latest", "reg:5000/nginx:1"], "Size": 0, "Created": 0}]);
        let named = |of: &str| {
            let table = images(&found, Some(of), Timestamp::from_second(60).unwrap());
            let names: Vec<String> = table.rows.iter().map(|row| row.cells[0].clone()).collect();
            format!("{}: {}", table.of, names.join(" "))
        };
        assert_eq!(named("nginx"), "images called nginx: nginx:1.27 nginx:latest");
        assert_eq!(named("nginx:1.27"), "images called nginx:1.27: nginx:1.27");
        assert_eq!(named("reg:5000/nginx"), "images called reg:5000/nginx: reg:5000/nginx:1");
        assert_eq!(named("ngin"), "images called ngin: ");
    }

    #[test]
    fn images_that_a_container_was_made_from_are_used_whether_it_runs_or_not() {
        let mut found = json!([{"Id": "sha256:a"}, {"Id": "sha256:b"}, {"Id": "sha256:c"}]);
        let containers = json!([{"ImageID": "sha256:a", "State": "running"}, {"ImageID": "sha256:c", "State": "exited"}]);
        keep_unused(&mut found, &containers);
        assert_eq!(found, json!([{"Id": "sha256:b"}]));
    }

    #[test]
    fn a_container_that_failed_comes_first_and_ports_are_told_once() {
        let container = |name: &str, state: &str, status: &str, ports: Value| json!({"Id": "0123456789abcdef", "Names": [format!("/{name}")], "Image": "busybox", "Command": "sh", "Created": 0, "State": state, "Status": status, "Ports": ports});
        let both = json!([
            {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
            {"IP": "::", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
            {"PrivatePort": 443, "Type": "tcp"},
            {"IP": "127.0.0.1", "PrivatePort": 5432, "PublicPort": 5432, "Type": "tcp"}
        ]);
        let found = json!([
            container("old", "exited", "Exited (0) 2 days ago", json!([])),
            container("web", "running", "Up 3 hours", both),
            container("bad", "exited", "Exited (1) 5 seconds ago", json!([])),
        ]);
        assert_eq!(
            shown(&containers(&found, true, Timestamp::from_second(60).unwrap())),
            [
                "bad | busybox | Exited (1) 5 seconds ago |  | 0123456789ab | sh | 60 s ago",
                "web | busybox | Up 3 hours | 127.0.0.1:5432->5432/tcp, 443/tcp, 8080->80/tcp | 0123456789ab | sh | 60 s ago",
                "old | busybox | Exited (0) 2 days ago |  | 0123456789ab | sh | 60 s ago",
            ]
        );
    }
}
