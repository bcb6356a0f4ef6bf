//! A Docker Engine to understand requests against.

use std::collections::BTreeMap;

use todo_agent::domain::{
    docker::Noun,
    inventory::{Inventory, Item},
    place::{Locality, Place},
};

/// A Docker Engine: containers web, todo-backend and db run, todo-frontend and old-db do not; db and old-db have ids that
/// begin alike.
#[must_use]
pub fn engine() -> Inventory {
    let item = |noun: Noun, name: &str, id: &str, image: &str, state: &str| Item {
        object: noun.named(name, (!id.is_empty()).then(|| format!("{id:0<64}"))),
        labels: BTreeMap::new(),
        containers: if image.is_empty() {
            Vec::new()
        } else {
            vec![(name.to_owned(), image.to_owned())]
        },
        ports: Vec::new(),
        replicas: None,
        owner: (!state.is_empty()).then(|| state.to_owned()),
    };
    let container = |name: &str, id: &str, image: &str, state: &str| item(Noun::Container, name, id, image, state);
    let image = |name: &str, id: &str| item(Noun::Image, name, id, "", "");
    Inventory {
        place: Place {
            locality: Locality::Engine,
            context: "docker".to_owned(),
            server: "unix:///var/run/docker.sock".to_owned(),
            namespace: String::new(),
            uid: Some("docker:ABCD".to_owned()),
            version: Some("28.3.0".to_owned()),
        },
        namespaces: Vec::new(),
        items: vec![
            container("web", "4f0c1a", "nginx:1.27", "running"),
            container("todo-backend", "1b365b", "todo-backend:latest", "running"),
            container("todo-frontend", "9d8e7f", "todo-frontend:latest", "exited"),
            container("db", "ab12cd", "postgres:16", "running"),
            container("old-db", "ab12ef", "postgres:15", "exited"),
            image("todo-backend:latest", "1b365be41217"),
            image("todo-backend:v2", "7872e1ec43a8"),
            image("todo-frontend:latest", "6f94d8d048e0"),
            image("nginx:1.27", "2c686708aef8"),
            image("busybox:1.36", "256c56b4f684"),
            image("lantern:1", "5e7a90c1d2f3"),
            image("lantern:2", "5e7a90c1d2f3"),
            image("7c7107fca97a", "7c7107fca97a"),
            item(Noun::Network, "bridge", "d3957c386a24", "", "bridge"),
            item(Noun::Network, "todo-net", "2cec97313b34", "", "bridge"),
            item(Noun::Volume, "pgdata", "", "", "local"),
            item(Noun::Volume, "cache-data", "", "", "local"),
        ],
        kinds: Vec::new(),
        tools: Vec::new(),
        recent: Vec::new(),
        listed: Vec::new(),
        blind_spots: Vec::new(),
    }
}
