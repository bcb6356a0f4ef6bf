//! Faults to practise on: each changes objects as a person would by mistake, so that it is found and mended as in life.

use serde_json::{Value, json};

use super::super::world::{Key, World};
use super::images::Image;
use super::node::FAULT;
use super::program::Program;
use super::turn::{Turn, key};
use super::{selector, values};
use crate::domain::failure::{Failure, FailureKind};

/// A fault by its name, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub name: &'static str,
    pub summary: &'static str,
    apply: fn(&mut Break) -> Result<String, Failure>,
}

const fn fault(name: &'static str, summary: &'static str, apply: fn(&mut Break) -> Result<String, Failure>) -> Fault {
    Fault { name, summary, apply }
}

/// All faults.
pub const FAULTS: &[Fault] = &[
    fault("image-pull", "an image tag that does not exist", image_pull),
    fault("crash-loop", "the program ends with an error right after its start", crash_loop),
    fault(
        "missing-env",
        "a variable that the program needs is gone, so it ends with an error",
        missing_env,
    ),
    fault(
        "bad-probe",
        "the readiness probe asks for a path that the program does not know",
        bad_probe,
    ),
    fault(
        "bad-liveness",
        "the liveness probe fails, so that the container is restarted again and again",
        bad_liveness,
    ),
    fault("oom", "a memory limit that is too small: the container is killed", oom),
    fault("unschedulable", "a request for more CPU than the node has", unschedulable),
    fault("quota", "a quota on pods that leaves no room for a rollout", quota),
    fault("missing-config", "a ConfigMap that does not exist", missing_config),
    fault("missing-secret", "a Secret that does not exist", missing_secret),
    fault("missing-key", "a key that is not in the Secret or ConfigMap", missing_key),
    fault("wrong-selector", "the service's selector matches no pod", wrong_selector),
    fault(
        "unbound-volume",
        "a volume claim of a storage class that does not exist",
        unbound_volume,
    ),
    fault(
        "stuck-rollout",
        "a new version that never gets ready, and a deadline of 15 seconds",
        stuck_rollout,
    ),
    fault("slow-start", "the program takes 45 seconds until it answers", slow_start),
];

/// A workload that is being broken.
#[derive(Debug)]
struct Break<'a, 'w> {
    turn: &'a mut Turn<'w>,
    at: Key,
    object: Value,
}

const QUOTA: &str = "practice-quota";
const TEMPLATE: &str = "/spec/template/spec/containers/0";

/// Breaks a workload (`Deployment`, `StatefulSet`, `DaemonSet`; namespace; name). Returns what was changed, in one line. The
/// caller advances the world afterwards.
///
/// # Errors
/// No such fault or workload, or one that this fault cannot be made with.
pub fn apply(name: &str, workload: &Key, world: &mut World) -> Result<String, Failure> {
    let Some(fault) = FAULTS.iter().find(|fault| fault.name == name) else {
        let nearest = FAULTS
            .iter()
            .max_by(|one, other| strsim::jaro_winkler(one.name, name).total_cmp(&strsim::jaro_winkler(other.name, name)));
        let known: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        let failure = Failure::new(FailureKind::Usage, format!("there is no fault \"{name}\""));
        let failure = nearest.map_or(failure.clone(), |nearest| {
            failure.hint(format!("did you mean \"{}\"?", nearest.name))
        });
        return Err(failure.hint(format!("faults: {}", known.join(", "))));
    };
    let mut turn = Turn::idle(world);
    let Some(object) = turn.get_key(workload).cloned() else {
        return Err(no_workload(workload));
    };
    let mut broken = Break {
        turn: &mut turn,
        at: workload.clone(),
        object,
    };
    broken.remember(workload.clone());
    (fault.apply)(&mut broken)
}

fn no_workload((kind, namespace, name): &Key) -> Failure {
    Failure::new(
        FailureKind::NotFound,
        format!("there is no {} {name} in {namespace}", kind.to_lowercase()),
    )
}

/// Takes all faults of a workload back. Returns what was restored, nothing when there was no fault.
///
/// # Errors
/// No such workload.
pub fn heal(workload: &Key, world: &mut World) -> Result<Vec<String>, Failure> {
    let mut turn = Turn::idle(world);
    let Some(object) = turn.get_key(workload).cloned() else {
        return Err(no_workload(workload));
    };
    let mut healed = Vec::new();
    let services: Vec<Key> = turn.world.list("Service", Some(&workload.1)).map(key).collect();
    for at in std::iter::once(workload.clone()).chain(services) {
        let Some(spec) = turn
            .note(&at)
            .and_then(|note| note.get("before"))
            .cloned()
            .filter(|spec| !spec.is_null())
        else {
            continue;
        };
        let Some(mut found) = turn.get_key(&at).cloned() else { continue };
        if found.get("spec") != Some(&spec) {
            let mut spec = spec;
            // The number of replicas is the user's, not the fault's.
            if let Some(replicas) = found.pointer("/spec/replicas").cloned() {
                values::set(&mut spec, &["replicas"], replicas);
            }
            values::set(&mut found, &["spec"], spec);
            turn.put_spec(found);
            healed.push(format!("{}/{} is as it was", at.0.to_lowercase(), at.2));
        }
        turn.set_note(&at, json!({ "before": null }));
    }
    let extra = [
        ("ResourceQuota", QUOTA.to_owned()),
        ("PersistentVolumeClaim", claim_name(values::name(&object))),
    ];
    for (kind, name) in extra {
        let at = (kind.to_owned(), workload.1.clone(), name);
        let ours = turn.get_key(&at).is_some_and(|found| values::annotation(found, FAULT).is_some());
        if ours {
            turn.delete(&at);
            healed.push(format!("{}/{} is gone", at.0.to_lowercase(), at.2));
        }
    }
    Ok(healed)
}

