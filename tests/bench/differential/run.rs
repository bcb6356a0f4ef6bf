//! Runs families on both sides and compares step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::command;
use super::compare::{Difference, differences};
use super::family::Family;
use super::http;
use super::normal::Normal;
use super::side::{Side, Sides};
use super::step::Step;

/// What came of one family.
#[derive(Debug)]
pub struct Outcome {
    pub family: String,
    pub calls: Vec<Call>,
}

#[derive(Debug)]
pub struct Call {
    pub label: String,
    pub differences: Vec<Difference>,
}

/// One family on one side.
pub struct Run<'s> {
    pub side: &'s Side,
    pub namespace: String,
    pub work: PathBuf,
    pub family: &'s Family,
    kept: BTreeMap<String, Value>,
}

pub async fn all(sides: &Sides, families: &[Family], at_once: usize) -> Vec<Outcome> {
    let words = &(words(&sides.embedded).await, words(&sides.real).await);
    futures_util::stream::iter(families)
        .map(|family| async move {
            let start = std::time::Instant::now();
            let outcome = one(sides, family, words).await;
            println!(
                "{}: {} compared in {:.1} s",
                family.name,
                outcome.calls.len(),
                start.elapsed().as_secs_f32()
            );
            outcome
        })
        .buffered(at_once)
        .collect()
        .await
}

type Words = Vec<(String, String)>;

/// Of this process: several comparisons run in it at once.
static NAMESPACES: AtomicUsize = AtomicUsize::new(0);

async fn one(sides: &Sides, family: &Family, words: &(Words, Words)) -> Outcome {
    let number = NAMESPACES.fetch_add(1, Ordering::Relaxed);
    let namespace = format!("diff-{number}-{}", std::process::id());
    let (embedded, real) = tokio::join!(
        answers(&sides.embedded, family, &namespace),
        answers(&sides.real, family, &namespace)
    );
    let own = (namespace, "NAMESPACE".to_owned());
    let normal = |words: &Words| Normal::new([own.clone()].into_iter().chain(words.iter().cloned()).collect());
    let (mut ours, mut theirs) = (normal(&words.0), normal(&words.1));
    let calls = family
        .steps
        .iter()
        .zip(embedded.into_iter().zip(real))
        .filter_map(|(step, (embedded, real))| {
            let (embedded, real) = (embedded?, real?);
            (!step.quiet).then(|| Call {
                label: step.label(),
                differences: differences(&tidy(step, &mut ours, &embedded), &tidy(step, &mut theirs, &real)),
            })
        })
        .collect();
    Outcome {
        family: family.name.clone(),
        calls,
    }
}

fn tidy(step: &Step, normal: &mut Normal, answer: &Value) -> Value {
    if step.call.is_some() {
        return normal.value(answer);
    }
    let mut lines = |stream: &str| {
        let text = normal.shown(answer[stream].as_str().unwrap_or_default());
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if step.sorted {
            lines.sort();
        }
        if step.last {
            lines.drain(..lines.len().saturating_sub(1));
        }
        lines
    };
    json!({ "code": answer["code"], "out": lines("out"), "err": lines("err") })
}

async fn answers(side: &Side, family: &Family, namespace: &str) -> Vec<Option<Value>> {
    let work = side.work.join(namespace);
    std::fs::create_dir_all(&work).unwrap();
    let mut run = Run {
        side,
        namespace: namespace.to_owned(),
        work,
        family,
        kept: BTreeMap::new(),
    };
    if !family.bare {
        run.namespace_is_made().await;
    }
    let mut answers = Vec::new();
    for step in &family.steps {
        answers.push(run.step(step).await);
    }
    run.let_go().await;
    let _ = http::plain(side, "DELETE", &format!("/api/v1/namespaces/{namespace}"), None).await;
    answers
}

