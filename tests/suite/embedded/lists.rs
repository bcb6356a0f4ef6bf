//! Lists, tables and what is served at all.

use super::*;

async fn with_maps(count: usize) -> Cluster {
    let cluster = Cluster::new();
    cluster
        .post(
            "/api/v1/namespaces",
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "n" } }),
        )
        .await;
    for index in 0..count {
        let mut object = map(&format!("m{index}"), json!({}));
        object["metadata"]["labels"] = json!({ "even": (index % 2 == 0).to_string() });
        cluster.post("/api/v1/namespaces/n/configmaps", object).await;
    }
    cluster
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .filter(|name| name.starts_with('m'))
        .collect()
}

#[tokio::test]
async fn selectors_narrow_a_list() {
    let cluster = with_maps(4).await;
    let path = "/api/v1/namespaces/n/configmaps";
    let (_, even) = cluster.get(&format!("{path}?labelSelector=even+in+(true)")).await;
    assert_eq!(names(&even), ["m0", "m2"]);
    let (_, one) = cluster.get(&format!("{path}?fieldSelector=metadata.name%3Dm3")).await;
    assert_eq!(names(&one), ["m3"]);
    assert_eq!(
        said(cluster.get(&format!("{path}?labelSelector=a=b=c")).await),
        says(400, "found '=', expected: ',' or 'end of string'")
    );
}

#[tokio::test]
async fn pages_together_are_the_whole_list() {
    let cluster = with_maps(5).await;
    let path = "/api/v1/namespaces/n/configmaps?limit=2&labelSelector=even";
    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let (_, page) = cluster.get(&format!("{path}{next}")).await;
        all.extend(names(&page).into_iter().map(str::to_owned));
        match page["metadata"]["continue"].as_str() {
            Some(token) => next = format!("&continue={token}"),
            None => break,
        }
    }
    assert_eq!(all, ["m0", "m1", "m2", "m3", "m4"]);
}

#[tokio::test]
async fn pages_are_all_of_the_moment_of_the_first_one_until_that_is_forgotten() {
    let cluster = with_maps(4).await;
    let path = "/api/v1/namespaces/n/configmaps";
    let page = "limit=2&labelSelector=even";
    let (_, first) = cluster.get(&format!("{path}?{page}")).await;
    let next = format!("{path}?{page}&continue={}", first["metadata"]["continue"].as_str().unwrap());
    cluster.delete(&format!("{path}/m2")).await;
    let change = json!({ "metadata": { "labels": { "even": "changed" } } });
    cluster.patch(&format!("{path}/m3"), "merge-patch+json", change).await;
    let (_, second) = cluster.get(&next).await;
    assert_eq!(
        (names(&second), &second["items"][1]["metadata"]["labels"]["even"]),
        (vec!["m2", "m3"], &json!("false"))
    );
    let at = first["metadata"]["resourceVersion"].as_str().unwrap();
    let exact = format!("{path}?labelSelector=even&resourceVersionMatch=Exact&resourceVersion={at}");
    assert_eq!(names(&cluster.get(&exact).await.1), ["m0", "m1", "m2", "m3"]);
    for round in 0..2600 {
        let change = json!({ "data": { "round": round.to_string() } });
        cluster.patch(&format!("{path}/m3"), "merge-patch+json", change).await;
    }
    let (code, expired) = cluster.get(&next).await;
    assert_eq!((code, expired["reason"].as_str()), (410, Some("Expired")));
    let rest = format!("{path}?{page}&continue={}", expired["metadata"]["continue"].as_str().unwrap());
    assert_eq!(names(&cluster.get(&rest).await.1), ["m3"]);
    assert_eq!(
        said(cluster.get(&exact).await),
        says(410, "The resourceVersion for the provided list is too old.")
    );
}

#[tokio::test]
async fn a_table_has_the_columns_of_the_real_server() {
    let cluster = Cluster::new();
    cluster.post(MAPS, map("zz", json!({ "a": "1", "b": "2" }))).await;
    cluster.pass(90);
    let request = Request::builder()
        .uri(format!("{MAPS}?fieldSelector=metadata.name%3Dzz&includeObject=None"))
        .header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    let response = cluster.send(request.body(Body::empty()).unwrap()).await;
    let table: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let columns: Vec<&str> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|column| column["name"].as_str())
        .collect();
    assert_eq!(
        (columns, &table["kind"], &table["rows"]),
        (
            vec!["Name", "Data", "Age"],
            &json!("Table"),
            &json!([{ "cells": ["zz", 2, "90s"], "object": null }])
        )
    );
}

#[tokio::test]
async fn a_collection_is_deleted_by_its_selector() {
    let cluster = with_maps(4).await;
    let path = "/api/v1/namespaces/n/configmaps";
    let (code, _) = cluster.delete(&format!("{path}?labelSelector=even%3Dtrue")).await;
    assert_eq!((code, names(&cluster.get(path).await.1)), (200, vec!["m1", "m3"]));
}

#[tokio::test]
async fn a_definition_makes_its_kind_served() {
    let cluster = Cluster::new();
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": "things.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": { "plural": "things", "kind": "Thing" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": { "type": "object" } } }],
        },
    });
    assert_eq!(cluster.get("/apis/example.com/v1/namespaces/default/things").await.0, 404);
    cluster
        .post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        .await;
    let thing = json!({ "apiVersion": "example.com/v1", "kind": "Thing", "metadata": { "name": "a" }, "spec": { "any": [1] } });
    let path = "/apis/example.com/v1/namespaces/default/things";
    let (code, made) = cluster.post(path, thing).await;
    assert_eq!((code, &made["spec"]), (201, &json!({ "any": [1] })));
    let (_, resources) = cluster.get("/apis/example.com/v1").await;
    assert_eq!(resources["resources"][0]["name"], "things");
    cluster
        .delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com")
        .await;
    assert_eq!(cluster.get(path).await.0, 404);
}

#[tokio::test]
async fn one_event_is_the_same_in_both_groups() {
    let cluster = Cluster::new();
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": "e" }, "message": "hi", "reason": "R", "type": "Normal",
        "involvedObject": { "kind": "Pod", "name": "p", "namespace": "default" },
    });
    cluster.post("/api/v1/namespaces/default/events", event).await;
    let (code, other) = cluster.get("/apis/events.k8s.io/v1/namespaces/default/events/e").await;
    assert_eq!(
        (code, &other["apiVersion"], &other["note"], &other["regarding"]["name"]),
        (200, &json!("events.k8s.io/v1"), &json!("hi"), &json!("p"))
    );
}
