//! Every word that a verification tells, and how it ends.

mod raised;
mod stage;
mod unseen;

use serde_json::json;

use self::stage::{Stage, deployment, is, pod, ready, replica_set, unreachable, waiting, web};
use crate::domain::{
    failure::FailureKind,
    intent::Amount,
    ports::observe::Seen,
    verification::{ImageIs, IsAvailable, PostCondition, ReplicasAre, Verdict},
};

#[tokio::test(start_paused = true)]
async fn what_is_true_at_first_sight_costs_one_watch_and_no_time() {
    let replicas = PostCondition::Replicas(ReplicasAre {
        workload: web(),
        equals: Amount::Exactly(3),
    });
    let stage = Stage::new(vec![replicas, PostCondition::Available(IsAvailable { workload: web() })]);
    stage.script(vec![(0, "Deployment", is(deployment(2, 3, 3, 3)))]);
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(told, ["0 Holds replicas set to 3", "0 Holds 3 of 3 replicas available"]);
    assert_eq!(*stage.cluster.watched.lock().unwrap(), ["Deployment"]);
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_when_it_changes_and_the_end_once() {
    let stage = Stage::available();
    let mut old = deployment(1, 2, 2, 2);
    old["metadata"]["generation"] = json!(1);
    old["metadata"]["resourceVersion"] = json!("19");
    stage.script(vec![
        (0, "Deployment", is(old)),
        (10, "Deployment", is(deployment(1, 2, 2, 2))),
        (20, "ReplicaSet", is(replica_set("rs", "1"))),
        (20, "Deployment", is(deployment(2, 3, 3, 2))),
        (30, "Pod", is(pod("a", "rs", ready(0)))),
        (40, "Pod", is(pod("c", "rs", waiting("ContainerCreating", "")))),
        (900, "Deployment", is(deployment(2, 3, 3, 2))),
        (1700, "Event", is(json!({"metadata": {"name": "e"}, "reason": "Pulling", "lastTimestamp": "2026-01-01T00:00:00Z", "involvedObject": {"uid": "c"}}))),
        (5000, "Pod", is(pod("c", "rs", ready(0)))),
        (5010, "Deployment", is(deployment(2, 3, 3, 3))),
    ]);
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(
        told,
        [
            "10 Pending waiting for the controller to see the change",
            "310 Pending 2 of 3 available, 1 starting",
            "1700 Pending 2 of 3 available, 1 starting: pulling image",
            "5000 Pending 2 of 3 available",
            "5010 Holds 3 of 3 replicas available",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_template_change_new_pods_must_live_five_seconds_without_a_restart() {
    let mut stage = Stage::available();
    stage.template_changed = true;
    stage.script(vec![
        (0, "Deployment", is(deployment(2, 1, 3, 2))),
        (0, "ReplicaSet", is(replica_set("rs", "2"))),
        (0, "Pod", is(pod("a", "rs", ready(0)))),
        (1000, "Deployment", is(deployment(2, 3, 3, 3))),
        (3000, "Pod", is(pod("a", "rs", ready(1)))),
    ]);
    let (told, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
    assert_eq!(
        told,
        [
            "0 Pending 1 of 3 updated, 2 old replicas left",
            "1000 Pending 3 of 3 replicas available, watching for restarts",
            "3000 Pending 3 of 3 replicas available, a new pod was restarted",
            "4000 Pending 3 of 3 replicas available, watching for restarts",
            "8000 Holds 3 of 3 replicas available",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_cause_that_waiting_does_not_mend_ends_it_early_and_is_told() {
    let image = PostCondition::Image(ImageIs {
        workload: web(),
        container: Some("web".to_owned()),
        equals: "web:2".to_owned(),
    });
    let mut stage = Stage::new(vec![image, PostCondition::Available(IsAvailable { workload: web() })]);
    stage.template_changed = true;
    let broken = waiting(
        "ErrImagePull",
        "failed to resolve reference \"docker.io/library/web:2\": docker.io/library/web:2: not found",
    );
    stage.script(vec![
        (0, "Deployment", is(deployment(2, 1, 4, 3))),
        (0, "ReplicaSet", is(replica_set("old", "1"))),
        (0, "ReplicaSet", is(replica_set("new", "2"))),
        (0, "Pod", is(pod("a", "old", ready(0)))),
        (500, "Pod", is(pod("b", "new", broken))),
    ]);
    let (told, end) = stage.verify(120).await;
    let end = end.unwrap();
    assert_eq!(
        told,
        [
            "0 Holds image set to web:2",
            "0 Pending 1 of 3 updated, 3 old replicas left",
            "500 Pending 1 of 3 updated, 3 old replicas left, 1 failing: image cannot be pulled",
            "3500 Fails 1 of 3 updated, 3 old replicas left, 1 failing: image cannot be pulled",
        ]
    );
    let findings: Vec<_> = end.findings.iter().map(|f| format!("{} {} {}", f.code, f.object, f.what)).collect();
    assert_eq!(findings, ["T101 pod/b cannot pull web:2: not found at docker.io"]);
    assert_eq!(
        end.left.as_deref(),
        Some("Not done: the new version does not start; the old pods still serve.")
    );
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_old_pods_do_not_end_the_rollout_that_mends_them() {
    let mut stage = Stage::available();
    stage.template_changed = true;
    stage.script(vec![
        (0, "Deployment", is(deployment(2, 1, 4, 0))),
        (0, "ReplicaSet", is(replica_set("old", "1"))),
        (0, "ReplicaSet", is(replica_set("new", "2"))),
        (0, "Pod", is(pod("a", "old", waiting("ErrImageNeverPull", "")))),
        (20_000, "Deployment", is(deployment(2, 3, 3, 3))),
    ]);
    let (_, end) = stage.verify(120).await;
    assert!(end.unwrap().holds());
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_from_the_last_progress() {
    let stage = Stage::available();
    stage.script(vec![
        (0, "Deployment", is(deployment(2, 3, 3, 1))),
        (8000, "Deployment", is(deployment(2, 3, 3, 2))),
        (12_000, "Deployment", is(deployment(2, 3, 3, 1))),
        (14_000, "Deployment", is(deployment(2, 3, 3, 2))),
    ]);
    let (told, end) = stage.verify(10).await;
    let end = end.unwrap();
    assert_eq!(
        told,
        [
            "0 Pending 1 of 3 available",
            "8000 Pending 2 of 3 available",
            "12000 Pending 1 of 3 available",
            "14000 Pending 2 of 3 available",
            "18000 Fails 2 of 3 available",
        ]
    );
    assert_eq!(end.left.as_deref(), Some("Not done: 2 of 3 available; no pod serves."));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_deleted_or_replaced_fails_at_once() {
    let mut other = deployment(2, 3, 3, 3);
    other["metadata"]["uid"] = json!("E");
    let mut leaving = deployment(2, 3, 3, 2);
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    let cases = [
        (Ok(Seen::Gone(web())), "deployment/web was deleted"),
        (is(other), "deployment/web is another object of the same name now"),
        (is(leaving), "deployment/web is being deleted"),
    ];
    for (news, why) in cases {
        let stage = Stage::available();
        stage.script(vec![(0, "Deployment", is(deployment(2, 3, 3, 2))), (100, "Deployment", news)]);
        let (told, end) = stage.verify(120).await;
        let end = end.unwrap();
        assert_eq!(told, ["0 Pending 2 of 3 available".to_owned(), format!("100 Fails {why}")]);
        assert_eq!(end.observations.first().map(|o| o.verdict.clone()), Some(Verdict::Fails));
        assert_eq!(end.left, Some(format!("Cannot be verified: {why}.")));
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_not_there_any_more_fails_at_once() {
    let stage = Stage::available();
    stage.script(vec![(5, "Deployment", Ok(Seen::Complete))]);
    let (told, _) = stage.verify(120).await;
    assert_eq!(told, ["5 Fails deployment/web is not there any more"]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_gone_is_lost_sight_and_no_failure_of_the_change() {
    let stage = Stage::available();
    *stage.cluster.gone.lock().unwrap() = true;
    stage.script(vec![(0, "Deployment", is(deployment(2, 3, 3, 2)))]);
    let (told, end) = stage.verify(30).await;
    assert_eq!(told, ["0 Pending 2 of 3 available"]);
    let failure = end.unwrap_err();
    assert_eq!(
        (failure.kind, failure.what.as_str()),
        (
            FailureKind::LostSight,
            "deployment/web was changed, but can no longer be observed: the cluster does not answer"
        )
    );
    let stage = Stage::available();
    stage.script(vec![(0, "Deployment", Err(unreachable()))]);
    let (told, end) = stage.verify(30).await;
    assert_eq!(told, ["0 Pending the cluster does not answer, waiting for it"]);
    assert_eq!(end.unwrap_err().kind, FailureKind::LostSight);
}

#[tokio::test(start_paused = true)]
async fn a_specification_that_somebody_changed_back_fails_after_a_moment() {
    let stage = Stage::new(vec![PostCondition::Replicas(ReplicasAre {
        workload: web(),
        equals: Amount::Exactly(5),
    })]);
    stage.script(vec![(0, "Deployment", is(deployment(2, 3, 3, 3)))]);
    let (told, end) = stage.verify(120).await;
    assert_eq!(told, ["0 Pending replicas are 3, not 5", "3000 Fails replicas are 3, not 5"]);
    assert_eq!(
        end.unwrap().left.as_deref(),
        Some("Not as asked: somebody or something else changed it since.")
    );
}
