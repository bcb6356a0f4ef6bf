//! A change is made as it was approved, or not at all; and what is said of it is true.

use std::{sync::Arc, time::Duration};

use http::Request;
use kube::client::Body;
use serde_json::{Value, json};
use todo_agent::{
    adapters::cluster::{Cluster, Connect, Limits, Target, gate::Permit},
    domain::{
        event::Event,
        failure::{Failure, FailureKind},
        ports::{drive::Drive, observe::Observe, record::Record},
    },
};
use tower::Service;

use super::{
    Notes,
    fake::{Fake, Mishap},
    real::{plan_of, scale_draft, web},
};
use todo_agent::domain::plan::{Approved, Approver};

fn cluster(fake: &Fake, record: Arc<dyn Record>) -> Cluster {
    let limits = Limits {
        gone: Duration::from_millis(300),
        ..Limits::default()
    };
    let connect = Connect {
        limits,
        ..Connect::from_env("/nonexistent".into(), record)
    };
    Cluster::over(
        fake.service(),
        Target::named_by_hand("dev", "https://10.0.0.1:6443", "todo"),
        &connect,
    )
}

/// Scales 2 → 3 over these mishaps: what was said, and the replicas that are there afterwards.
async fn scaled(mishaps: &[Mishap]) -> (String, Option<u64>) {
    let fake = Fake::new(mishaps);
    let cluster = cluster(&fake, Arc::new(Notes::default()));
    let object = web("web", "todo");
    let before = cluster.get(&object).await.unwrap().unwrap();
    let plan = Approved::by(Approver::Person, plan_of(&cluster, scale_draft(&object, &before, 3, "")).await);
    let said = match cluster.built_in().apply(&plan, 0).await {
        Ok(done) => {
            let changed: Vec<String> = done
                .changed
                .iter()
                .map(|c| format!("{} {:?} {:?}", c.field, c.before, c.after))
                .collect();
            format!("{}: {}", done.what, changed.join(", "))
        }
        Err(failure) => format!("{:?}: {}", failure.kind, failure.what),
    };
    (said, fake.replicas())
}

const DONE: &str = "replicas set to 3: spec.replicas Some(Number(2)) Some(Number(3))";

#[tokio::test]
async fn a_change_is_made_as_approved_whatever_comes_between() {
    let status = Mishap::StatusWritten;
    let cases = [
        (vec![], DONE, Some(3)),
        (vec![status.clone(), status.clone(), status.clone()], DONE, Some(3)),
        (vec![Mishap::StatusWrittenAgainAtTheTry], DONE, Some(3)),
        (vec![Mishap::ReplicasSetTo(3)], "replicas set to 3: ", Some(3)),
        (
            vec![Mishap::ReplicasSetTo(5)],
            "Conflict: deployment/web in namespace todo was changed by somebody else after you approved: now it would be spec.replicas: 5 → 3",
            Some(5),
        ),
        (
            vec![Mishap::Deleted],
            "NotFound: deployment/web in namespace todo is not there any more: it was deleted",
            None,
        ),
        (
            vec![Mishap::MadeAnew],
            "Conflict: deployment/web in namespace todo is not the one that you were shown: it was deleted and made anew",
            Some(2),
        ),
        (
            vec![status; 9],
            "Conflict: deployment/web in namespace todo is changed by somebody else again and again: not changed after 8 tries",
            Some(2),
        ),
        (vec![Mishap::AnswerLost], DONE, Some(3)),
        (
            vec![Mishap::AnswerLostThenReplicasSetTo(5)],
            "LostSight: the answer to the change of deployment/web in namespace todo was lost: whether it was made cannot be told, for now deployment/web in namespace todo was changed by somebody else after you approved: now it would be spec.replicas: 5 → 3",
            Some(5),
        ),
        (
            vec![Mishap::Gone],
            "LostSight: the connection was lost after the change of deployment/web in namespace todo was sent: whether it was made cannot be told",
            Some(3),
        ),
    ];
    for (mishaps, said, replicas) in cases {
        assert_eq!(scaled(&mishaps).await, (said.to_owned(), replicas), "{mishaps:?}");
    }
}

/// Cannot write.
struct FullDisk;

impl Record for FullDisk {
    fn record(&self, _: Event) -> Result<(), Failure> {
        Err(Failure::new(FailureKind::Failed, "the record cannot be written: no space left"))
    }
}