impl Run<'_> {
    async fn step(&mut self, step: &Step) -> Option<Value> {
        if let Some(address) = &step.settle {
            http::settled(self.side, &self.filled(address)).await;
        }
        if let Some(until) = &step.until {
            http::until(self, until).await;
        }
        let answer = if let Some(call) = &step.call {
            http::sent(self, call, step).await
        } else if step.kubectl.is_some() || step.helm.is_some() {
            command::run(self, step).await
        } else {
            return None;
        };
        if let Some(name) = &step.keep {
            self.kept.insert(name.clone(), answer["body"].clone());
        }
        Some(answer)
    }

    /// Text with the namespace and parts of earlier answers filled in.
    pub fn filled(&self, text: &str) -> String {
        let mut text = text.replace("{ns}", &self.namespace);
        while let Some((before, rest)) = text.split_once("${") {
            let (name, after) = rest.split_once('}').unwrap();
            let (name, pointer) = name.split_once(':').unwrap_or((name, ""));
            let part = self.kept.get(name).and_then(|kept| kept.pointer(pointer));
            let part = part.map_or_else(
                || "MISSING".to_owned(),
                |part| part.as_str().map_or_else(|| part.to_string(), str::to_owned),
            );
            text = format!("{before}{part}{after}");
        }
        text
    }

    pub fn filled_value(&self, value: &Value) -> Value {
        match value {
            // A whole part of an earlier answer keeps its type.
            Value::String(text) if text.starts_with("$${") => {
                let (name, pointer) = text.trim_start_matches("$${").trim_end_matches('}').split_once(':').unwrap();
                self.kept
                    .get(name)
                    .and_then(|kept| kept.pointer(pointer))
                    .cloned()
                    .unwrap_or_default()
            }
            Value::String(text) => self.filled(text).into(),
            Value::Array(items) => items.iter().map(|item| self.filled_value(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(name, value)| (self.filled(name), self.filled_value(value)))
                .collect(),
            other => other.clone(),
        }
    }

    /// What the calls made and held with finalizers would stay for ever, and with it its namespace; what is in no namespace
    /// stays without being held.
    async fn let_go(&self) {
        let calls = self.family.steps.iter().filter_map(|step| step.call.as_deref());
        let collections: BTreeSet<&str> = calls
            .filter_map(|call| call.strip_prefix("POST "))
            .map(|address| address.split('?').next().unwrap_or_default())
            .collect();
        for collection in collections {
            let address = self.filled(collection);
            let listed = http::plain(self.side, "GET", &address, None).await;
            let body = &listed["body"];
            let kind = body["kind"].as_str().unwrap_or_default().trim_end_matches("List");
            for item in body["items"].as_array().into_iter().flatten() {
                let name = item["metadata"]["name"].as_str().unwrap_or_default();
                let is_bare = item["metadata"]["namespace"].is_null();
                if is_bare && !name.starts_with(&self.namespace) {
                    continue;
                }
                let one = format!("{address}/{name}");
                if item["metadata"]["finalizers"].is_array() {
                    let mut free = item.clone();
                    free["apiVersion"] = body["apiVersion"].clone();
                    free["kind"] = kind.into();
                    free["metadata"].as_object_mut().unwrap().remove("finalizers");
                    http::plain(self.side, "PUT", &one, Some(free)).await;
                }
                if is_bare {
                    http::plain(self.side, "DELETE", &one, None).await;
                }
            }
        }
    }

    /// With what the controllers of a new namespace put into it.
    async fn namespace_is_made(&self) {
        let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": self.namespace } });
        http::plain(self.side, "POST", "/api/v1/namespaces", Some(body)).await;
        let namespace = &self.namespace;
        for address in [
            format!("/api/v1/namespaces/{namespace}/serviceaccounts/default"),
            format!("/api/v1/namespaces/{namespace}/configmaps/kube-root-ca.crt"),
        ] {
            http::appears(self.side, &address).await;
        }
    }
}

/// What the embedded cluster alone says otherwise than its steps tell.
pub async fn alone(sides: &Sides, family: &Family) -> Vec<String> {
    let namespace = format!("alone-{}", std::process::id());
    let answers = answers(&sides.embedded, family, &namespace).await;
    let mut wrong = Vec::new();
    for (step, answer) in family.steps.iter().zip(answers) {
        let (Some(says), Some(answer)) = (&step.says, answer) else {
            continue;
        };
        let said = format!(
            "{}{}",
            answer["out"].as_str().unwrap_or_default(),
            answer["err"].as_str().unwrap_or_default()
        );
        if answer["code"] != 1 || said.trim_end() != says {
            wrong.push(format!("{}: code {}, {said}", step.label(), answer["code"]));
        }
    }
    wrong
}

/// What has another name on each side.
async fn words(side: &Side) -> Words {
    let nodes = http::plain(side, "GET", "/api/v1/nodes", None).await;
    let named = |node: &Value| node.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
    let nodes = nodes["body"]["items"].as_array().into_iter().flatten().filter_map(named);
    let config = std::fs::read_to_string(&side.kubeconfig).unwrap();
    let server = config
        .split("https://")
        .nth(1)
        .and_then(|rest| rest.split(['\n', '"']).next())
        .unwrap_or_default();
    [(side.work.display().to_string(), "WORK"), (server.trim().to_owned(), "SERVER")]
        .into_iter()
        .chain(nodes.map(|node| (node, "NODE")))
        .filter(|(word, _)| !word.is_empty())
        .map(|(word, by)| (word, by.to_owned()))
        .collect()
}
