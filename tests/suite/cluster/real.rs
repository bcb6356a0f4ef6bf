//! The adapter against a real cluster: `TODO_AGENT_REAL_KUBECONFIG=… cargo test --test suite cluster::real -- --ignored`.
//! Makes a namespace of its own and removes it.

use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};

use serde_json::{Value, json};
use todo_agent::{
    adapters::cluster::{Cluster, Connect, install_crypto},
    domain::{
        field::{FieldChange, FieldEdit, FieldPath, difference},
        intent::{Amount, Intent},
        kind::Kind,
        object::ObjectRef,
        place::{Locality, Place},
        plan::{Approved, Approver, Change, Draft, Plan},
        ports::{
            drive::Drive,
            observe::{LogQuery, Observe, Query, Seen},
        },
        risk::Risk,
        route::Route,
        step::{Scale, Step, Undoing},
    },
};

use super::Notes;

const NAMESPACE: &str = "adapter-suite";

fn kubeconfig() -> PathBuf {
    std::env::var_os("TODO_AGENT_REAL_KUBECONFIG")
        .expect("the kubeconfig of a real cluster")
        .into()
}

fn kubectl(args: &[&str]) -> String {
    let output = Command::new("kubectl")
        .arg("--kubeconfig")
        .arg(kubeconfig())
        .args(args)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn set_up() {
    kubectl(&["create", "namespace", NAMESPACE]);
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": NAMESPACE},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": [{
                    "name": "busybox", "image": "busybox", "imagePullPolicy": "IfNotPresent",
                    "command": ["sh", "-c", "echo hello; printf 'a\\377b'; echo; sleep 100000"]
                }]
            }}
        }
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), deployment.to_string()).unwrap();
    kubectl(&["apply", "-f", &file.path().to_string_lossy()]);
    kubectl(&["-n", NAMESPACE, "rollout", "status", "deployment/web", "--timeout=60s"]);
}

fn connect(notes: &Arc<Notes>) -> Connect {
    install_crypto();
    Connect {
        kubeconfig: Some(kubeconfig().into()),
        namespace: Some(NAMESPACE.to_owned()),
        ..Connect::from_env(PathBuf::from("/nonexistent"), notes.clone())
    }
}

pub fn web(name: &str, namespace: &str) -> ObjectRef {
    ObjectRef {
        kind: Kind::deployment(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        uid: None,
    }
}

pub fn scale_draft(object: &ObjectRef, before: &Value, replicas: u32, subresource: &str) -> Draft {
    let object = ObjectRef {
        uid: before.pointer("/metadata/uid").and_then(Value::as_str).map(str::to_owned),
        ..object.clone()
    };
    Draft {
        step: Some(Step::Scale(Scale {
            workload: object.clone(),
            replicas: Amount::Exactly(replicas),
        })),
        object,
        subresource: subresource.to_owned(),
        how: todo_agent::domain::plan::How::Patch,
        edits: vec![FieldEdit {
            field: FieldPath::keys(&["spec", "replicas"]),
            to: Some(json!(replicas)),
        }],
        before: before.clone(),
    }
}

pub async fn plan_of(cluster: &Cluster, draft: Draft) -> Plan {
    let after = cluster.built_in().preview(&draft).await.unwrap();
    let diff = difference(&draft.before, &after);
    Plan {
        intent: Intent {
            playbook: "scale".to_owned(),
            clause: String::new(),
            slots: Default::default(),
            readings_of_names: Vec::new(),
            keeps: false,
        },
        title: String::new(),
        place: Place {
            locality: Locality::Remote,
            context: cluster.target().context.clone(),
            server: String::new(),
            namespace: NAMESPACE.to_owned(),
            uid: None,
            version: None,
        },
        route: Route {
            tool: "builtin".to_owned(),
            version: None,
            why: None,
            passed_over: Vec::new(),
        },
        risk: Risk::Change,
        reads: Vec::new(),
        changes: vec![Change {
            draft,
            after,
            diff,
            reversal: None,
        }],
        verify: Vec::new(),
        undoing: Undoing::Restore,
        notes: Vec::new(),
        equivalent: Vec::new(),
        open: false,
        proposed: None,
    }
}

fn words(change: &FieldChange) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    format!("{} {} {}", change.field, text(&change.before), text(&change.after))
}

