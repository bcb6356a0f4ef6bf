//! Watches: what is there, what changes, what was missed.

use super::*;

/// All lines of a watch that ends by itself.
async fn watched(cluster: &Cluster, path: &str) -> Vec<(String, String)> {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let response = cluster.send(request).await;
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            let object = &event["object"];
            let what = object["metadata"]["name"]
                .as_str()
                .or(object["reason"].as_str())
                .unwrap_or_default();
            (event["type"].as_str().unwrap().to_owned(), what.to_owned())
        })
        .collect()
}

fn lines(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(word, name)| ((*word).to_owned(), (*name).to_owned()))
        .collect()
}

async fn labeled(cluster: &Cluster, name: &str, value: &str) {
    let mut object = map(name, json!({}));
    object["metadata"]["labels"] = json!({ "on": value });
    cluster.post(MAPS, object).await;
}

#[tokio::test]
async fn objects_come_into_a_selection_and_leave_it() {
    let cluster = Cluster::new();
    let (_, list) = cluster.get(MAPS).await;
    let start = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    labeled(&cluster, "a", "yes").await;
    labeled(&cluster, "b", "no").await;
    let set = |value: &str| json!({ "metadata": { "labels": { "on": value } } });
    cluster.patch(&format!("{MAPS}/b"), "merge-patch+json", set("yes")).await;
    cluster
        .patch(&format!("{MAPS}/a"), "merge-patch+json", json!({ "data": { "x": "1" } }))
        .await;
    cluster.patch(&format!("{MAPS}/a"), "merge-patch+json", set("no")).await;
    cluster.delete(&format!("{MAPS}/b")).await;
    let path = format!("{MAPS}?watch=1&timeoutSeconds=1&labelSelector=on%3Dyes&resourceVersion={start}");
    assert_eq!(
        watched(&cluster, &path).await,
        lines(&[
            ("ADDED", "a"),
            ("ADDED", "b"),
            ("MODIFIED", "a"),
            ("DELETED", "a"),
            ("DELETED", "b")
        ])
    );
}

#[tokio::test]
async fn a_watch_from_nowhere_begins_with_what_is_there() {
    let cluster = Cluster::new();
    labeled(&cluster, "a", "yes").await;
    let path = format!(
        "{MAPS}?watch=1&timeoutSeconds=1&labelSelector=on&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    );
    assert_eq!(watched(&cluster, &path).await, lines(&[("ADDED", "a"), ("BOOKMARK", "")]));
    let path = format!("{MAPS}?watch=1&timeoutSeconds=1&labelSelector=on");
    assert_eq!(watched(&cluster, &path).await, lines(&[("ADDED", "a")]));
}

#[tokio::test]
async fn a_watch_wakes_for_a_change_of_this_process_and_of_another() {
    let cluster = Cluster::new();
    let (_, list) = cluster.get(MAPS).await;
    let start = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let path = format!("{MAPS}?watch=1&timeoutSeconds=2&resourceVersion={start}");
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let mut body = cluster.send(request).await.into_body();
    // A second handle of the same folder stands for another process: it has a connection of its own.
    let other = Embedded::open(cluster.dir.path()).unwrap();
    for embedded in [&cluster.embedded, &other] {
        let name = format!("w{}", std::ptr::from_ref(embedded).addr());
        let object = map(&name, json!({})).to_string().into_bytes();
        let request = Request::builder()
            .method(Method::POST)
            .uri(MAPS)
            .header("content-type", "application/json");
        let begun = std::time::Instant::now();
        embedded
            .service()
            .ready()
            .await
            .unwrap()
            .call(request.body(Body::from(object)).unwrap())
            .await
            .unwrap();
        let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(String::from_utf8_lossy(&frame).contains(&name));
        assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_watch_from_a_version_that_never_was_is_told_so() {
    let cluster = Cluster::new();
    let path = format!("{MAPS}?watch=1&timeoutSeconds=1&resourceVersion=999999");
    assert_eq!(watched(&cluster, &path).await, lines(&[("ERROR", "Expired")]));
}