#[tokio::test]
async fn without_a_record_reads_go_on_and_nothing_is_changed() {
    let fake = Fake::new(&[]);
    let object = web("web", "todo");
    let good = cluster(&fake, Arc::new(Notes::default()));
    let before = good.get(&object).await.unwrap().unwrap();
    let plan = Approved::by(Approver::Person, plan_of(&good, scale_draft(&object, &before, 3, "")).await);
    let full = cluster(&fake, Arc::new(FullDisk));
    assert_eq!(full.get(&object).await.unwrap(), Some(before));
    let failure = full.built_in().apply(&plan, 0).await.unwrap_err();
    assert_eq!(failure.what, "the record cannot be written: no space left");
    assert_eq!(fake.replicas(), Some(2));
}

#[tokio::test]
async fn the_gate_lets_pass_what_was_approved_and_nothing_else() {
    let fake = Fake::new(&[]);
    let notes = Arc::new(Notes::default());
    let cluster = cluster(&fake, notes.clone());
    let object = web("web", "todo");
    let before = cluster.get(&object).await.unwrap().unwrap();
    let plan = plan_of(&cluster, scale_draft(&object, &before, 3, "")).await;
    let path = "/apis/apps/v1/namespaces/todo/deployments/web";
    let uid = json!({"op": "test", "path": "/metadata/uid", "value": "uid-1"});
    let version = json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "1"});
    let scale = |to: u32| json!({"op": "replace", "path": "/spec/replicas", "value": to});
    let send = async |method: &str, path: &str, operations: &[&Value]| {
        let body = serde_json::to_vec(&operations).unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json-patch+json");
        match cluster.gate().clone().call(request.body(Body::from(body)).unwrap()).await {
            Ok(answer) => answer.status().as_u16().to_string(),
            Err(error) => error.to_string(),
        }
    };
    let right = [&uid, &version, &scale(3)].map(Clone::clone);
    let right: Vec<&Value> = right.iter().collect();
    assert_eq!(
        send("PATCH", path, &right).await,
        "refused to patch deployments/web: nobody approved it"
    );
    let open = cluster.gate().permits().open(Permit {
        grant: plan.changes[0].grant(),
        before,
    });
    let label = json!({"op": "add", "path": "/metadata/labels", "value": {"a": "b"}});
    let status = json!({"op": "add", "path": "/status", "value": {}});
    let (four, three) = (scale(4), scale(3));
    let cases: [(&str, &str, Vec<&Value>, &str); 11] = [
        (
            "PATCH",
            path,
            vec![&uid, &version, &four],
            "refused to patch deployments/web: it would also set spec.replicas, which was not approved so",
        ),
        (
            "PATCH",
            path,
            vec![&uid, &version, &three, &label],
            "refused to patch deployments/web: it would also set metadata.labels, which was not approved so",
        ),
        (
            "PATCH",
            path,
            vec![&uid, &version, &three, &status],
            "refused to patch deployments/web: it writes /status, which is the server's own",
        ),
        (
            "PATCH",
            path,
            vec![&version, &three],
            "refused to patch deployments/web: it does not name the very object that was approved",
        ),
        (
            "PATCH",
            path,
            vec![&uid, &three],
            "refused to patch deployments/web: it does not name the state of the object that was approved",
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/todo/deployments/other",
            right.clone(),
            "refused to patch deployments/other: nobody approved it",
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/other/deployments/web",
            right.clone(),
            "refused to patch deployments/web: nobody approved it",
        ),
        (
            "DELETE",
            path,
            vec![],
            "refused to delete deployments/web: it would take something away, and that was not approved",
        ),
        (
            "POST",
            "/api/v1/namespaces/todo/pods/a/exec?command=sh",
            vec![],
            "refused to create pods/a/exec: it would run a program, and that was not approved",
        ),
        (
            "TRACE",
            path,
            vec![],
            "refused to trace deployments/web: it is not known what this call does",
        ),
        // A server behind the aggregation layer may not honour it.
        (
            "PATCH",
            "/apis/example.com/v1/namespaces/todo/things/a?dryRun=All",
            vec![],
            "refused to patch things/a: nobody approved it",
        ),
    ];
    for (method, path, operations, expected) in cases {
        assert_eq!(send(method, path, &operations).await, expected);
    }
    assert_eq!(fake.replicas(), Some(2));
    assert_eq!(send("PATCH", path, &right).await, "200");
    assert_eq!(fake.replicas(), Some(3));
    drop(open);
    assert_eq!(
        send("PATCH", path, &right).await,
        "refused to patch deployments/web: nobody approved it"
    );
    let refused = notes.all().iter().filter(|line| line.ends_with("passed=false")).count();
    assert_eq!(refused, 13);
}
