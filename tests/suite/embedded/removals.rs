//! What goes with its owner, what is held back, and what is made at its time.

use super::*;

const PODS: &str = "/api/v1/namespaces/default/pods";

async fn owned(cluster: &Cluster, name: &str, owner: &Value, finalizers: Value) {
    let mut object = map(name, json!({}));
    let reference = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"], "blockOwnerDeletion": true,
    });
    object["metadata"]["ownerReferences"] = json!([reference]);
    object["metadata"]["finalizers"] = finalizers;
    assert_eq!(cluster.post(MAPS, object).await.0, 201);
}

#[tokio::test]
async fn an_owner_deleted_in_the_foreground_waits_for_what_it_owns() {
    let cluster = Cluster::new();
    let (_, owner) = cluster.post(MAPS, map("owner", json!({}))).await;
    owned(&cluster, "free", &owner, json!([])).await;
    owned(&cluster, "held", &owner, json!(["example.com/hold"])).await;
    cluster.delete(&format!("{MAPS}/owner?propagationPolicy=Foreground")).await;
    let code = async |name: &str| cluster.get(&format!("{MAPS}/{name}")).await.0;
    assert_eq!((code("owner").await, code("free").await, code("held").await), (200, 404, 200));
    let free = json!({ "metadata": { "finalizers": null } });
    cluster.patch(&format!("{MAPS}/held"), "merge-patch+json", free).await;
    assert_eq!((code("owner").await, code("held").await), (404, 404));
    owned(&cluster, "stray", &owner, json!([])).await;
    assert_eq!(code("stray").await, 404);
}

#[tokio::test]
async fn a_namespace_that_cannot_go_says_what_it_waits_for() {
    let cluster = Cluster::new();
    let namespaces = "/api/v1/namespaces";
    cluster
        .post(
            namespaces,
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "n" } }),
        )
        .await;
    let mut held = map("held", json!({}));
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    cluster.post("/api/v1/namespaces/n/configmaps", held).await;
    cluster.delete("/api/v1/namespaces/n").await;
    let (_, namespace) = cluster.get("/api/v1/namespaces/n").await;
    let told: Vec<&str> = namespace["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|condition| condition["status"] == "True")
        .map(|condition| condition["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "Some resources are remaining: configmaps. has 1 resource instances",
            "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
        ]
    );
    let free = json!({ "metadata": { "finalizers": null } });
    cluster
        .patch("/api/v1/namespaces/n/configmaps/held", "merge-patch+json", free)
        .await;
    assert_eq!(cluster.get("/api/v1/namespaces/n").await.0, 404);
}

#[tokio::test]
async fn a_disruption_budget_keeps_pods_from_being_evicted() {
    let cluster = Cluster::new();
    let spec = json!({ "minAvailable": 2, "selector": { "matchLabels": { "app.kubernetes.io/component": "backend" } } });
    let budget = json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "b" }, "spec": spec });
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    cluster.post(budgets, budget).await;
    let (_, pods) = cluster
        .get(&format!("{PODS}?labelSelector=app.kubernetes.io/component%3Dbackend"))
        .await;
    let names: Vec<&str> = pods["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pod| pod["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{pods}");
    let eviction = json!({ "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": names[0] } });
    let path = format!("{PODS}/{}/eviction", names[0]);
    let (code, refused) = cluster.post(&path, eviction.clone()).await;
    let why = "The disruption budget b needs 2 healthy pods and has 2 currently";
    assert_eq!((code, &refused["details"]["causes"][0]["message"]), (429, &json!(why)));
    cluster
        .patch(
            &format!("{budgets}/b"),
            "merge-patch+json",
            json!({ "spec": { "minAvailable": 1 } }),
        )
        .await;
    assert_eq!(cluster.post(&path, eviction).await.0, 201);
}

#[tokio::test]
async fn a_cron_job_makes_its_jobs_in_time_and_keeps_the_last_three() {
    let cluster = Cluster::new();
    let pod = json!({ "restartPolicy": "Never", "containers": [{ "name": "w", "image": "todo-backend:v1", "command": ["true"] }] });
    let spec = json!({ "schedule": "*/10 * * * *", "jobTemplate": { "spec": { "template": { "spec": pod } } } });
    let cron = json!({ "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "tick" }, "spec": spec });
    assert_eq!(cluster.post("/apis/batch/v1/namespaces/default/cronjobs", cron).await.0, 201);
    let jobs = async || {
        let (_, jobs) = cluster.get("/apis/batch/v1/namespaces/default/jobs").await;
        let names = jobs["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["metadata"]["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(jobs().await, [""; 0]);
    cluster.pass(605);
    // Minutes since 1970.
    assert_eq!(jobs().await, ["tick-29454490"]);
    cluster.pass(3600);
    assert_eq!(jobs().await, ["tick-29454530", "tick-29454540", "tick-29454550"]);
    let (_, cron) = cluster.get("/apis/batch/v1/namespaces/default/cronjobs/tick").await;
    assert_eq!(cron["status"]["lastScheduleTime"], "2026-01-01T13:10:00Z");
}
