//! How long understanding takes: loading all playbooks, and one request from words to intents among 200 names.

use std::sync::Arc;

use divan::{Bencher, black_box};
use todo_agent::{
    domain::{intent::Resolution, inventory::Inventory, reading::FirstReading},
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
    // The built-in ones alone are made once in a process.
    let own = [("scale.yaml".to_owned(), include_str!("../fallbacks/scale.yaml").to_owned())];
    Playbooks::load_with(&[], black_box(&own)).unwrap_or_else(|failure| unreachable!("{failure}"))
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
    let (understand, inventory) = among_200();
    bencher.bench(|| understood(&understand, &inventory, black_box(text)));
}

/// Each request of the held-out set once, again and again: the median is that of the set, and the slowest its slowest request.
#[divan::bench(sample_count = 4800, sample_size = 1)]
fn every_request(bencher: Bencher<'_, '_>) {
    let (understand, inventory) = among_200();
    let groups: Vec<Group> = serde_saphyr::from_str(HELD_OUT).unwrap_or_else(|error| unreachable!("{error}"));
    let mut requests = groups.iter().flat_map(|group| &group.say).cycle();
    bencher
        .with_inputs(|| requests.next().map_or("", String::as_str))
        .bench_local_values(|text| understood(&understand, &inventory, black_box(text)));
}

const HELD_OUT: &str = include_str!("../tests/fixtures/understand/held-out.yaml");

#[derive(serde::Deserialize)]
struct Group {
    say: Vec<String>,
}

fn among_200() -> (Understand, Inventory) {
    let playbooks = Playbooks::load(&[]).unwrap_or_else(|failure| unreachable!("{failure}"));
    let mut inventory = sample::inventory();
    for n in inventory.items.len()..200 {
        let name = format!("service-{n}");
        inventory.items.push(sample::workload("todo", &name, &name, &[(&name, "x:1")]));
    }
    (Understand::new(Arc::new(playbooks)), inventory)
}

fn understood(understand: &Understand, inventory: &Inventory, text: &str) -> Option<Resolution> {
    match understand.first(text) {
        FirstReading::Understood { readings, .. } => Some(understand.resolve(&readings, inventory)),
        _ => None,
    }
}
