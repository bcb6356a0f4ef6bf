//! The embedded cluster's life: the same however often one looks, and as a real cluster tells it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use todo_agent::adapters::cluster::embedded::lifecycle::{self, faults, seed};
use todo_agent::adapters::cluster::embedded::world::{Images, Key, World};

const START: &str = "2026-11-23T18:45:00.125Z";

fn fresh() -> World {
    let now: Timestamp = START.parse().unwrap();
    World::new(
        now,
        Images { known: seed::images() },
        seed::seed(now, "8d3e7c1a-0000-4000-8000-000000000001"),
    )
}

fn key(kind: &str, name: &str) -> Key {
    (kind.to_owned(), "default".to_owned(), name.to_owned())
}

fn backend() -> Key {
    key("Deployment", "todo-backend")
}

/// Lets time pass.
fn pass(world: &mut World, millis: i64) {
    world.now = world.now.checked_add(SignedDuration::from_millis(millis)).unwrap();
    lifecycle::advance(world);
}

/// Changes an object as the API does: generation, and controllers react at once.
fn change(world: &mut World, key: &Key, edit: impl FnOnce(&mut Value)) {
    let mut object = world.get(&key.0, &key.1, &key.2).unwrap().clone();
    edit(&mut object);
    object["metadata"]["generation"] = json!(object["metadata"]["generation"].as_i64().unwrap_or_default() + 1);
    lifecycle::defaults(&key.0, &mut object);
    world.put(object);
    lifecycle::advance(world);
}

/// Makes an object as the API does.
fn create(world: &mut World, mut object: Value) {
    let kind = object["kind"].as_str().unwrap().to_owned();
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    object["metadata"]["uid"] = json!(format!("{kind}-{name}"));
    object["metadata"]["namespace"] = json!("default");
    object["metadata"]["generation"] = json!(1);
    object["metadata"]["creationTimestamp"] = json!(world.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    lifecycle::defaults(&kind, &mut object);
    lifecycle::admit(world, &kind, &mut object, None).unwrap();
    world.put(object);
    lifecycle::advance(world);
}

fn scale(world: &mut World, replicas: i64) {
    change(world, &backend(), |object| object["spec"]["replicas"] = json!(replicas));
}

fn set_image(world: &mut World, image: &str) {
    change(world, &backend(), |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image)
    });
}

fn break_with(world: &mut World, fault: &str) {
    faults::apply(fault, &backend(), world).unwrap();
    lifecycle::advance(world);
}

/// The pods of an app's component in words: state, ready, restarts; sorted and counted.
fn pods(world: &World, component: &str) -> Vec<String> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for pod in world.list("Pod", Some("default")) {
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] == component {
            *counted.entry(words(pod)).or_default() += 1;
        }
    }
    counted.into_iter().map(|(words, count)| format!("{count} × {words}")).collect()
}

fn words(pod: &Value) -> String {
    if pod["metadata"].get("deletionTimestamp").is_some() {
        return "Terminating".to_owned();
    }
    let status = &pod["status"]["containerStatuses"][0];
    let (kind, state) = match status["state"].as_object().and_then(|state| state.iter().next()) {
        Some((kind, state)) => (kind.as_str(), state),
        None => return format!("{}: {}", pod["status"]["phase"], pod["status"]["conditions"][0]["reason"]).replace('"', ""),
    };
    let state = match kind {
        "running" => "Running".to_owned(),
        _ => state["reason"].as_str().unwrap_or_default().to_owned(),
    };
    let ready = if status["ready"] == true { "ready" } else { "not ready" };
    format!("{state}, {ready}, {} restarts", status["restartCount"])
}

