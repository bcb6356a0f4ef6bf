//! Helm releases, read from the records that helm keeps in the cluster.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::run::{Home, seen};

const SIMULATED: &str = "Embedded cluster, simulated: nothing real is touched.\n";

/// The record of one revision, packed as helm packs it.
fn record(revision: u32, status: &str, minute: u32) -> String {
    packed(revision, status, minute, "")
}

fn packed(revision: u32, status: &str, minute: u32, manifest: &str) -> String {
    let release = json!({
        "name": "todo",
        "namespace": "default",
        "version": revision,
        "info": {"status": status, "last_deployed": format!("2026-01-02T03:0{minute}:05.123456789Z"), "description": "Upgrade complete"},
        "chart": {"metadata": {"name": "todo-app", "version": "0.1.0", "appVersion": "1.4"}},
        "config": {"backend": {"replicas": 2}, "secrets": {"cohereApiKey": "correct-horse-battery"}},
        "manifest": manifest,
        "hooks": [{"name": "migrate", "kind": "Job", "events": ["pre-upgrade", "post-rollback"]}],
    });
    let mut zip = GzEncoder::new(Vec::new(), Compression::default());
    zip.write_all(release.to_string().as_bytes()).unwrap();
    let packed = STANDARD.encode(STANDARD.encode(zip.finish().unwrap()));
    let labels = format!("{{owner: helm, name: todo, status: {status}, version: \"{revision}\"}}");
    format!(
        "apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\nmetadata: {{name: sh.helm.release.v1.todo.v{revision}, labels: {labels}}}\ndata: {{release: {packed}}}\n---\n"
    )
}

#[test]
fn releases_are_told_without_helm() {
    let home = Home::new();
    home.write("records.yaml", &[record(1, "superseded", 1), record(2, "deployed", 2)].concat());
    assert_eq!(home.run(&["-y", "apply records.yaml"]).code, 0);
    let told = |request: &str, out: &str| assert_eq!(home.run(&[request]), seen(0, out, SIMULATED), "{request}");
    told(
        "helm list",
        "NAME   NAMESPACE   REVISION   STATE      CHART            UPDATED                APP VERSION\ntodo   default     2          deployed   todo-app-0.1.0   TIME   1.4\n",
    );
    told(
        "helm history todo",
        "REVISION   STATE        CHART            UPDATED                DESCRIPTION\n2          deployed     todo-app-0.1.0   TIME   Upgrade complete\n1          superseded   todo-app-0.1.0   TIME   Upgrade complete\n",
    );
    told(
        "helm status todo",
        "release/todo                                          embedded · default\n\n  Status       deployed\n  Revision     2\n  Chart        todo-app-0.1.0\n  App version  1.4\n  Updated      TIME\n  Description  Upgrade complete\n",
    );
    told(
        "helm get values todo",
        "release/todo                                          embedded · default\n\n  backend.replicas      2\n  secrets.cohereApiKey  •••\n",
    );
}

#[test]
fn what_helm_alone_can_do_is_said_to_be_helms() {
    let home = Home::new();
    for (request, told) in [
        (
            "helm upgrade todo ./chart --reuse-values",
            "Releases are listed, told and rolled back here; `helm upgrade` is helm's own work (https://helm.sh/docs/intro/install), run it as it is.",
        ),
        (
            "helm rollback todo 1 soon",
            "`helm rollback` takes a release and the number of a revision",
        ),
        ("helm rollback todo 1 --force", "The flag --force is not known for this command"),
    ] {
        let refused = home.run(&[request]);
        assert_eq!(refused.code, 2, "{}", refused.err);
        let words = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(told), "{}", refused.err);
    }
}

#[cfg(unix)]
mod rollback;
