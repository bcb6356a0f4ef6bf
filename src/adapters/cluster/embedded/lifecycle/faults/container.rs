//! Faults of a workload's own container.

use serde_json::{Value, json};

use super::super::{images::Image, program::Program, values};
use super::{Break, TEMPLATE};
use crate::domain::failure::Failure;

pub(super) fn image_pull(broken: &mut Break) -> Result<String, Failure> {
    let image = values::text(broken.container(), "/image").to_owned();
    let parsed = Image::parse(&image).map_err(|_| broken.cannot("has no image name to change"))?;
    let bare = image
        .strip_suffix(&format!(":{}", parsed.reference))
        .or(image.split('@').next())
        .unwrap_or(&image);
    let new = format!("{bare}:does-not-exist");
    broken.set(&["image"], json!(new));
    if values::text(broken.container(), "/imagePullPolicy") == "Never" {
        broken.set(&["imagePullPolicy"], json!("IfNotPresent"));
    }
    broken.done(format!("image {image} → {new}"))
}

pub(super) fn crash_loop(broken: &mut Break) -> Result<String, Failure> {
    broken.annotate("crash-loop");
    broken.done("the program now ends with exit code 1 right after its start".to_owned())
}

pub(super) fn slow_start(broken: &mut Break) -> Result<String, Failure> {
    broken.annotate("slow-start");
    broken.done("the program now takes 45 seconds until it answers".to_owned())
}

pub(super) fn missing_env(broken: &mut Break) -> Result<String, Failure> {
    let image = values::text(broken.container(), "/image").to_owned();
    let needs = Program::of_name(&image).needs();
    let Some(mut env) = broken.container().get("env").and_then(Value::as_array).cloned() else {
        return Err(broken.cannot("has no variables of its own to take away"));
    };
    let wanted = env.iter().map(values::name_of).find(|name| needs.contains(name)).map(str::to_owned);
    let Some(name) = wanted else {
        return Err(broken.cannot("has no variable that its program cannot do without"));
    };
    env.retain(|entry| values::name_of(entry) != name);
    broken.set(&["env"], Value::Array(env));
    broken.done(format!("variable {name} is gone"))
}

/// A probe that nothing answers.
fn failing_probe(container: &Value, known: &str) -> Value {
    let mut probe = container.get(known).cloned().unwrap_or_else(|| json!({ "periodSeconds": 5 }));
    for other in ["exec", "tcpSocket", "grpc"] {
        values::unset(&mut probe, "", other);
    }
    let port = probe
        .pointer("/httpGet/port")
        .or_else(|| container.pointer("/ports/0/containerPort"))
        .cloned()
        .unwrap_or(json!(8080));
    values::set(
        &mut probe,
        &["httpGet"],
        json!({ "path": "/does-not-exist", "port": port, "scheme": "HTTP" }),
    );
    for (field, value) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        if probe.get(field).is_none() {
            values::set(&mut probe, &[field], json!(value));
        }
    }
    probe
}

/// Programs that answer any path fail by the annotation, the others by the wrong path.
fn break_probe(broken: &mut Break, field: &str) {
    let probe = failing_probe(broken.container(), field);
    broken.set(&[field], probe);
    if Program::of_name(values::text(broken.container(), "/image")).status("/does-not-exist") < 400 {
        broken.annotate("bad-probe");
    }
}

pub(super) fn bad_probe(broken: &mut Break) -> Result<String, Failure> {
    break_probe(broken, "readinessProbe");
    broken.done("readiness probe asks for /does-not-exist".to_owned())
}

pub(super) fn bad_liveness(broken: &mut Break) -> Result<String, Failure> {
    break_probe(broken, "livenessProbe");
    broken.done("liveness probe asks for /does-not-exist".to_owned())
}

pub(super) fn oom(broken: &mut Break) -> Result<String, Failure> {
    broken.set(&["resources", "limits", "memory"], json!("16Mi"));
    broken.set(&["resources", "requests", "memory"], json!("16Mi"));
    if Program::of_name(values::text(broken.container(), "/image")).memory() < 16 * 1024 * 1024 {
        broken.annotate("oom");
    }
    broken.done("memory limit → 16Mi".to_owned())
}

pub(super) fn unschedulable(broken: &mut Break) -> Result<String, Failure> {
    broken.set(&["resources", "requests", "cpu"], json!("16"));
    values::unset(&mut broken.object, &format!("{TEMPLATE}/resources/limits"), "cpu");
    broken.done("CPU request → 16".to_owned())
}

pub(super) fn stuck_rollout(broken: &mut Break) -> Result<String, Failure> {
    if broken.at.0 != "Deployment" {
        return Err(broken.cannot("has no rollout with a deadline: only a deployment has"));
    }
    break_probe(broken, "readinessProbe");
    values::set(&mut broken.object, &["spec", "progressDeadlineSeconds"], json!(15));
    broken.done("a new version whose readiness probe asks for /does-not-exist; the rollout gives up after 15 seconds".to_owned())
}