impl Break<'_, '_> {
    /// Keeps an object's spec as it was before the first fault.
    fn remember(&mut self, at: Key) {
        let known = self
            .turn
            .note(&at)
            .and_then(|note| note.get("before"))
            .is_some_and(|before| !before.is_null());
        if let Some(spec) = self
            .turn
            .get_key(&at)
            .and_then(|object| object.get("spec"))
            .cloned()
            .filter(|_| !known)
        {
            self.turn.set_note(&at, json!({ "before": spec }));
        }
    }

    fn name(&self) -> &str {
        &self.at.2
    }

    /// `deployment/todo-backend`
    fn title(&self) -> String {
        format!("{}/{}", self.at.0.to_lowercase(), self.at.2)
    }

    fn container(&self) -> &Value {
        self.object.pointer(TEMPLATE).unwrap_or(&Value::Null)
    }

    /// Sets a field of the first container.
    fn set(&mut self, path: &[&str], value: Value) {
        if let Some(container) = self.object.pointer_mut(TEMPLATE) {
            values::set(container, path, value);
        }
    }

    fn push(&mut self, parent: &str, field: &str, value: Value) {
        let Some(parent) = self.object.pointer_mut(parent) else { return };
        let mut list = parent.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
        list.push(value);
        values::set(parent, &[field], Value::Array(list));
    }

    fn annotate(&mut self, fault: &str) {
        values::set(
            &mut self.object,
            &["spec", "template", "metadata", "annotations", FAULT],
            json!(fault),
        );
    }

    /// Writes the workload, and says what was done.
    fn done(&mut self, what: String) -> Result<String, Failure> {
        self.turn.put_spec(self.object.clone());
        Ok(format!("{}: {what}", self.title()))
    }

    fn cannot(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Usage, format!("{} {why}", self.title()))
    }
}

