//! How an API server bears a bounded load: `cargo run --release --example load -- KUBECONFIG [CONTEXT]`.
//!
//! Prints requests a second, median and 99th percentile of get, list of 1,000, patch, and of the way of a change to 100
//! watchers. Works in a namespace of its own, `load`, and removes it. Refuses a server that is not on loopback.

// A figure that nobody sees is none.
#![allow(clippy::print_stdout)]

use std::{
    error::Error,
    future::Future,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, Client, Config, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchParams},
    config::{KubeConfigOptions, Kubeconfig},
    core::WatchEvent,
};
use serde_json::json;
use todo_agent::adapters::cluster::install_crypto;
use tokio::sync::mpsc;

const OBJECTS: usize = 1000;
const WATCHERS: usize = 100;
const CHANGES: usize = 20;
const AT_ONCE: usize = 8;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("give a kubeconfig")?;
    install_crypto();
    let options = KubeConfigOptions {
        context: arguments.next(),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(Kubeconfig::read_from(&file)?, &options).await?;
    let host = config.cluster_url.host().unwrap_or_default();
    if !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return Err(format!("{host} is not on loopback: a load is sent nowhere else").into());
    }
    let client = Client::try_from(config)?;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": "load"}}))?;
    namespaces.create(&PostParams::default(), &namespace).await?;
    let result = measure(Api::namespaced(client, "load")).await;
    namespaces.delete("load", &DeleteParams::default()).await?;
    result
}

async fn measure(objects: Api<ConfigMap>) -> Result<(), Failure> {
    let objects = &objects;
    report("create", OBJECTS, AT_ONCE, |n| async move {
        let object: ConfigMap = serde_json::from_value(json!({
            "metadata": {"name": name(n), "labels": {"app": "load"}},
            "data": {"text": "x".repeat(200)},
        }))?;
        objects.create(&PostParams::default(), &object).await?;
        Ok(())
    })
    .await?;
    report("get", 2000, AT_ONCE, |n| async move {
        objects.get(&name(n % OBJECTS)).await?;
        Ok(())
    })
    .await?;
    report("list of 1,000", 100, 4, |_| async move {
        let list = objects.list(&ListParams::default().labels("app=load")).await?;
        (list.items.len() == OBJECTS)
            .then_some(())
            .ok_or_else(|| format!("{} of {OBJECTS} objects listed", list.items.len()).into())
    })
    .await?;
    report("patch", 1000, AT_ONCE, |n| async move {
        let patch = Patch::Merge(json!({"data": {"n": n.to_string()}}));
        objects.patch(&name(n % OBJECTS), &PatchParams::default(), &patch).await?;
        Ok(())
    })
    .await?;
    fan_out(objects).await
}

/// The way of a change to every watcher, from before it is sent.
async fn fan_out(objects: &Api<ConfigMap>) -> Result<(), Failure> {
    let version = objects
        .list(&ListParams::default().limit(1))
        .await?
        .metadata
        .resource_version
        .unwrap_or_default();
    let (sender, mut seen) = mpsc::unbounded_channel();
    let mut watchers = Vec::new();
    for _ in 0..WATCHERS {
        let mut events = objects.watch(&WatchParams::default(), &version).await?.boxed();
        let sender = sender.clone();
        watchers.push(tokio::spawn(async move {
            while let Ok(Some(event)) = events.try_next().await {
                if matches!(event, WatchEvent::Modified(_)) && sender.send(Instant::now()).is_err() {
                    break;
                }
            }
        }));
    }
    let begun = Instant::now();
    let mut took = Vec::new();
    for n in 0..CHANGES {
        let sent = Instant::now();
        let patch = Patch::Merge(json!({"data": {"fan": n.to_string()}}));
        let changed = objects.patch(&name(n), &PatchParams::default(), &patch).await?;
        for _ in 0..WATCHERS {
            let arrived = tokio::time::timeout(Duration::from_secs(10), seen.recv())
                .await
                .map_err(|_| format!("a watcher did not see the change of {} in 10 s", changed.name_any()))?;
            took.extend(arrived.map(|arrived| arrived.duration_since(sent)));
        }
    }
    print("watch, change to 100 watchers", begun.elapsed(), took);
    watchers.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

fn name(n: usize) -> String {
    format!("object-{n:04}")
}

/// Makes `count` requests, `at_once` at a time.
async fn report<F>(what: &str, count: usize, at_once: usize, request: impl Fn(usize) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let begun = Instant::now();
    let took = stream::iter(0..count)
        .map(|n| {
            let request = request(n);
            async move {
                let sent = Instant::now();
                request.await.map(|()| sent.elapsed())
            }
        })
        .buffer_unordered(at_once)
        .try_collect()
        .await?;
    print(what, begun.elapsed(), took);
    Ok(())
}

fn print(what: &str, whole: Duration, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |part: f64| {
        took.get(((took.len() - 1) as f64 * part) as usize)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1000.0
    };
    println!(
        "{what:<30} {:>8.0} /s   median {:>7.2} ms   p99 {:>7.2} ms   ({} measured)",
        took.len() as f64 / whole.as_secs_f64(),
        at(0.5),
        at(0.99),
        took.len()
    );
}
