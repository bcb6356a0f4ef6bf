//! One way into one pod: a WebSocket on its `portforward` subresource, through the gate, with a permit for just this.

use http::Request;
use k8s_openapi::api::core::v1::Pod as CorePod;
use kube::{Api, Client, api::Portforwarder, client::Body};
use serde_json::json;

use super::pods::Pod;
use crate::{
    adapters::cluster::{
        Cluster,
        fault::{Fault, Lost},
        gate::Permit,
    },
    domain::{grant::Grant, kind::Kind, object::ObjectRef},
};

/// Opens it. The permit is closed again as soon as the server has answered.
pub(super) async fn open(cluster: &Cluster, namespace: &str, pod: &Pod, port: u16) -> Result<Portforwarder, Fault> {
    let grant = Grant {
        object: ObjectRef {
            kind: Kind::pod(),
            namespace: Some(namespace.to_owned()),
            name: pod.name.clone(),
            uid: Some(pod.uid.clone()),
        },
        subresource: "portforward".to_owned(),
        verb: "get".to_owned(),
        fields: Vec::new(),
        body: Some(json!({"ports": [port]})),
    };
    let permit = Permit {
        grant,
        before: serde_json::Value::Null,
    };
    // A login has its own limit.
    let ready = cluster.gate().ready(Request::new(Body::empty())).await;
    ready.map_err(|error| Fault::of_error(kube::Error::Service(error)))?;
    let _open = cluster.gate().permits().open(permit);
    let client = Client::new(cluster.gate().clone(), namespace.to_owned());
    let api: Api<CorePod> = Api::namespaced(client, namespace);
    let asked = [port];
    let forward = api.portforward(&pod.name, &asked);
    match tokio::time::timeout(cluster.inner.limits.answer, forward).await {
        Ok(Ok(tunnel)) => Ok(tunnel),
        Ok(Err(kube::Error::Api(status))) => {
            let code = http::StatusCode::from_u16(status.code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
            let body = serde_json::to_vec(&status).unwrap_or_default();
            Err(Fault::of_answer(code, &http::HeaderMap::new(), &body, true))
        }
        Ok(Err(kube::Error::UpgradeConnection(error))) => Err(Fault::Garbled(format!(
            "it opens no tunnel ({error}); a proxy on the way may not let WebSockets through"
        ))),
        Ok(Err(error)) => Err(Fault::of_error(error)),
        Err(_) => Err(Fault::Lost(Lost::timeout())),
    }
}
