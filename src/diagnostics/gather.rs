//! Fetching a snapshot: the only I/O of the diagnostics, through the port `observe`.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::Value;

use super::{
    analyzers::ANALYZERS,
    fields::{list, name, namespace, selects, text, uid},
    health::WORKLOADS,
    logs,
    snapshot::{Snapshot, well_known},
    states::owned_pods,
    words::{clean, counted},
};
use crate::domain::{
    answer::Unseen,
    failure::{Failure, FailureKind, Result},
    intent::Scope,
    object::ObjectRef,
    ports::observe::{Observe, Query},
};

/// What a snapshot must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    kinds: BTreeSet<&'static str>,
    logs: bool,
}

impl Need {
    /// Workloads, pods and services, for an overview without findings.
    #[must_use]
    pub fn states() -> Self {
        Self {
            kinds: BTreeSet::from(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Service"]),
            logs: false,
        }
    }

    /// Everything that the analyzers look at.
    #[must_use]
    pub fn findings() -> Self {
        let mut need = Self::states();
        need.kinds.extend(ANALYZERS.iter().flat_map(|analyzer| analyzer.kinds));
        need.logs = ANALYZERS.iter().any(|analyzer| analyzer.logs);
        need
    }
}

/// Looks at a namespace (or all, or those objects that a selector selects), or at one object and what belongs to it.
/// What may not be read is unseen in the snapshot.
///
/// # Errors
/// When the cluster does not answer, `of` is not there, or neither pods nor workloads of a namespace may be seen: nothing could be said.
pub async fn gather(observe: &dyn Observe, scope: &Scope, of: Option<&ObjectRef>, need: &Need) -> Result<Snapshot> {
    let place = observe.place().await?;
    let namespace = match of {
        Some(object) => object.namespace.clone(),
        None if scope.all_namespaces => None,
        None => Some(scope.namespace.clone().unwrap_or_else(|| place.namespace.clone())),
    };
    let mut snapshot = Snapshot::new(Timestamp::now());
    snapshot.locality = Some(place.locality);
    snapshot.home = Some(place.namespace.clone());
    let root = match of {
        Some(object) => Some(root_of(observe, object).await?),
        None => None,
    };
    let selector = of
        .zip(root.as_ref())
        .map_or_else(|| scope.selector.clone(), |(object, root)| pod_selector(object, root));
    fetch(
        observe,
        &mut snapshot,
        namespace.as_deref(),
        of.is_some(),
        selector.as_deref(),
        need,
    )
    .await?;
    if let (Some(object), Some(root)) = (of, root) {
        narrow(&mut snapshot, object, root);
    }
    if selector.is_some() {
        drop_services_of_others(observe, &mut snapshot).await;
    }
    snapshot.subject = subject(&snapshot, namespace.as_deref(), of);
    if need.logs {
        logs::fetch(observe, &mut snapshot).await;
    }
    Ok(snapshot)
}

async fn root_of(observe: &dyn Observe, object: &ObjectRef) -> Result<Value> {
    let found = observe.get(object).await?;
    found.ok_or_else(|| Failure::new(FailureKind::NotFound, format!("{object} is not there")))
}

fn subject(snapshot: &Snapshot, namespace: Option<&str>, of: Option<&ObjectRef>) -> String {
    if let Some(object) = of {
        return object.name.clone();
    }
    let pods = counted(snapshot.live_pods().count(), "pod");
    namespace.map_or_else(|| format!("{pods} in all namespaces"), |namespace| format!("{pods} in {namespace}"))
}

/// `spec.selector` of a workload as the API takes it. `None` where everything of the namespace must be looked at.
pub fn pod_selector(object: &ObjectRef, root: &Value) -> Option<String> {
    object.kind.is_workload().then(|| selector(root)).flatten()
}

/// `spec.selector` as the API takes it: `matchLabels` and `matchExpressions`, or the plain map of a Service or
/// ReplicationController. `None` where it selects nothing, or by an operator that is not known.
#[must_use]
pub fn selector(root: &Value) -> Option<String> {
    let selector = root.pointer("/spec/selector")?;
    let labels = selector
        .get("matchLabels")
        .or_else(|| Some(selector).filter(|plain| plain.get("matchExpressions").is_none()));
    let mut terms: Vec<String> = labels
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    for expression in list(selector, "/matchExpressions") {
        let key = text(expression, "/key")?;
        let values = list(expression, "/values")
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(",");
        terms.push(match text(expression, "/operator")? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    (!terms.is_empty()).then(|| terms.join(","))
}

/// A selector of the scope selects workloads, pods, services and claims by their labels; of one object, only its pods and
/// replica sets are selected by labels, because services and claims need not bear them.
async fn fetch(
    observe: &dyn Observe,
    snapshot: &mut Snapshot,
    namespace: Option<&str>,
    of_one: bool,
    selector: Option<&str>,
    need: &Need,
) -> Result<()> {
    let queries: Vec<(&str, Query)> = need
        .kinds
        .iter()
        .filter_map(|kind| Some((*kind, query(kind, namespace, of_one, selector)?)))
        .collect();
    let answers = join_all(queries.iter().map(|(_, query)| observe.list(query))).await;
    let mut first = None;
    for ((kind, query), answer) in queries.iter().zip(answers) {
        match answer {
            Ok(objects) => {
                snapshot.objects.insert((*kind).to_owned(), objects);
            }
            Err(failure)
                if matches!(
                    failure.kind,
                    FailureKind::Unreachable | FailureKind::Interrupted | FailureKind::Configuration
                ) =>
            {
                return Err(failure);
            }
            Err(failure) => {
                snapshot.unseen.push(Unseen {
                    what: query.kind.plural.clone(),
                    why: clean(&failure.what),
                    forbidden: failure.kind == FailureKind::Forbidden,
                });
                if *kind == "Pod" {
                    first = Some(failure);
                }
            }
        }
    }
    // Storage classes say nothing where nobody claims a volume.
    if snapshot.objects.get("PersistentVolumeClaim").is_some_and(Vec::is_empty) {
        snapshot.unseen.retain(|unseen| unseen.what != "storageclasses");
    }
    let sees_workloads = WORKLOADS.iter().any(|kind| snapshot.objects.contains_key(*kind));
    match first {
        Some(failure) if !sees_workloads && !of_one => Err(failure),
        _ => Ok(()),
    }
}

fn query(kind: &str, namespace: Option<&str>, of_one: bool, selector: Option<&str>) -> Option<Query> {
    let known = well_known(kind)?;
    let namespaced = known.namespaced;
    let mut query = Query::all(known, namespace.filter(|_| namespaced).map(str::to_owned));
    let selectable = match kind {
        "Pod" | "ReplicaSet" => true,
        "Event" | "StorageClass" => false,
        _ => !of_one,
    };
    query.labels = selector.filter(|_| selectable).map(str::to_owned);
    query.fields = (kind == "Event").then(|| "type=Warning".to_owned());
    Some(query)
}

/// Leaves what belongs to one object: its pods and their owners, services that select them, claims that they mount.
fn narrow(snapshot: &mut Snapshot, of: &ObjectRef, root: Value) {
    let pods: Vec<Value> = pods_of(snapshot, of, &root).into_iter().cloned().collect();
    let mut owners: BTreeSet<String> = uid(&root).map(str::to_owned).into_iter().collect();
    for pod in &pods {
        owners.extend(
            list(pod, "/metadata/ownerReferences")
                .iter()
                .filter_map(|o| text(o, "/uid"))
                .map(str::to_owned),
        );
        owners.extend(snapshot.workload_of(pod).and_then(|workload| workload.uid));
    }
    // Replica sets without pods count as well: they may be refused their pods.
    let sets = snapshot
        .all("ReplicaSet")
        .iter()
        .filter(|set| list(set, "/metadata/ownerReferences").iter().any(|o| text(o, "/uid") == uid(&root)));
    owners.extend(sets.filter_map(uid).map(str::to_owned).collect::<Vec<_>>());

    let template = root.pointer("/spec/template/metadata/labels").cloned();
    let claims: BTreeSet<&str> = pods.iter().flat_map(claims_of).collect();
    for (kind, objects) in &mut snapshot.objects {
        objects.retain(|object| match kind.as_str() {
            "Pod" => pods.iter().any(|pod| uid(pod) == uid(object)),
            "Service" => {
                let selector = object.pointer("/spec/selector");
                let chosen = |labels: Option<&Value>| selects(selector, labels);
                uid(object) == uid(&root)
                    || name(object) == name(&root)
                    || chosen(template.as_ref())
                    || pods.iter().any(|pod| chosen(pod.pointer("/metadata/labels")))
            }
            "PersistentVolumeClaim" => uid(object) == uid(&root) || claims.contains(name(object)),
            "Event" | "StorageClass" => true,
            _ => uid(object).is_some_and(|uid| owners.contains(uid)),
        });
    }
    // The newest state of the object itself, also for kinds that are not listed.
    let own = snapshot.objects.entry(of.kind.kind.clone()).or_default();
    if !own.iter().any(|object| uid(object) == uid(&root)) {
        own.push(root);
    }
    let kept: BTreeSet<String> = snapshot.objects.values().flatten().filter_map(uid).map(str::to_owned).collect();
    if let Some(events) = snapshot.objects.get_mut("Event") {
        events.retain(|event| text(event, "/involvedObject/uid").is_some_and(|about| kept.contains(about)));
    }
}

/// Only a part of the pods was fetched: a service that selects none of them may select others, and is then no matter here.
async fn drop_services_of_others(observe: &dyn Observe, snapshot: &mut Snapshot) {
    let Some(pods) = well_known("Pod") else { return };
    let selects_seen = |service: &Value| {
        let selector = service.pointer("/spec/selector");
        let here = |object: &&Value| namespace(object) == namespace(service);
        let templates = ["Deployment", "StatefulSet", "DaemonSet"]
            .into_iter()
            .flat_map(|kind| snapshot.all(kind))
            .filter(here);
        templates
            .filter_map(|workload| workload.pointer("/spec/template/metadata/labels"))
            .any(|labels| selects(selector, Some(labels)))
            || snapshot
                .all("Pod")
                .iter()
                .filter(here)
                .any(|pod| selects(selector, pod.pointer("/metadata/labels")))
    };
    let doubtful: Vec<&Value> = snapshot.all("Service").iter().filter(|service| !selects_seen(service)).collect();
    let ask = async |service: &Value| {
        let labels = service.pointer("/spec/selector").and_then(Value::as_object)?;
        let terms: Vec<String> = labels
            .iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
            .collect();
        let query = Query {
            labels: (!terms.is_empty()).then(|| terms.join(",")),
            ..Query::all(pods.clone(), Some(namespace(service).to_owned()))
        };
        let found = observe.list(&query).await;
        // What cannot be asked is not said to select nothing.
        let others = found.map_or(true, |pods| !pods.is_empty());
        others.then(|| uid(service).map(str::to_owned)).flatten()
    };
    let of_others: Vec<String> = join_all(doubtful.into_iter().map(ask)).await.into_iter().flatten().collect();
    if let Some(services) = snapshot.objects.get_mut("Service") {
        services.retain(|service| !uid(service).is_some_and(|uid| of_others.iter().any(|other| other == uid)));
    }
}

fn pods_of<'a>(snapshot: &'a Snapshot, of: &ObjectRef, root: &'a Value) -> Vec<&'a Value> {
    let pods = snapshot.all("Pod");
    match of.kind.kind.as_str() {
        "Pod" => pods.iter().filter(|pod| uid(pod) == uid(root)).collect(),
        "Service" => {
            let selector = root.pointer("/spec/selector");
            pods.iter()
                .filter(|pod| selects(selector, pod.pointer("/metadata/labels")))
                .collect()
        }
        "PersistentVolumeClaim" => pods.iter().filter(|pod| claims_of(pod).any(|claim| claim == name(root))).collect(),
        _ => {
            let mut owned: Vec<_> = owned_pods(root, snapshot.all("ReplicaSet"), pods).collect();
            owned.extend(owned_pods(root, snapshot.all("Job"), pods));
            owned.dedup_by_key(|pod| uid(pod));
            owned
        }
    }
}

/// Names of the claims that a pod mounts.
pub fn claims_of(pod: &Value) -> impl Iterator<Item = &str> {
    list(pod, "/spec/volumes")
        .iter()
        .filter_map(|volume| text(volume, "/persistentVolumeClaim/claimName"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pods_that_are_going_away_are_not_counted() {
        let path = format!("{}/tests/fixtures/diagnostics/healthy.json", env!("CARGO_MANIFEST_DIR"));
        let mut snapshot: Snapshot = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let pods = snapshot.all("Pod").len();
        let counts = |snapshot: &Snapshot, pods: usize| assert_eq!(subject(snapshot, Some("todo"), None), format!("{pods} pods in todo"));
        counts(&snapshot, pods);
        let pod = snapshot.objects.get_mut("Pod").and_then(|pods| pods.first_mut()).unwrap();
        pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        counts(&snapshot, pods - 1);
    }

    #[test]
    fn selectors_of_all_forms_become_the_apis_text() {
        let forms = [
            (json!({"matchLabels": {"app": "a", "tier": "b"}}), Some("app=a,tier=b")),
            (json!({"app": "a"}), Some("app=a")),
            (
                json!({"matchExpressions": [{"key": "e", "operator": "In", "values": ["x", "y"]}, {"key": "f", "operator": "DoesNotExist"}]}),
                Some("e in (x,y),!f"),
            ),
            (json!({}), None),
        ];
        for (form, expected) in forms {
            assert_eq!(selector(&json!({"spec": {"selector": form}})).as_deref(), expected, "{form}");
        }
    }
}
