//! What others add to an object that we made: to take the object away would take that along.

use serde_json::Value;

use super::{
    field::{FieldPath, Segment},
    undo::Reversal,
};

/// Below these, people write what they like.
const ROOTS: [&[&str]; 4] = [&["metadata", "labels"], &["metadata", "annotations"], &["data"], &["binaryData"]];

/// Keys, or what they begin with, by which the server and its controllers keep their own accounts.
const ACCOUNTS: [&str; 11] = [
    "deployment.kubernetes.io/",
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "batch.kubernetes.io/",
    "endpoints.kubernetes.io/",
    "autoscaling.alpha.kubernetes.io/",
    "control-plane.alpha.kubernetes.io/",
    "kubernetes.io/metadata.name",
    "kubernetes.io/service-account.uid",
    // Nothing is lost with a restart.
    "kubectl.kubernetes.io/restartedAt",
];

/// What the names of programs have in them that are no person's tools: they write what belongs to the object, and write it again.
const CONTROLLERS: [&str; 10] = [
    "controller",
    "operator",
    "scheduler",
    "provisioner",
    "autoscaler",
    "injector",
    "apiserver",
    "kubelet",
    "cert-manager",
    "cni",
];

/// Distributions in which all controllers are one program.
const DISTRIBUTIONS: [&str; 3] = ["k3s", "k0s", "rancher"];

/// What of an object others could add to, as it is now.
#[must_use]
pub fn open(object: &Value) -> Vec<FieldPath> {
    let mut roots: Vec<FieldPath> = ROOTS.iter().map(|keys| FieldPath::keys(keys)).collect();
    roots.extend(template(object));
    let mut open = Vec::new();
    for root in roots {
        let Some(value) = root.find(object) else { continue };
        let below = |leaf: FieldPath| FieldPath([root.0.clone(), leaf.0].concat());
        open.extend(FieldPath::leaves(value).into_iter().map(below));
    }
    open.retain(|field| field.find(object).is_some_and(|value| !is_nothing(value)));
    open
}

/// The first that stands in the object now and did not when it was made, unless a controller wrote it.
#[must_use]
pub fn since(made: &Reversal, now: &Value) -> Option<FieldPath> {
    let is_ours = |field: &FieldPath| {
        let mut ours = made.fields.iter().map(|ours| &ours.field);
        ours.any(|ours| field.within(ours) || ours.within(field))
    };
    let mut open = open(now).into_iter();
    open.find(|field| !is_ours(field) && !is_account(field) && !is_controllers(field, now))
}

/// Of what makes pods. Other specs are written on by whoever watches over them.
fn template(object: &Value) -> Option<FieldPath> {
    let version = object.get("apiVersion").and_then(Value::as_str)?;
    let kind = object.get("kind").and_then(Value::as_str)?;
    match (version.split('/').next()?, kind) {
        ("apps", _) => Some(FieldPath::keys(&["spec", "template"])),
        ("batch", "CronJob") => Some(FieldPath::keys(&["spec", "jobTemplate"])),
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn is_account(field: &FieldPath) -> bool {
    let Some(Segment::Key(key)) = field.0.last() else { return false };
    ACCOUNTS.iter().any(|account| key.starts_with(account))
}

/// Those who wrote it, as the server keeps it, are all controllers. A status is theirs alone to write.
fn is_controllers(field: &FieldPath, object: &Value) -> bool {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let mut writers = entries.into_iter().flatten().filter(|entry| wrote(entry, field)).peekable();
    writers.peek().is_some() && writers.all(is_controller)
}

fn is_controller(entry: &Value) -> bool {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let manager = text("manager").to_lowercase();
    text("subresource") == "status"
        || DISTRIBUTIONS.contains(&manager.as_str())
        || CONTROLLERS.iter().any(|controller| manager.contains(controller))
}

fn wrote(entry: &Value, field: &FieldPath) -> bool {
    let Some(fields) = entry.get("fieldsV1") else { return false };
    let step = |at: &'_ Value, segment: &Segment| match segment {
        Segment::Key(key) => at.get(format!("f:{key}")).cloned(),
        _ => None,
    };
    field.0.iter().try_fold(fields.clone(), |at, segment| step(&at, segment)).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{kind::Kind, object::ObjectRef};

    fn made() -> (Reversal, Value) {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web"}]}}},
        });
        let sent = [FieldPath::keys(&["metadata", "name"]), FieldPath::keys(&["spec", "replicas"])];
        (
            Reversal::of_made(&ObjectRef::of(&Kind::deployment(), &object), sent, &object),
            object,
        )
    }

    fn told(edit: impl Fn(&mut Value)) -> Option<String> {
        let (made, mut object) = made();
        edit(&mut object);
        since(&made, &object).map(|field| field.to_string())
    }

    fn by(manager: &str, subresource: &str) -> Value {
        json!([{"manager": manager, "operation": "Update", "subresource": subresource, "fieldsV1": {"f:metadata": {"f:annotations": {"f:a": {}}}}}])
    }

    #[test]
    fn what_people_add_is_found_and_what_the_server_writes_is_not() {
        assert_eq!(told(|_| {}), None);
        assert_eq!(told(|now| now["status"] = json!({"replicas": 1})), None);
        assert_eq!(told(|now| now["spec"]["paused"] = json!(true)), None);
        assert_eq!(told(|now| now["metadata"]["annotations"] = json!({})), None);
        assert_eq!(
            told(|now| now["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"})),
            None
        );
        assert_eq!(
            told(|now| now["metadata"]["labels"]["tier"] = json!("api")).as_deref(),
            Some("metadata.labels.tier")
        );
        assert_eq!(
            told(|now| now["spec"]["template"]["spec"]["volumes"] = json!([{"name": "v"}])).as_deref(),
            Some("spec.template.spec.volumes")
        );
        assert_eq!(told(|now| now["data"] = json!({"k": "v"})).as_deref(), Some("data.k"));
    }

    #[test]
    fn who_wrote_it_decides() {
        let written = |managers: Value| {
            told(|now| {
                now["metadata"]["annotations"] = json!({"a": "1"});
                now["metadata"]["managedFields"] = managers.clone();
            })
        };
        let people = Some("metadata.annotations.a".to_owned());
        assert_eq!(written(Value::Null), people);
        assert_eq!(written(by("kubectl-annotate", "")), people);
        assert_eq!(written(by("todo-agent", "")), people);
        assert_eq!(written(by("kube-controller-manager", "")), None);
        assert_eq!(written(by("calico", "status")), None);
        assert_eq!(written(by("k3s", "")), None);
        let mut both = by("kube-controller-manager", "");
        both.as_array_mut().unwrap().extend(by("curl", "").as_array().unwrap().clone());
        assert_eq!(written(both), people);
    }
}
