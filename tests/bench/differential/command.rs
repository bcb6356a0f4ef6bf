//! kubectl and helm, as a user runs them.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::http;
use super::run::Run;
use super::step::Step;
use crate::ground;

/// A command that takes longer than this has failed.
const LONGEST: u64 = 120;

/// How long a command has to begin, and to see each thing that happens meanwhile.
const BEGUN: Duration = Duration::from_millis(2500);

pub async fn run(run: &Run<'_>, step: &Step) -> Value {
    for (name, text) in &step.files {
        let path = run.work.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, run.filled(text)).unwrap();
    }
    let (program, line) = match (&step.kubectl, &step.helm) {
        (Some(line), _) => (run.family.kubectl.as_str(), line),
        (_, Some(line)) => (run.family.helm.as_str(), line),
        _ => return Value::Null,
    };
    let line = run
        .filled(line)
        .replace("{chart}", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/differential/chart"));
    let mut command = tokio::process::Command::new(program);
    command
        // Before the line: what follows a `--` is the pod's own.
        .args(
            step.kubectl
                .is_some()
                .then_some(["--namespace", &run.namespace])
                .into_iter()
                .flatten(),
        )
        .args(words(&line))
        .env_clear()
        .env("PATH", ground::path())
        .env("HOME", &run.work)
        .env("KUBECONFIG", &run.side.kubeconfig)
        .env("HELM_NAMESPACE", &run.namespace)
        .envs(&step.env)
        .current_dir(&run.work)
        .stdin(if step.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), &step.stdin) {
        use tokio::io::AsyncWriteExt as _;
        let _ = stdin.write_all(run.filled(text).as_bytes()).await;
    }
    tokio::join!(finished(child, step), meanwhile(run, step)).0
}

/// What happens while a command is running: a watch must have begun before there is something to see.
async fn meanwhile(run: &Run<'_>, step: &Step) {
    for (method, path, body) in step.meanwhile.iter().map(|call| call.read()) {
        tokio::time::sleep(BEGUN).await;
        http::plain(run.side, method, &run.filled(path), body.map(|body| run.filled_value(&body))).await;
    }
}

async fn finished(mut child: tokio::process::Child, step: &Step) -> Value {
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let read = async {
        use tokio::io::AsyncReadExt as _;
        let (mut text, mut errors) = (Vec::new(), Vec::new());
        let waiting = async { tokio::join!(out.read_to_end(&mut text), out_of(&mut err, &mut errors)) };
        let longest = Duration::from_secs(step.seconds.unwrap_or(LONGEST));
        let ended = tokio::time::timeout(longest, waiting).await.is_ok();
        (text, errors, ended)
    };
    let (text, errors, ended) = read.await;
    let code = if ended {
        child.wait().await.unwrap().code().map_or_else(|| "signal".into(), Value::from)
    } else {
        "still running".into()
    };
    json!({ "code": code, "out": String::from_utf8_lossy(&text), "err": String::from_utf8_lossy(&errors) })
}

async fn out_of(stream: &mut tokio::process::ChildStderr, into: &mut Vec<u8>) {
    use tokio::io::AsyncReadExt as _;
    let _ = stream.read_to_end(into).await;
}

/// Words as a shell would part them: quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(open)) if letter == open => quote = None,
            (' ' | '\n', None) => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