fn image_pull(broken: &mut Break) -> Result<String, Failure> {
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

fn crash_loop(broken: &mut Break) -> Result<String, Failure> {
    broken.annotate("crash-loop");
    broken.done("the program now ends with exit code 1 right after its start".to_owned())
}

fn slow_start(broken: &mut Break) -> Result<String, Failure> {
    broken.annotate("slow-start");
    broken.done("the program now takes 45 seconds until it answers".to_owned())
}

fn missing_env(broken: &mut Break) -> Result<String, Failure> {
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

fn bad_probe(broken: &mut Break) -> Result<String, Failure> {
    break_probe(broken, "readinessProbe");
    broken.done("readiness probe asks for /does-not-exist".to_owned())
}

fn bad_liveness(broken: &mut Break) -> Result<String, Failure> {
    break_probe(broken, "livenessProbe");
    broken.done("liveness probe asks for /does-not-exist".to_owned())
}

fn oom(broken: &mut Break) -> Result<String, Failure> {
    broken.set(&["resources", "limits", "memory"], json!("16Mi"));
    broken.set(&["resources", "requests", "memory"], json!("16Mi"));
    if Program::of_name(values::text(broken.container(), "/image")).memory() < 16 * 1024 * 1024 {
        broken.annotate("oom");
    }
    broken.done("memory limit → 16Mi".to_owned())
}

fn unschedulable(broken: &mut Break) -> Result<String, Failure> {
    broken.set(&["resources", "requests", "cpu"], json!("16"));
    values::unset(&mut broken.object, &format!("{TEMPLATE}/resources/limits"), "cpu");
    broken.done("CPU request → 16".to_owned())
}

fn quota(broken: &mut Break) -> Result<String, Failure> {
    let namespace = broken.at.1.clone();
    let pods = broken
        .turn
        .world
        .list("Pod", Some(&namespace))
        .filter(|pod| !super::turn::finished(pod))
        .count();
    let quota = json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": { "name": QUOTA, "namespace": namespace, "annotations": { FAULT: "quota" } },
        "spec": { "hard": { "pods": pods.to_string() } },
        "status": {},
    });
    broken.turn.create(quota, &["fault"]);
    let restart = values::stamp(broken.turn.at);
    values::set(
        &mut broken.object,
        &["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        json!(restart),
    );
    broken.done(format!("resourcequota/{QUOTA} allows {pods} pods, and a restart needs one more"))
}

fn missing_config(broken: &mut Break) -> Result<String, Failure> {
    let name = format!("{}-flags", broken.name());
    broken.push(TEMPLATE, "envFrom", json!({ "configMapRef": { "name": name } }));
    broken.done(format!("takes variables from ConfigMap {name}, which does not exist"))
}

fn missing_secret(broken: &mut Break) -> Result<String, Failure> {
    let name = format!("{}-credentials", broken.name());
    broken.push(TEMPLATE, "envFrom", json!({ "secretRef": { "name": name } }));
    broken.done(format!("takes variables from Secret {name}, which does not exist"))
}

fn missing_key(broken: &mut Break) -> Result<String, Failure> {
    let namespace = broken.at.1.clone();
    let used = |kind: &str, field: &str, from: &str| {
        let container = broken.container();
        let direct = values::list(container, "/envFrom")
            .iter()
            .map(|source| values::text(source, &format!("/{from}/name")));
        let single = values::list(container, "/env")
            .iter()
            .map(|entry| values::text(entry, &format!("/valueFrom/{field}/name")));
        direct
            .chain(single)
            .find(|name| broken.turn.get(kind, &namespace, name).is_some())
            .map(str::to_owned)
    };
    let (field, name) = match used("Secret", "secretKeyRef", "secretRef") {
        Some(name) => ("secretKeyRef", name),
        None => match used("ConfigMap", "configMapKeyRef", "configMapRef") {
            Some(name) => ("configMapKeyRef", name),
            None => return Err(broken.cannot("uses no Secret and no ConfigMap")),
        },
    };
    broken.push(
        TEMPLATE,
        "env",
        json!({ "name": "FEATURE_TOKEN", "valueFrom": { field: { "name": name, "key": "FEATURE_TOKEN" } } }),
    );
    let kind = if field == "secretKeyRef" { "Secret" } else { "ConfigMap" };
    broken.done(format!("takes FEATURE_TOKEN from {kind} {name}, which has no such key"))
}

fn wrong_selector(broken: &mut Break) -> Result<String, Failure> {
    let labels = values::map(&broken.object, "/spec/template/metadata/labels")
        .cloned()
        .unwrap_or_default();
    let serves = |service: &&Value| {
        values::map(service, "/spec/selector").is_some_and(|wanted| !wanted.is_empty() && selector::contains(wanted, Some(&labels)))
    };
    let Some(mut service) = broken.turn.world.list("Service", Some(&broken.at.1)).find(serves).cloned() else {
        return Err(broken.cannot("has no service that selects its pods"));
    };
    broken.remember(key(&service));
    let keys: Vec<String> = values::map(&service, "/spec/selector")
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect();
    let label = keys
        .iter()
        .find(|key| key.ends_with("component") || key.as_str() == "app")
        .or(keys.last())
        .cloned()
        .unwrap_or_default();
    let old = service
        .pointer("/spec/selector")
        .and_then(|selector| selector.get(&label))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    values::set(&mut service, &["spec", "selector", &label], json!(format!("{old}-v2")));
    let title = format!("service/{}", values::name(&service));
    broken.turn.put(service);
    Ok(format!("{title}: selector {label} {old} → {old}-v2"))
}

fn claim_name(workload: &str) -> String {
    format!("{workload}-data")
}

fn unbound_volume(broken: &mut Break) -> Result<String, Failure> {
    let (name, namespace) = (claim_name(broken.name()), broken.at.1.clone());
    if broken.turn.get("PersistentVolumeClaim", &namespace, &name).is_none() {
        let claim = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": name, "namespace": namespace, "annotations": { FAULT: "unbound-volume" },
                "finalizers": ["kubernetes.io/pvc-protection"],
            },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "1Gi" } },
                "storageClassName": "fast-ssd",
                "volumeMode": "Filesystem",
            },
            "status": { "phase": "Pending" },
        });
        broken.turn.create(claim, &["fault"]);
    }
    broken.push(
        "/spec/template/spec",
        "volumes",
        json!({ "name": "data", "persistentVolumeClaim": { "claimName": name } }),
    );
    broken.push(TEMPLATE, "volumeMounts", json!({ "name": "data", "mountPath": "/data" }));
    broken.done(format!("mounts claim {name} of storage class fast-ssd, which does not exist"))
}

fn stuck_rollout(broken: &mut Break) -> Result<String, Failure> {
    if broken.at.0 != "Deployment" {
        return Err(broken.cannot("has no rollout with a deadline: only a deployment has"));
    }
    break_probe(broken, "readinessProbe");
    values::set(&mut broken.object, &["spec", "progressDeadlineSeconds"], json!(15));
    broken.done("a new version whose readiness probe asks for /does-not-exist; the rollout gives up after 15 seconds".to_owned())
}
