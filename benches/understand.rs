//! How long understanding takes: loading all playbooks, and one request from words to intents among 200 names.

use std::sync::Arc;

use divan::{Bencher, black_box};
use todo_agent::{
    domain::{intent::Resolution, reading::FirstReading},
    fallbacks::Playbooks,
    stages::understand::Understand,
};

#[path = "../tests/suite/sample.rs"]
mod sample;

fn main() {
    divan::main();
}

/// What a cold process pays before its first request.
#[divan::bench]
fn load() -> Playbooks {
    let playbooks = Playbooks::load(black_box(&[])).unwrap_or_else(|failure| unreachable!("{failure}"));
    black_box(playbooks.lexicon());
    playbooks
}

#[divan::bench(args = [
    "scale backend to 3",
    "could you please restart the frontend, thanks",
    "show me the last 20 lines of the backend logs from the past 10 minutes",
    "scale backend and frontend to 3 and then show me the pods",
    "kubectl set env deploy/todo-backend LOG_LEVEL=debug -n todo",
    "why is the bakcend faling",
    "scale backend to 3 and mail me",
])]
fn request(bencher: Bencher<'_, '_>, text: &str) {
    let playbooks = Playbooks::load(&[]).unwrap_or_else(|failure| unreachable!("{failure}"));
    let understand = Understand::new(Arc::new(playbooks));
    let mut inventory = sample::inventory();
    for n in inventory.items.len()..200 {
        let name = format!("service-{n}");
        inventory.items.push(sample::workload("todo", &name, &name, &[(&name, "x:1")]));
    }
    bencher.bench(|| -> Option<Resolution> {
        match understand.first(black_box(text)) {
            FirstReading::Understood { readings, .. } => Some(understand.resolve(&readings, &inventory)),
            _ => None,
        }
    });
}
