//! Tables, as kubectl shows them: the real server's columns, filled for each kind.

mod custom;
mod network;
mod others;
mod pods;
mod text;
mod workloads;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Call;
use crate::adapters::cluster::embedded::facts::{self, Kind};
use text::{age, string};

/// A table of objects. `first` brings the columns: in a watch only the first table has them.
pub fn table(call: &Call, now: Timestamp, metadata: Value, objects: &[Value], first: bool) -> Value {
    let include = call.query.get("includeObject").unwrap_or("Metadata");
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut row = json!({ "cells": cells(&call.kind, object, now) });
            match include {
                "None" => row["object"] = Value::Null,
                "Object" => row["object"] = object.clone(),
                _ => row["object"] = super::list::metadata(object),
            }
            row
        })
        .collect();
    let columns = if first { columns(&call.kind) } else { Value::Null };
    json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": columns, "rows": rows })
}

fn columns(kind: &Kind) -> Value {
    if kind.custom.is_some() {
        return custom::columns(kind);
    }
    let known = facts::columns(kind).unwrap_or_default();
    if known.is_empty() {
        return json!([column("Name", "string", "name", "", 0), column("Age", "string", "", "", 0)]);
    }
    known
        .iter()
        .map(|known| column(&known.name, &known.kind, &known.format, &known.description, known.priority))
        .collect()
}

fn column(name: &str, kind: &str, format: &str, description: &str, priority: i64) -> Value {
    json!({ "name": name, "type": kind, "format": format, "description": description, "priority": priority })
}

fn cells(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    if kind.custom.is_some() {
        return custom::cells(kind, object, now);
    }
    let name: Value = string(object, "/metadata/name").into();
    let known = facts::columns(kind).unwrap_or_default();
    let rest = match kind.kind.as_str() {
        "Pod" => Some(pods::cells(object, now)),
        "Event" => return others::event(object, now),
        _ => workloads::cells(&kind.kind, object, now)
            .or_else(|| network::cells(&kind.kind, object, now))
            .or_else(|| others::cells(&kind.kind, object, now)),
    };
    match rest {
        Some(rest) if rest.len() + 1 == known.len() || known.is_empty() => std::iter::once(name).chain(rest).collect(),
        _ => general(known, object, now, &name),
    }
}

/// For kinds without cells of their own: what the columns' names tell.
fn general(known: &[facts::Column], object: &Value, now: Timestamp, name: &Value) -> Vec<Value> {
    if known.is_empty() {
        return vec![name.clone(), age(object, now)];
    }
    known
        .iter()
        .map(|column| match (column.name.as_str(), column.kind.as_str()) {
            ("Name", _) => name.clone(),
            ("Age", _) => age(object, now),
            ("Created At", _) => string(object, "/metadata/creationTimestamp").into(),
            (_, "integer") => 0.into(),
            (_, "boolean") => false.into(),
            _ => "<none>".into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::cluster::embedded::facts::facts;

    /// Every kind's cells fit its columns, whatever the object leaves out.
    #[test]
    fn an_empty_object_of_every_kind_fills_its_columns() {
        let now: Timestamp = "2026-01-01T00:01:40Z".parse().unwrap();
        for kind in facts().kinds.iter().filter(|kind| kind.verbs.iter().any(|verb| verb == "list")) {
            let object = json!({ "metadata": { "name": "a", "creationTimestamp": "2026-01-01T00:00:00Z" } });
            assert_eq!(
                cells(kind, &object, now).len(),
                columns(kind).as_array().map(Vec::len).unwrap(),
                "{}",
                kind.kind
            );
        }
    }

    /// What the real server said of the same objects.
    #[test]
    fn deployments_and_services_read_as_the_real_server_writes_them() {
        let now: Timestamp = "2026-01-01T00:00:33Z".parse().unwrap();
        let metadata = json!({ "name": "todo-backend", "creationTimestamp": "2026-01-01T00:00:00Z" });
        let deployment = json!({
            "metadata": metadata,
            "spec": {
                "replicas": 2, "selector": { "matchLabels": { "app": "todo-backend" } },
                "template": { "spec": { "containers": [{ "name": "todo-backend", "image": "todo-backend:latest" }] } },
            },
            "status": { "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2, "availableReplicas": 2 },
        });
        assert_eq!(
            cells(facts().find("apps", "v1", "deployments").unwrap(), &deployment, now),
            [
                json!("todo-backend"),
                json!("2/2"),
                json!(2),
                json!(2),
                json!("33s"),
                json!("todo-backend"),
                json!("todo-backend:latest"),
                json!("app=todo-backend")
            ]
        );
        let service = json!({
            "metadata": metadata,
            "spec": { "type": "NodePort", "clusterIP": "10.96.217.206", "selector": { "app": "x" }, "ports": [{ "port": 80, "nodePort": 30080, "protocol": "TCP" }] },
        });
        assert_eq!(
            cells(facts().find("", "v1", "services").unwrap(), &service, now),
            [
                "todo-backend",
                "NodePort",
                "10.96.217.206",
                "<none>",
                "80:30080/TCP",
                "33s",
                "app=x"
            ]
            .map(Value::from)
        );
    }
}
