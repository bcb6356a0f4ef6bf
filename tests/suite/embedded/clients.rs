//! kube-rs on the embedded cluster, as the program itself uses it.

use futures_util::StreamExt as _;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::watcher;
use kube::{Api, Client};

use super::*;

fn client() -> (Client, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let embedded = Embedded::open(dir.path()).unwrap();
    (Client::new(embedded.service(), "default"), dir)
}

#[tokio::test]
async fn the_seeded_app_is_there_and_scales() {
    let (client, _dir) = client();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let names: Vec<String> = deployments
        .list(&ListParams::default())
        .await
        .unwrap()
        .items
        .into_iter()
        .filter_map(|d| d.metadata.name)
        .collect();
    assert_eq!(names, ["todo-backend", "todo-frontend"]);
    let patch = Patch::Merge(json!({ "spec": { "replicas": 3 } }));
    let scale = deployments
        .patch_scale("todo-backend", &PatchParams::default(), &patch)
        .await
        .unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(3));
    let ready = |deployment: Option<&Deployment>| deployment.and_then(|d| d.status.as_ref()?.available_replicas) == Some(3);
    let wait = kube::runtime::wait::await_condition(deployments, "todo-backend", ready);
    tokio::time::timeout(std::time::Duration::from_secs(30), wait)
        .await
        .unwrap()
        .unwrap();
    let pods: Api<Pod> = Api::all(client);
    let list = pods
        .list(&ListParams::default().labels("app.kubernetes.io/component=backend"))
        .await
        .unwrap();
    assert_eq!(list.items.len(), 3);
}

#[tokio::test]
async fn a_watcher_sees_all_there_is_and_then_each_change() {
    for streaming in [false, true] {
        let (client, _dir) = client();
        let maps: Api<ConfigMap> = Api::default_namespaced(client);
        let made = ConfigMap {
            metadata: kube::api::ObjectMeta {
                name: Some("a".into()),
                ..Default::default()
            },
            ..Default::default()
        };
        let mut config = watcher::Config::default().fields("metadata.name!=todo-config,metadata.name!=kube-root-ca.crt");
        if streaming {
            config = config.streaming_lists();
        }
        let mut events = Box::pin(watcher(maps.clone(), config));
        let mut seen = Vec::new();
        while let Some(event) = tokio::time::timeout(std::time::Duration::from_secs(10), events.next())
            .await
            .unwrap()
        {
            let name = |map: ConfigMap| map.metadata.name.unwrap_or_default();
            match event.unwrap() {
                watcher::Event::Init => {}
                watcher::Event::InitApply(map) => seen.push(format!("there {}", name(map))),
                watcher::Event::InitDone => {
                    seen.push("done".to_owned());
                    maps.create(&PostParams::default(), &made).await.unwrap();
                }
                watcher::Event::Apply(map) => {
                    seen.push(format!("apply {}", name(map)));
                    maps.delete("a", &DeleteParams::default()).await.unwrap();
                }
                watcher::Event::Delete(map) => {
                    seen.push(format!("delete {}", name(map)));
                    break;
                }
            }
        }
        assert_eq!(seen, ["done", "apply a", "delete a"], "streaming: {streaming}");
    }
}

#[tokio::test]
async fn discovery_finds_what_is_served() {
    let (client, _dir) = client();
    let discovery = kube::Discovery::new(client.clone()).run_aggregated().await.unwrap();
    let (resource, _) = discovery
        .groups()
        .flat_map(kube::discovery::ApiGroup::recommended_resources)
        .find(|(r, _)| r.kind == "Deployment")
        .unwrap();
    assert_eq!((resource.group.as_str(), resource.plural.as_str()), ("apps", "deployments"));
    assert_eq!(client.apiserver_version().await.unwrap().minor, "34");
}
