//! Every playbook does its work on the embedded cluster, and what it promises comes true there.

use std::collections::BTreeSet;

use serde_json::Value;
use todo_agent::fallbacks::Playbooks;

use crate::run::Home;

/// A playbook, a request for it, and whether it changes something.
const REQUESTS: &[(&str, &str, bool)] = &[
    ("overview", "overview", false),
    ("list", "list services", false),
    ("watch-object", "watch the frontend", false),
    ("watch", "watch services", false),
    ("describe", "describe the backend", false),
    ("logs", "last 5 log lines of the frontend", false),
    ("events", "show events", false),
    ("health", "is my app healthy?", false),
    ("diagnose", "why is the backend failing?", false),
    ("rollout-status", "rollout status of the backend", false),
    ("scale", "scale backend to 3", true),
    ("scale", "one replica less of the backend", true),
    ("restart", "restart the frontend", true),
    ("set-image", "set image of backend to todo-backend:v2", true),
    ("set-env", "set LOG_LEVEL=debug on frontend", true),
    ("set-data", "set LOG_LEVEL=debug in configmap todo-config", true),
    ("readers", "who uses configmap todo-config", false),
    ("rollout-history", "rollout history of frontend", false),
    ("rollout-undo", "roll back the frontend", true),
    ("rollout-pause", "pause the rollout of the frontend", true),
    ("rollout-resume", "resume the rollout of the frontend", true),
    ("set-resources", "set the memory limit of frontend to 300Mi", true),
    ("label", "label frontend tier=web", true),
    ("annotate", "annotate frontend owner=team-a", true),
    ("create-namespace", "create namespace staging", true),
    (
        "create-deployment",
        "create deployment web2 with image nginx:1.27 and 2 replicas",
        true,
    ),
    ("create-configmap", "create configmap flags with FEATURE_X=on", true),
    ("create-secret", "create secret app-env from app.env", true),
    ("expose", "expose frontend on port 80 named public-web", true),
    ("autoscale", "autoscale the frontend between 2 and 3", true),
    ("delete", "delete service public-web", true),
    ("diff", "diff flags.yaml", false),
    ("apply", "apply flags.yaml", true),
    ("contexts", "list contexts", false),
    ("sizing", "optimize resource allocation", false),
    ("wait", "wait until the frontend is ready", false),
    ("manifest", "show the yaml of the frontend", false),
    ("who-can", "who can delete pods", false),
    ("placement", "which node does the backend run on", false),
    ("explain", "explain deployment.spec.replicas", false),
    ("can-i", "kubectl auth can-i delete pods", false),
    ("helm-list", "helm list", false),
];

/// Playbooks that ask for what the embedded cluster does not have, and what they say then.
const NOT_HERE: [(&str, &str, &str); 5] = [
    (
        "top",
        "top pods",
        "the cluster does not measure cpu and memory: it has no metrics API (metrics.k8s.io)",
    ),
    (
        "helm-status",
        "helm status todo",
        "there is no Helm release \"todo\" in namespace default",
    ),
    (
        "helm-rollback",
        "helm rollback todo",
        "there is no Helm release \"todo\" in namespace default",
    ),
    (
        "helm-history",
        "helm history todo",
        "there is no Helm release \"todo\" in namespace default",
    ),
    (
        "helm-values",
        "helm get values todo",
        "there is no Helm release \"todo\" in namespace default",
    ),
];

/// Nothing listens in pods that are simulated.
const REFUSED: (&str, &str, &str) = (
    "port-forward",
    "port-forward the backend",
    "deployment/todo-backend cannot be reached by a port: the embedded cluster is a simulation, no program runs in its pods",
);

#[test]
fn what_is_not_there_is_told() {
    let home = Home::new();
    let refused = answer(&home, REFUSED.1);
    assert_eq!(
        (&refused["exit_code"], &refused["failure"]["what"]),
        (&Value::from(3), &Value::from(REFUSED.2))
    );
    for (playbook, request, told) in NOT_HERE {
        let answer = answer(&home, request);
        assert_eq!(
            (&answer["exit_code"], &answer["failure"]["what"]),
            (&Value::from(1), &Value::from(told)),
            "{playbook}"
        );
    }
}

fn answer(home: &Home, request: &str) -> Value {
    // What is watched ends with its time.
    let most = if request.starts_with("watch") { "1" } else { "120" };
    let seen = home.run(&[request, "--yes", "--timeout", most, "--output", "json"]);
    serde_json::from_str(&seen.out).unwrap_or_else(|error| panic!("{request}: {error}\n{}{}", seen.out, seen.err))
}

#[test]
fn every_playbook_makes_its_own_post_conditions_true() {
    let home = Home::new();
    home.write("app.env", "GREETING=good morning\n");
    home.write(
        "flags.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more-flags}\ndata: {SEARCH: \"on\"}\n",
    );
    for (playbook, request, changes) in REQUESTS.iter().copied() {
        let answer = answer(&home, request);
        let told = (&answer["exit_code"], &answer["changed"], &answer["verified"], &answer["simulated"]);
        // What is waited for is observed, and changes nothing.
        let verified = changes || playbook == "wait";
        let expected = (&Value::from(0), &Value::from(changes), &Value::from(verified), &Value::from(true));
        assert_eq!(told, expected, "{playbook}: {request}\n{answer:#}");
    }
}

#[test]
fn no_playbook_is_left_out() {
    let known: BTreeSet<String> = Playbooks::load(&[]).unwrap().iter().map(|playbook| playbook.name.clone()).collect();
    let run = REQUESTS.iter().map(|(playbook, ..)| *playbook);
    let run: BTreeSet<String> = run
        .chain(NOT_HERE.iter().map(|(playbook, ..)| *playbook))
        .chain([REFUSED.0])
        .map(str::to_owned)
        .collect();
    assert_eq!(run, known);
}