#[tokio::test]
#[ignore = "needs a real cluster"]
async fn a_real_cluster_is_seen_and_changed() {
    set_up();
    let notes = Arc::new(Notes::default());
    let cluster = Cluster::connect(&connect(&notes)).await.unwrap();
    let place = cluster.place().await.unwrap();
    assert!(place.uid.is_some() && place.version.unwrap().starts_with("v1."));

    let kinds = cluster.kinds().await.unwrap();
    let served = |kind: &Kind| {
        kinds.iter().any(|k| {
            k.group == kind.group
                && k.plural == kind.plural
                && k.version == kind.version
                && k.namespaced == kind.namespaced
                && k.kind == kind.kind
        })
    };
    for kind in Kind::well_known() {
        assert!(served(&kind), "{kind:?}");
    }

    let table = cluster
        .table(&Query::all(Kind::deployment(), Some(NAMESPACE.to_owned())))
        .await
        .unwrap();
    let columns: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| !column.wide)
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(columns, ["Name", "Ready", "Up-to-date", "Available", "Age"]);
    assert_eq!(table.rows[0].cells[..2], ["web", "2/2"]);
    assert_eq!(cluster.get(&web("nope", NAMESPACE)).await.unwrap(), None);

    let mut watch = cluster.watch(&Query::one(&web("web", NAMESPACE))).await.unwrap();
    let Some(Ok(Seen::Is(_))) = watch.next().await else {
        panic!("not seen")
    };
    let Some(Ok(Seen::Complete)) = watch.next().await else {
        panic!("not complete")
    };

    let before = cluster.get_scale(&web("web", NAMESPACE)).await.unwrap().unwrap();
    let plan = plan_of(&cluster, scale_draft(&web("web", NAMESPACE), &before, 3, "scale")).await;
    let changed = |changes: &[FieldChange]| changes.iter().map(words).collect::<Vec<_>>();
    assert_eq!(changed(&plan.changes[0].diff), ["spec.replicas 2 3"]);
    let plan = Approved::by(Approver::Person, plan);
    let done = cluster.built_in().apply(&plan, 0).await.unwrap();
    assert_eq!(changed(&done.changed), ["spec.replicas 2 3"]);
    assert_eq!(done.what, "replicas set to 3");
    loop {
        match tokio::time::timeout(Duration::from_secs(30), watch.next()).await.unwrap() {
            Some(Ok(Seen::Is(now))) if now["status"]["availableReplicas"] == 3 => break,
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }

    let pods = cluster
        .list(&Query {
            labels: Some("app=web".to_owned()),
            ..Query::all(Kind::pod(), Some(NAMESPACE.to_owned()))
        })
        .await
        .unwrap();
    assert_eq!(pods.len(), 3);
    let query = LogQuery {
        namespace: NAMESPACE.to_owned(),
        pod: pods[0]["metadata"]["name"].as_str().unwrap().to_owned(),
        container: "busybox".to_owned(),
        follow: false,
        since_seconds: None,
        tail: None,
        previous: false,
    };
    let mut logs = cluster.logs(&query).await.unwrap();
    let mut lines = Vec::new();
    while let Some(line) = logs.next().await {
        lines.push(line.unwrap().text);
    }
    assert_eq!(lines, ["hello", "a\u{fffd}b"]);
    let changes: Vec<String> = notes.all().into_iter().filter(|line| line.contains("patch")).collect();
    assert_eq!(
        changes,
        [
            "patch deployments/web/scale Change dry_run=true passed=true",
            "200 patch deployments/web/scale",
            "patch deployments/web/scale Change dry_run=false passed=true",
            "200 patch deployments/web/scale",
        ]
    );
    kubectl(&["delete", "namespace", NAMESPACE, "--wait=false"]);
}

#[tokio::test]
#[ignore = "needs a real cluster"]
async fn a_real_servers_no_is_understood() {
    const ALONE: &str = "adapter-suite-no";
    kubectl(&["create", "namespace", ALONE]);
    kubectl(&["-n", ALONE, "create", "serviceaccount", "viewer"]);
    kubectl(&[
        "-n",
        ALONE,
        "create",
        "rolebinding",
        "viewer",
        "--clusterrole=view",
        &format!("--serviceaccount={ALONE}:viewer"),
    ]);
    kubectl(&["-n", ALONE, "create", "deployment", "web", "--image=pause"]);
    let token = kubectl(&["-n", ALONE, "create", "token", "viewer"]).trim().to_owned();
    let real = kubectl(&["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]);
    let told = async |change: &dyn Fn(&mut Value)| {
        let mut config: Value = serde_json::from_str(&real).unwrap();
        change(&mut config);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), config.to_string()).unwrap();
        let connect = Connect {
            kubeconfig: Some(file.path().into()),
            ..connect(&Arc::default())
        };
        let cluster = Cluster::connect(&connect).await.unwrap();
        if let Err(failure) = cluster.place().await {
            return failure.what;
        }
        let object = web("web", ALONE);
        let before = cluster.get(&object).await.unwrap().unwrap();
        let draft = scale_draft(&object, &before, 3, "");
        cluster.built_in().preview(&draft).await.unwrap_err().what
    };
    // Who may not read nodes and kube-system can still read everything else.
    assert_eq!(
        told(&|config| config["users"][0]["user"] = json!({"token": token})).await,
        format!("user \"system:serviceaccount:{ALONE}:viewer\" may not patch deployments.apps in namespace \"{ALONE}\"")
    );
    let unauthorized = told(&|config| config["users"][0]["user"] = json!({"token": "gone"})).await;
    assert!(unauthorized.ends_with("(401 unauthorized)"), "{unauthorized}");
    let other = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap().cert.pem();
    let other = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, other);
    let untrusted = told(&|config| config["clusters"][0]["cluster"]["certificate-authority-data"] = json!(other)).await;
    assert!(
        untrusted.ends_with("its certificate is not signed by the authority that the kubeconfig names, or by one that this machine trusts where it names none)"),
        "{untrusted}"
    );
    kubectl(&["delete", "namespace", ALONE, "--wait=false"]);
}

#[tokio::test]
#[ignore = "needs a real cluster"]
async fn questions_share_one_connection_and_are_quick() {
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let cluster = Cluster::connect(&connect(&Arc::default())).await.unwrap();
        let connected = start.elapsed();
        let kinds = Kind::well_known();
        let lists = ["Deployment", "StatefulSet", "DaemonSet", "Pod", "Service"]
            .map(|name| Query::all(kinds.iter().find(|kind| kind.kind == name).unwrap().clone(), None));
        let (place, lists) = tokio::join!(
            cluster.place(),
            futures_util::future::join_all(lists.iter().map(|query| cluster.list(query)))
        );
        place.unwrap();
        assert!(lists.iter().all(Result::is_ok));
        assert!(
            connected < Duration::from_millis(500) && start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    }
}
