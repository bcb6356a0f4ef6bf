//! What `docs/output-schema.md` promises and what the binary prints are the same, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    run::{Home, Seen},
    wire,
};

const DOC: &str = include_str!("../../docs/output-schema.md");

/// One field of a type.
struct Field {
    /// Each of these may stand there.
    types: Vec<String>,
    optional: bool,
}

/// The tables of the page, and which of their fields were seen.
struct Schema {
    types: BTreeMap<String, BTreeMap<String, Field>>,
    seen: BTreeSet<(String, String)>,
    wrong: BTreeSet<String>,
}

impl Schema {
    fn read() -> Self {
        let mut types: BTreeMap<String, BTreeMap<String, Field>> = BTreeMap::new();
        let mut name = String::new();
        for line in DOC.lines() {
            if let Some(heading) = line.strip_prefix("### ") {
                heading.clone_into(&mut name);
            }
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, field, of, _, ..] = cells.as_slice() else { continue };
            let Some(field) = field.strip_prefix('`').and_then(|field| field.strip_suffix('`')) else {
                continue;
            };
            let plain = of.strip_suffix(", optional");
            let field_of = Field {
                types: plain.unwrap_or(of).split(" or ").map(str::to_owned).collect(),
                optional: plain.is_some(),
            };
            types.entry(name.clone()).or_default().insert(field.to_owned(), field_of);
        }
        assert!(types.len() > 30, "the page has lost its tables");
        Self {
            types,
            seen: BTreeSet::new(),
            wrong: BTreeSet::new(),
        }
    }

    fn fits(&mut self, of: &str, value: &Value, at: &str) -> bool {
        match (of, value) {
            ("any", _) | ("null", Value::Null) | ("bool", Value::Bool(_)) | ("number", Value::Number(_)) | ("string", Value::String(_)) => {
                true
            }
            (_, Value::Array(items)) if of.starts_with("list of ") => {
                let of = &of["list of ".len()..];
                items.iter().for_each(|item| self.check(&[of.to_owned()], item, at));
                true
            }
            (_, Value::Object(map)) if of.starts_with("map of ") => {
                let of = &of["map of ".len()..];
                map.values().for_each(|item| self.check(&[of.to_owned()], item, at));
                true
            }
            (_, Value::Object(map)) if self.types.contains_key(of) => {
                let known: Vec<(String, Vec<String>, bool)> = self.types[of]
                    .iter()
                    .map(|(name, field)| (name.clone(), field.types.clone(), field.optional))
                    .collect();
                for name in map.keys().filter(|name| !known.iter().any(|(known, ..)| known == *name)) {
                    self.wrong.insert(format!("{of} has a field {name} that is not on the page ({at})"));
                }
                for (name, types, optional) in known {
                    match map.get(&name) {
                        Some(value) => {
                            self.seen.insert((of.to_owned(), name.clone()));
                            self.check(&types, value, &format!("{at}.{name}"));
                        }
                        None if optional => {}
                        None => {
                            self.wrong.insert(format!("{of} lacks {name} ({at})"));
                        }
                    }
                }
                true
            }
            _ => false,
        }
    }

    fn check(&mut self, types: &[String], value: &Value, at: &str) {
        let fits = types.iter().any(|of| self.fits(of, value, at));
        if !fits {
            let shown: String = value.to_string().chars().take(80).collect();
            self.wrong.insert(format!("{at} is no {}: {shown}", types.join(" or ")));
        }
    }

    fn document(&mut self, of: &str, seen: &Seen) {
        let document: Value = serde_json::from_str(&seen.out).unwrap_or_else(|error| panic!("{error}: {seen:?}"));
        assert_eq!(seen.err, "", "{seen:?}");
        self.check(&[of.to_owned()], &document, of);
    }
}