fn status(world: &World) -> String {
    let deployment = world.get("Deployment", "default", "todo-backend").unwrap();
    let count = |field: &str| deployment["status"][field].as_i64().unwrap_or_default();
    let mut conditions: Vec<String> = deployment["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|condition| format!("{}={}", condition["type"], condition["reason"]).replace('"', ""))
        .collect();
    conditions.sort();
    format!(
        "{} replicas, {} updated, {} ready, {} available, {} unavailable; {}",
        count("replicas"),
        count("updatedReplicas"),
        count("readyReplicas"),
        count("availableReplicas"),
        count("unavailableReplicas"),
        conditions.join(" ")
    )
}

/// Reasons and messages of the warnings, without the names that are made up.
fn warnings(world: &World) -> Vec<String> {
    let mut found: Vec<String> = world
        .list("Event", Some("default"))
        .filter(|event| event["type"] == "Warning")
        .map(|event| {
            let mut message = event["message"].as_str().unwrap().to_owned();
            for object in world.list("Pod", None).chain(world.list("ReplicaSet", None)) {
                let short = if object["kind"] == "Pod" { "POD" } else { "SET" };
                message = message.replace(object["metadata"]["name"].as_str().unwrap(), short);
                message = message.replace(object["metadata"]["uid"].as_str().unwrap(), "UID");
                if let Some(address) = object["status"]["podIP"].as_str() {
                    message = message.replace(&format!("{address}:"), "ADDRESS:");
                }
            }
            format!("{}: {message}", event["reason"].as_str().unwrap())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn scaling_up_takes_a_second_and_scaling_down_ends_at_once() {
    let mut world = fresh();
    scale(&mut world, 5);
    assert_eq!(
        status(&world),
        "5 replicas, 5 updated, 2 ready, 2 available, 3 unavailable; Available=MinimumReplicasUnavailable Progressing=NewReplicaSetAvailable"
    );
    pass(&mut world, 2_000);
    assert_eq!(
        status(&world),
        "5 replicas, 5 updated, 5 ready, 5 available, 0 unavailable; Available=MinimumReplicasAvailable Progressing=NewReplicaSetAvailable"
    );
    scale(&mut world, 1);
    assert_eq!(pods(&world, "backend"), ["1 × Running, ready, 0 restarts", "4 × Terminating"]);
    pass(&mut world, 2_000);
    assert_eq!(pods(&world, "backend"), ["1 × Running, ready, 0 restarts"]);
    assert_eq!(
        world.get("Endpoints", "default", "todo-backend").unwrap()["subsets"][0]["addresses"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_rolling_update_never_has_fewer_pods_than_wanted() {
    let mut world = fresh();
    scale(&mut world, 4);
    pass(&mut world, 2_000);
    set_image(&mut world, "todo-backend:v2");
    for _ in 0..100 {
        pass(&mut world, 100);
        let available = world.get("Deployment", "default", "todo-backend").unwrap()["status"]["availableReplicas"]
            .as_i64()
            .unwrap();
        assert!(available >= 3, "{available} of 4 available");
        let live = world.list("Pod", Some("default")).filter(|pod| {
            pod["metadata"]["labels"]["app.kubernetes.io/component"] == "backend" && pod["metadata"].get("deletionTimestamp").is_none()
        });
        assert!(live.count() <= 5);
    }
    assert_eq!(
        status(&world),
        "4 replicas, 4 updated, 4 ready, 4 available, 0 unavailable; Available=MinimumReplicasAvailable Progressing=NewReplicaSetAvailable"
    );
    let deployment = world.get("Deployment", "default", "todo-backend").unwrap();
    assert_eq!(deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    // Back to the old image: the old replica set serves again, as revision 3.
    set_image(&mut world, "todo-backend:v1");
    pass(&mut world, 10_000);
    let mut revisions: Vec<String> = world
        .list("ReplicaSet", Some("default"))
        .filter(|set| set["metadata"]["ownerReferences"][0]["name"] == "todo-backend")
        .map(|set| {
            format!(
                "{} {} pods, history {}",
                set["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
                set["spec"]["replicas"],
                set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"]
            )
        })
        .collect();
    revisions.sort();
    assert_eq!(revisions, [r#""2" 0 pods, history null"#, r#""3" 4 pods, history "1""#]);
}

/// What each fault looks like after half a minute: the pods of the component and the warnings.
#[test]
fn every_fault_shows_as_it_does_in_life() {
    let running = "2 × Running, ready, 0 restarts";
    let crash = "BackOff: Back-off restarting failed container backend in pod POD_default(UID)";
    let unready = r#"Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404"#;
    let refused =
        r#"Unhealthy: Readiness probe failed: Get "http://ADDRESS:7860/health": dial tcp ADDRESS:7860: connect: connection refused"#;
    let crashes = vec![crash.to_owned(), refused.to_owned()];
    let denied = r#"failed to pull and unpack image "docker.io/library/todo-backend:does-not-exist": failed to resolve reference "docker.io/library/todo-backend:does-not-exist": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#;
    let expected: Vec<(&str, Vec<&str>, Vec<String>)> = vec![
        (
            "image-pull",
            vec!["1 × ImagePullBackOff, not ready, 0 restarts", running],
            vec![
                "Failed: Error: ErrImagePull".to_owned(),
                "Failed: Error: ImagePullBackOff".to_owned(),
                format!("Failed: Failed to pull image \"todo-backend:does-not-exist\": {denied}"),
            ],
        ),
        ("crash-loop", vec!["1 × CrashLoopBackOff, not ready, 2 restarts", running], crashes.clone()),
        ("missing-env", vec!["1 × CrashLoopBackOff, not ready, 2 restarts", running], crashes.clone()),
        ("bad-probe", vec!["1 × Running, not ready, 0 restarts", running], vec![unready.to_owned()]),
        ("oom", vec!["1 × CrashLoopBackOff, not ready, 2 restarts", running], crashes.clone()),
        (
            "unschedulable",
            vec!["1 × Pending: Unschedulable", running],
            vec![
                "FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
                    .to_owned(),
            ],
        ),
        (
            "missing-config",
            vec!["1 × CreateContainerConfigError, not ready, 0 restarts", running],
            vec!["Failed: Error: configmap \"todo-backend-flags\" not found".to_owned()],
        ),
        (
            "missing-secret",
            vec!["1 × CreateContainerConfigError, not ready, 0 restarts", running],
            vec!["Failed: Error: secret \"todo-backend-credentials\" not found".to_owned()],
        ),
        (
            "missing-key",
            vec!["1 × CreateContainerConfigError, not ready, 0 restarts", running],
            vec!["Failed: Error: couldn't find key FEATURE_TOKEN in Secret default/todo-secrets".to_owned()],
        ),
        ("wrong-selector", vec![running], vec![]),
        (
            "unbound-volume",
            vec!["1 × Pending: Unschedulable", running],
            vec![
                "FailedScheduling: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found".to_owned(),
                "ProvisioningFailed: storageclass.storage.k8s.io \"fast-ssd\" not found".to_owned(),
            ],
        ),
        (
            "missing-folder",
            vec!["1 × ContainerCreating, not ready, 0 restarts", running],
            vec![
                "FailedMount: MountVolume.SetUp failed for volume \"data\" : hostPath type check failed: /srv/todo-backend is not a directory"
                    .to_owned(),
            ],
        ),
        ("stuck-rollout", vec!["1 × Running, not ready, 0 restarts", running], vec![unready.to_owned()]),
    ];
    for (fault, pods_expected, warnings_expected) in expected {
        let mut world = fresh();
        break_with(&mut world, fault);
        pass(&mut world, 30_000);
        assert_eq!(pods(&world, "backend"), pods_expected, "{fault}");
        assert_eq!(warnings(&world), warnings_expected, "{fault}");
        faults::heal(&backend(), &mut world).unwrap();
        lifecycle::advance(&mut world);
        pass(&mut world, 20_000);
        assert_eq!(pods(&world, "backend"), [running], "{fault} healed");
        let endpoints = world.get("Endpoints", "default", "todo-backend").unwrap();
        assert_eq!(
            endpoints["subsets"][0]["addresses"].as_array().map(Vec::len),
            Some(2),
            "{fault} healed"
        );
    }
}

#[test]
fn a_quota_stops_a_rollout_and_says_so() {
    let mut world = fresh();
    break_with(&mut world, "quota");
    pass(&mut world, 3_000);
    assert_eq!(
        status(&world),
        "2 replicas, 0 updated, 2 ready, 2 available, 1 unavailable; Available=MinimumReplicasAvailable Progressing=NewReplicaSetCreated ReplicaFailure=FailedCreate"
    );
    let set = world
        .list("ReplicaSet", None)
        .find(|set| set["status"].get("conditions").is_some())
        .unwrap();
    let message = set["status"]["conditions"][0]["message"].as_str().unwrap();
    let (_, refusal) = message.split_once(" is forbidden: ").unwrap();
    assert_eq!(
        refusal,
        "exceeded quota: practice-quota, requested: pods=1, used: pods=4, limited: pods=4"
    );
    faults::heal(&backend(), &mut world).unwrap();
    lifecycle::advance(&mut world);
    pass(&mut world, 5_000);
    assert_eq!(pods(&world, "backend"), ["2 × Running, ready, 0 restarts"]);
}

#[test]
fn a_stuck_rollout_gives_up_at_its_deadline() {
    let mut world = fresh();
    break_with(&mut world, "stuck-rollout");
    pass(&mut world, 14_000);
    assert_eq!(
        status(&world),
        "3 replicas, 1 updated, 2 ready, 2 available, 1 unavailable; Available=MinimumReplicasAvailable Progressing=ReplicaSetUpdated"
    );
    pass(&mut world, 4_000);
    assert_eq!(
        status(&world),
        "3 replicas, 1 updated, 2 ready, 2 available, 1 unavailable; Available=MinimumReplicasAvailable Progressing=ProgressDeadlineExceeded"
    );
}

#[test]
fn a_crash_loop_waits_longer_each_time_up_to_five_minutes() {
    let mut world = fresh();
    break_with(&mut world, "crash-loop");
    let mut waits = Vec::new();
    for _ in 0..3_000 {
        pass(&mut world, 1_000);
        let message = world
            .list("Pod", Some("default"))
            .filter_map(|pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"].as_str())
            .find_map(|message| message.strip_prefix("back-off ")?.split(' ').next().map(str::to_owned));
        if let Some(wait) = message.filter(|wait| waits.last() != Some(wait)) {
            waits.push(wait);
        }
    }
    assert_eq!(waits, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"]);
}

#[test]
fn a_killed_container_says_why() {
    let mut world = fresh();
    break_with(&mut world, "oom");
    pass(&mut world, 5_000);
    let pod = world
        .list("Pod", Some("default"))
        .find(|pod| pod["status"]["containerStatuses"][0]["restartCount"] != 0)
        .unwrap();
    let last = &pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((last["exitCode"].as_i64(), last["reason"].as_str()), (Some(137), Some("OOMKilled")));
}

#[test]
fn deleting_a_deployment_takes_its_pods_along() {
    let mut world = fresh();
    world.delete("Deployment", "default", "todo-backend");
    lifecycle::advance(&mut world);
    assert_eq!(pods(&world, "backend"), ["2 × Terminating"]);
    pass(&mut world, 5_000);
    assert_eq!(pods(&world, "backend"), Vec::<String>::new());
    assert_eq!(world.list("ReplicaSet", None).count(), 1);
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it() {
    let mut world = fresh();
    let mut namespace = world.get("Namespace", "", "default").unwrap().clone();
    namespace["metadata"]["deletionTimestamp"] = json!("2026-11-23T18:45:00Z");
    world.put(namespace);
    lifecycle::advance(&mut world);
    assert_eq!(world.get("Namespace", "", "default").unwrap()["status"]["phase"], "Terminating");
    pass(&mut world, 40_000);
    assert_eq!(world.get("Namespace", "", "default"), None);
    let left: Vec<&Key> = world.all().map(|(key, _)| key).filter(|key| key.1 == "default").collect();
    assert_eq!(left, Vec::<&Key>::new());
}

#[test]
fn a_job_ends_and_a_stateful_set_counts_up() {
    let mut world = fresh();
    let template = |policy: &str, line: &str| {
        json!({
            "metadata": { "labels": { "app": "x" } },
            "spec": { "restartPolicy": policy, "containers": [{ "name": "x", "image": "busybox:1.36", "command": ["sh", "-c", line] }] },
        })
    };
    create(
        &mut world,
        json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "migrate" }, "spec": { "template": template("Never", "echo done") } }),
    );
    create(
        &mut world,
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "broken" },
            "spec": { "backoffLimit": 1, "template": template("Never", "exit 2") },
        }),
    );
    create(
        &mut world,
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "db" },
            "spec": {
                "replicas": 2, "serviceName": "db", "selector": { "matchLabels": { "app": "x" } }, "template": template("Always", "sleep infinity"),
                "volumeClaimTemplates": [{
                    "metadata": { "name": "data" },
                    "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
                }],
            },
        }),
    );
    pass(&mut world, 60_000);
    let job = |name: &str| world.get("Job", "default", name).unwrap()["status"].clone();
    assert_eq!(
        (&job("migrate")["succeeded"], &job("migrate")["conditions"][1]["type"]),
        (&json!(1), &json!("Complete"))
    );
    assert_eq!(
        (&job("broken")["failed"], &job("broken")["conditions"][1]["reason"]),
        (&json!(2), &json!("BackoffLimitExceeded"))
    );
    let set = world.get("StatefulSet", "default", "db").unwrap();
    assert_eq!(
        (&set["status"]["readyReplicas"], &set["status"]["updatedReplicas"]),
        (&json!(2), &json!(2))
    );
    for name in ["data-db-0", "data-db-1"] {
        let claim = world.get("PersistentVolumeClaim", "default", name).unwrap();
        assert_eq!(
            (&claim["status"]["phase"], &claim["spec"]["storageClassName"]),
            (&json!("Bound"), &json!("standard"))
        );
    }
}

/// What a user may do between two looks.
#[derive(Clone, Debug)]
enum Act {
    Scale(i64),
    Image(&'static str),
    Break(&'static str),
    Heal,
    Nothing,
}

fn act(world: &mut World, act: &Act) {
    match act {
        Act::Scale(replicas) => scale(world, *replicas),
        Act::Image(image) => set_image(world, image),
        Act::Break(fault) => break_with(world, fault),
        Act::Heal => {
            faults::heal(&backend(), world).unwrap();
            lifecycle::advance(world);
        }
        Act::Nothing => {}
    }
}

fn acts() -> impl Strategy<Value = Act> {
    let faults: Vec<&'static str> = faults::FAULTS
        .iter()
        .map(|fault| fault.name)
        .filter(|name| !matches!(*name, "missing-env" | "quota"))
        .collect();
    prop_oneof![
        (0_i64..8).prop_map(Act::Scale),
        prop::sample::select(vec!["todo-backend:v1", "todo-backend:v2", "nginx", "busybox", "todo-backend:nope"]).prop_map(Act::Image),
        prop::sample::select(faults).prop_map(Act::Break),
        Just(Act::Break("quota")),
        Just(Act::Heal),
        Just(Act::Nothing),
    ]
}

/// A world without what only counts looks: nothing. All of it must be the same.
fn everything(world: &World) -> BTreeMap<Key, Value> {
    world.all().map(|(key, object)| (key.clone(), object.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn however_often_one_looks_the_world_is_the_same(
        steps in prop::collection::vec((acts(), 1_i64..400_000, prop::collection::vec(1_i64..400_000, 0..12)), 1..5)
    ) {
        let (mut once, mut often) = (fresh(), fresh());
        for (step, total, cuts) in steps {
            act(&mut once, &step);
            act(&mut often, &step);
            let end = once.now.checked_add(SignedDuration::from_millis(total)).unwrap();
            let mut moments: Vec<i64> = cuts.into_iter().filter(|cut| *cut < total).collect();
            moments.sort_unstable();
            let start = often.now;
            for moment in moments {
                often.now = start.checked_add(SignedDuration::from_millis(moment)).unwrap();
                lifecycle::advance(&mut often);
            }
            once.now = end;
            often.now = end;
            prop_assert_eq!(lifecycle::advance(&mut once), lifecycle::advance(&mut often));
            let (one, other) = (everything(&once), everything(&often));
            for (key, object) in &one {
                prop_assert_eq!(Some(object), other.get(key), "{:?}", key);
            }
            prop_assert_eq!(one.len(), other.len());
        }
    }
}

/// The log of a backend pod that matches, from an address that is not made up.
fn backend_log(world: &World, query: &lifecycle::logs::Query, wanted: impl Fn(&Value) -> bool) -> Result<Vec<String>, String> {
    let pod = world
        .list("Pod", Some("default"))
        .find(|pod| pod["metadata"]["labels"]["app.kubernetes.io/component"] == "backend" && wanted(pod))
        .unwrap();
    let lines = lifecycle::logs::logs(world, pod, query)?;
    let port = |line: &str| match line.split_once("10.244.0.1:") {
        Some((head, rest)) => format!(
            "{head}10.244.0.1:PORT{}",
            rest.trim_start_matches(|letter: char| letter.is_ascii_digit())
        ),
        None => line.to_owned(),
    };
    Ok(lines.into_iter().map(|(_, line)| port(&line)).collect())
}

fn any(_: &Value) -> bool {
    true
}

fn restarted(pod: &Value) -> bool {
    pod["status"]["containerStatuses"][0]["restartCount"] != 0
}

#[test]
fn the_log_begins_as_uvicorns_does_and_goes_on_with_requests() {
    let world = fresh();
    let log = backend_log(&world, &lifecycle::logs::Query::default(), any).unwrap();
    assert_eq!(
        log[..5],
        [
            "INFO:     Started server process [1]",
            "INFO:     Waiting for application startup.",
            "INFO:     Application startup complete.",
            "INFO:     Uvicorn running on http://0.0.0.0:7860 (Press CTRL+C to quit)",
            "INFO:     10.244.0.1:PORT - \"GET /health HTTP/1.1\" 200 OK",
        ]
    );
    let query = lifecycle::logs::Query {
        tail: Some(3),
        ..Default::default()
    };
    assert_eq!(backend_log(&world, &query, any).unwrap(), log[log.len() - 3..]);
}

#[test]
fn a_log_is_the_same_in_parts_as_in_whole() {
    let mut world = fresh();
    let pod = world.list("Pod", Some("default")).next().unwrap().clone();
    let read = |world: &World, since: Option<Timestamp>| {
        let query = lifecycle::logs::Query {
            since,
            ..Default::default()
        };
        lifecycle::logs::logs(world, &pod, &query).unwrap()
    };
    let mut followed = read(&world, None);
    for _ in 0..40 {
        let last = followed.last().unwrap().0;
        let query = lifecycle::logs::Query::default();
        let next = lifecycle::logs::next_line(&world, &pod, &query, last).unwrap().unwrap();
        assert!(next > last);
        world.now = next;
        let news = read(&world, Some(next));
        assert!(news.iter().all(|(at, _)| *at == next) && !news.is_empty(), "{news:?}");
        followed.extend(news);
    }
    assert_eq!(followed, read(&world, None));
    // A month later the end of the log is found at once.
    world.now = world.now.checked_add(SignedDuration::from_hours(24 * 30)).unwrap();
    let query = lifecycle::logs::Query {
        tail: Some(10),
        ..Default::default()
    };
    assert_eq!(lifecycle::logs::logs(&world, &pod, &query).unwrap().len(), 10);
}

#[test]
fn a_crash_says_why_in_its_last_lines() {
    let mut world = fresh();
    break_with(&mut world, "missing-env");
    pass(&mut world, 20_000);
    let expected = [
        "INFO:     Started server process [1]",
        "INFO:     Waiting for application startup.",
        "ERROR:    Traceback (most recent call last):",
        "  File \"/app/main.py\", line 24, in lifespan",
        "    settings = Settings.from_env()",
        "RuntimeError: DATABASE_URL is not set",
        "ERROR:    Application startup failed. Exiting.",
    ];
    assert_eq!(
        backend_log(&world, &lifecycle::logs::Query::default(), restarted).unwrap(),
        expected
    );
    let query = lifecycle::logs::Query {
        previous: true,
        ..Default::default()
    };
    assert_eq!(backend_log(&world, &query, restarted).unwrap(), expected);
}

#[test]
fn a_container_that_never_ran_has_no_log_and_says_so() {
    let mut world = fresh();
    break_with(&mut world, "image-pull");
    pass(&mut world, 20_000);
    let waiting = |pod: &Value| pod["status"]["phase"] == "Pending";
    let refusal = backend_log(&world, &lifecycle::logs::Query::default(), waiting).unwrap_err();
    assert!(
        refusal.ends_with(" is waiting to start: trying and failing to pull image"),
        "{refusal}"
    );
    let query = lifecycle::logs::Query {
        container: Some("nope".to_owned()),
        ..Default::default()
    };
    assert!(
        backend_log(&world, &query, any)
            .unwrap_err()
            .starts_with("container nope is not valid for pod todo-backend-")
    );
}
