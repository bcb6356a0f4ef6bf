//! A user with rights in one namespace alone, as a role binding makes them.

use std::{collections::BTreeMap, sync::Arc};

use http::Request;
use kube::client::Body;
use serde_json::json;
use todo_agent::{
    domain::reading::{Needs, Reading, SlotMention},
    stages::survey::Survey,
};

use super::{Answer, Notes, json_answer, over};

/// May list and watch in namespace `mine`, and get no namespace; `nowhere` is known not to be there to who asks for it.
fn bound(
    knows_nowhere: bool,
) -> impl tower::Service<Request<Body>, Response = http::Response<Body>, Error = tower::BoxError, Future = Answer> + Send {
    tower::service_fn(move |request: Request<Body>| {
        let path = request.uri().path().to_owned();
        Box::pin(async move {
            if path.contains("/namespaces/mine/") {
                let list = json!({"kind": "List", "metadata": {"resourceVersion": "1"}, "items": []});
                return Ok(json_answer(200, list.to_string()));
            }
            if knows_nowhere && path.ends_with("/namespaces/nowhere") {
                let gone = json!({"kind": "Status", "code": 404, "reason": "NotFound", "message": "namespaces \"nowhere\" not found", "details": {"name": "nowhere", "kind": "namespaces"}});
                return Ok(json_answer(404, gone.to_string()));
            }
            let message = "x is forbidden: User \"viewer\" cannot list resource \"x\" in API group \"\" in the namespace \"todo\"";
            let refused = json!({"kind": "Status", "code": 403, "reason": "Forbidden", "message": message});
            Ok(json_answer(403, refused.to_string()))
        }) as Answer
    })
}

async fn known(knows_nowhere: bool, said: &str, namespace: Option<&str>) -> Result<Vec<String>, String> {
    let notes = Arc::new(Notes::default());
    let cluster = Arc::new(over(bound(knows_nowhere), &notes));
    let mention = SlotMention::Name {
        said: said.to_owned(),
        kind: None,
    };
    let reading = Reading {
        playbook: "list".to_owned(),
        clause: String::new(),
        slots: if said.is_empty() {
            BTreeMap::new()
        } else {
            BTreeMap::from([("scope".to_owned(), mention)])
        },
        namespace: namespace.map(str::to_owned),
        context: None,
        typed: false,
        preview: false,
        keeps: false,
    };
    let needs = Needs {
        workloads: true,
        namespaces: true,
        ..Needs::default()
    };
    let inventory = Survey::new(cluster, notes).near(&[reading], &needs).await;
    inventory.map(|inventory| inventory.namespaces).map_err(|failure| failure.what)
}

#[tokio::test]
async fn a_namespace_counts_as_unknown_only_when_the_server_says_so() {
    let all = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(known(false, "mine", None).await, all(&["mine", "todo"]));
    assert_eq!(known(false, "", Some("mine")).await, all(&["mine", "todo"]));
    assert_eq!(known(true, "nowhere", None).await, all(&["todo"]));
    // A word that nobody said to be a namespace is one only where something may be looked at in it.
    assert_eq!(known(false, "nowhere", None).await, all(&["todo"]));
    assert_eq!(known(false, "", Some("mine")).await, all(&["mine", "todo"]));
    // Whose own namespace may not be looked into, and who names no other, is told which right is missing.
    assert_eq!(
        known(false, "", None).await,
        Err("user \"viewer\" may not list x in namespace \"todo\"".to_owned())
    );
}
