//! kubectl-ai's stand-in on a path of its own, doing what a script says.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::Command,
};

use serde_json::{Value, json};

use crate::run::{Home, Seen};

/// The key of its model. It must be seen nowhere.
pub const KEY: &str = "abc-123-key-of-mine";

/// From now on this program on the path is this script.
pub fn program(home: &Home, name: &str, script: &str) {
    let file = home.path().join("bin").join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    // It may be the double, which is not to be written over.
    let _ = fs::remove_file(&file);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The example program that acts. It is built with the tests, and not when a single test file is asked for.
pub fn double() -> PathBuf {
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_todo-agent"));
    let double = bin.parent().unwrap().join("examples/kubectl_ai_double");
    assert!(double.exists(), "first: cargo build --example kubectl_ai_double");
    double
}

/// From now on the tool does this.
pub fn acts(home: &Home, acts: &Value) {
    let bin = home.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("acts.json"), acts.to_string()).unwrap();
    let _ = fs::remove_file(bin.join("kubectl-ai"));
    symlink(double(), bin.join("kubectl-ai")).unwrap();
    for name in ["kubectl", "bash"] {
        program(home, name, "");
    }
}

/// What stands on the path under its name does this instead.
pub fn is(home: &Home, script: &str) {
    acts(home, &json!([]));
    program(home, "kubectl-ai", script);
}

/// From now on this program is a snap, as far as its file tells.
pub fn as_a_snap(home: &Home, name: &str) {
    program(home, "snap", "");
    let file = home.path().join("bin").join(name);
    fs::remove_file(&file).unwrap();
    symlink(file.with_file_name("snap"), file).unwrap();
}

pub fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command(args);
    command
        .env("PATH", home.path().join("bin"))
        .env("GEMINI_API_KEY", KEY)
        .env("DATABASE_URL", "postgres://me:hunter2hunter@db.example/todo");
    command
}

pub fn run(home: &Home, args: &[&str]) -> Seen {
    home.finish(command(home, args), None)
}

/// A command of the tool that is one call.
pub fn call(command: &str, method: &str, path: &str, body: &Value) -> Value {
    let kind = (method == "PATCH").then_some("application/merge-patch+json");
    json!({"run": {"command": command, "calls": [{"method": method, "path": path, "kind": kind, "body": body}]}})
}

/// The way kubectl scales.
pub fn scale(replicas: u32) -> Value {
    call(
        &format!("kubectl scale deployment todo-backend --replicas={replicas}"),
        "PATCH",
        "/apis/apps/v1/namespaces/default/deployments/todo-backend/scale",
        &json!({"spec": {"replicas": replicas}}),
    )
}

/// The text of all records of this home.
pub fn records(home: &Home) -> String {
    let dir = home.state().join("transcripts");
    let mut all = String::new();
    for record in fs::read_dir(dir).unwrap() {
        all.push_str(&fs::read_to_string(record.unwrap().path().join("events.jsonl")).unwrap());
    }
    all
}
