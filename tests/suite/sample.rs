//! A cluster to understand requests against: the todo app in its namespace, and others around it.

use std::collections::BTreeMap;

use todo_agent::domain::{
    inventory::{Inventory, Item},
    kind::Kind,
    object::ObjectRef,
    place::{Locality, Place},
};

/// Namespace todo is current: todo-backend, todo-frontend (two replicas each), their pods and services. Elsewhere: `shop` has
/// worker, payments (two containers) and a redis stateful set; `worker` stands in three namespaces.
#[must_use]
pub fn inventory() -> Inventory {
    let mut items = vec![
        workload("todo", "todo-backend", "backend", &[("todo-backend", "todo-backend:latest")]),
        workload("todo", "todo-frontend", "frontend", &[("todo-frontend", "todo-frontend:latest")]),
        workload(
            "shop",
            "payments",
            "payments",
            &[("payments", "reg.local:5000/shop/payments:1.2"), ("sidecar", "envoy:1.30")],
        ),
        workload("shop", "worker", "worker", &[("worker", "worker:1")]),
        workload("ops", "worker", "worker", &[("worker", "worker:1")]),
        workload("lab", "worker", "worker", &[("worker", "worker:1")]),
    ];
    items.push(other(Kind::pod(), "todo", "todo-backend-5f7c9d8b6-x8k2p"));
    items.push(other(Kind::pod(), "todo", "todo-frontend-6d5f4c7b8-q2w3e"));
    Inventory {
        place: Place {
            locality: Locality::Minikube,
            context: "minikube".to_owned(),
            server: "https://127.0.0.1:6443".to_owned(),
            namespace: "todo".to_owned(),
            uid: Some("4c7f".to_owned()),
            version: None,
        },
        namespaces: ["default", "kube-system", "lab", "ops", "shop", "todo"].map(str::to_owned).to_vec(),
        items,
        kinds: vec![Kind {
            group: "cert-manager.io".to_owned(),
            version: "v1".to_owned(),
            kind: "Certificate".to_owned(),
            plural: "certificates".to_owned(),
            namespaced: true,
            short_names: vec!["cert".to_owned(), "certs".to_owned()],
        }],
        tools: Vec::new(),
        recent: Vec::new(),
        listed: Vec::new(),
        blind_spots: Vec::new(),
    }
}

/// A deployment with two replicas.
#[must_use]
pub fn workload(namespace: &str, name: &str, component: &str, containers: &[(&str, &str)]) -> Item {
    let labels = [
        ("app", name),
        ("app.kubernetes.io/name", if namespace == "todo" { "todo-app" } else { namespace }),
        ("app.kubernetes.io/component", component),
    ];
    Item {
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        containers: containers
            .iter()
            .map(|(name, image)| ((*name).to_owned(), (*image).to_owned()))
            .collect(),
        replicas: Some((2, 2)),
        ..other(Kind::deployment(), namespace, name)
    }
}

/// Any other object.
#[must_use]
pub fn other(kind: Kind, namespace: &str, name: &str) -> Item {
    Item {
        object: ObjectRef {
            kind,
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
            uid: Some(format!("{namespace}-{name}")),
        },
        labels: BTreeMap::new(),
        containers: Vec::new(),
        ports: Vec::new(),
        replicas: None,
        owner: None,
    }
}