#[test]
fn the_page_says_what_is_printed() {
    let mut schema = Schema::read();
    let home = Home::new();
    let json = |args: &[&str]| home.run(&[args, &["--output", "json"]].concat());
    for request in [
        "overview",
        "list pods",
        "list pods in all namespaces",
        "list nodes",
        "describe the backend",
        "which image does the backend run",
        "describe secret todo-secrets",
        "logs of backend, last 2 lines",
        "any errors in the backend logs",
        "events of the backend",
        "is my app healthy?",
        "rollout status of the backend",
        "explain deployment.spec.replicas",
        "kubectl get pods --sort-by=.metadata.name",
        "scale it to 3",
        "scale backend to 3",
        "paint the moon green",
        "how would I scale the backend to 4?",
        "list pods --colour=blue",
        "describe deployment nothing-like-it",
    ] {
        schema.document("document", &json(&[request]));
    }
    schema.document("document", &json(&["-y", "scale backend to 3"]));
    schema.document("document", &json(&["--dry-run", "scale the server to 4"]));
    schema.document(
        "document",
        &json(&["-y", "set image of frontend to todo-frontend:nope", "--timeout", "1s"]),
    );
    schema.document("document", &json(&["why is the frontend failing?"]));
    schema.document("document", &json(&["watch services", "--timeout", "1s"]));
    schema.document("document", &json(&["-y", "undo"]));
    home.run(&["-y", "create deployment plain with image nginx:1.27"]);
    schema.document("document", &json(&["optimize resource allocation"]));
    home.write("script.txt", "list deployments\npaint the moon green\nlist pods\n");
    schema.document("script", &json(&["run", "script.txt"]));
    let talked = home.run_with(&["chat", "--output", "json"], "list deployments\n# nothing\npaint the moon green\n");
    schema.document("conversation", &talked);
    schema.document("failed", &json(&["playbooks", "scal"]));
    schema.document("doctor", &json(&["doctor"]));
    schema.document("playbook-list", &json(&["playbooks"]));
    schema.document("transcript-list", &json(&["transcript", "list"]));
    schema.document("transcript-show", &json(&["transcript", "show"]));
    let records = std::fs::read_dir(home.state().join("transcripts")).unwrap();
    let events = records.map(|record| record.unwrap().path().join("events.jsonl")).next().unwrap();
    let text = std::fs::read_to_string(&events).unwrap();
    std::fs::write(&events, text.replacen("requested", "requestad", 1)).unwrap();
    schema.document("transcript-check", &json(&["transcript", "check"]));
    for args in [
        &["cluster", "status"][..],
        &["cluster", "load", "nginx:1"],
        &["cluster", "break", "backend", "crash-loop"],
        &["cluster", "break", "backend", "--heal"],
        &["cluster", "reset", "-y"],
        &["cluster", "start"],
        &["cluster", "stop"],
    ] {
        schema.document("cluster-answer", &json(args));
    }
    home.write(
        ".todo-agent/fallbacks/ours.yaml",
        "intent: overview\nsummary: Ours\nrisk: read\nphrases: [how are we]\nsteps:\n  - overview: {}\n",
    );
    schema.document("trust-answer", &json(&["trust", "project"]));
    for line in home.run(&["-y", "restart the backend", "--output", "jsonl"]).out.lines() {
        schema.check(&["line".to_owned()], &serde_json::from_str(line).unwrap(), "line");
    }
    #[cfg(unix)]
    entrusted(&mut schema);
    // What only a real cluster can say: rights that are missing, a cluster to trust, a server in trouble.
    let (partly, server) = wire::home(|path| match path.contains("/services") {
        true => wire::Reply::Json(403, wire::status(403, "services is forbidden: no")),
        false => wire::cluster(path),
    });
    for (of, args) in [
        ("document", &["overview"][..]),
        ("document", &["is my app healthy?"]),
        ("trust-answer", &["trust", "cluster", "--context", "dev", "--yes"]),
        ("revoke-answer", &["trust", "cluster", "--revoke"]),
    ] {
        schema.document(of, &wire::run(&partly, &server, &[args, &["--output", "json"]].concat()));
    }
    let mut doctor = partly.command(&["doctor", "--output", "json"]);
    doctor
        .env("KUBECONFIG", partly.work().join("config.yaml"))
        .env("OPENAI_BASE_URL", "https://models.example/v1");
    // A program that is found, whatever it says.
    let program = if cfg!(windows) { "bin/helm.exe" } else { "bin/helm" };
    partly.write(program, "#!/bin/sh\n");
    #[cfg(unix)]
    std::fs::set_permissions(partly.work().join(program), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    doctor.env("PATH", partly.work().join("bin"));
    schema.document("doctor", &partly.finish(doctor, None));
    let (failing, server) = wire::home(|_| wire::Reply::Json(500, wire::status(500, "etcdserver: leader changed")));
    schema.document("document", &wire::run(&failing, &server, &["overview", "--output", "json"]));

    let documented: BTreeSet<(String, String)> = schema
        .types
        .iter()
        .flat_map(|(of, fields)| fields.keys().map(move |field| (of.clone(), field.clone())))
        .collect();
    let missing: Vec<_> = documented
        .difference(&schema.seen)
        .map(|(of, field)| format!("{of}.{field}"))
        .collect();
    // A rollout whose services may not be seen needs a workload on a real cluster; it is told as an overview's.
    let unmade = ["rollout.unseen", "answer.forward"];
    // A forward needs pods that listen: the sessions on a real cluster read its document.
    let listens = |field: &str| field.starts_with("forward.") || field.starts_with("forwarded.");
    let missing: Vec<_> = missing
        .iter()
        .filter(|field| !unmade.contains(&field.as_str()) && !listens(field))
        .collect();
    assert_eq!((&schema.wrong, missing), (&BTreeSet::new(), vec![]));
}

/// What an AI tool did, tried and said.
#[cfg(unix)]
fn entrusted(schema: &mut Schema) {
    use crate::double;
    let home = Home::new();
    double::acts(&home, &serde_json::json!([]));
    schema.document("doctor", &double::run(&home, &["doctor", "--output", "json"]));
    double::as_a_snap(&home, "kubectl");
    schema.document("doctor", &double::run(&home, &["doctor", "--output", "json"]));
    let pod = "/api/v1/namespaces/default/pods/x/exec?command=sh";
    let exec = double::call("kubectl exec x -- sh", "POST", pod, &Value::Null);
    double::acts(&home, &serde_json::json!([double::scale(5), exec, {"say": "Done."}]));
    schema.document("document", &double::run(&home, &["-y", "scale backend to 1", "--output", "json"]));
    let change = double::call(
        "kubectl annotate deployment todo-backend note=x",
        "PATCH",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend",
        &serde_json::json!({"metadata": {"annotations": {"note": "x"}}}),
    );
    double::acts(&home, &serde_json::json!([change]));
    let request = "kubectl-ai, make the backend remember that";
    schema.document("document", &double::run(&home, &["--dry-run", request, "--output", "json"]));
    double::acts(&home, &serde_json::json!([{"fail": "oh"}]));
    schema.document("document", &double::run(&home, &["-y", "scale backend to 2", "--output", "json"]));
}
