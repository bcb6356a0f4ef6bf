//! Who keeps to `dryRun`: servers of Kubernetes itself, and with them custom resources, except on subresources that act. Servers behind
//! the aggregation layer may do what they are asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use http::Request;
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;
use serde_json::Value;
use tower::ServiceExt as _;

use super::Gate;
use crate::domain::risk::Call;

/// Bytes of an answer; an object of this kind has some hundred.
const MOST: usize = 1024 * 1024;

/// What is known of groups and versions of APIs that are not Kubernetes' own.
#[derive(Clone)]
pub(super) struct DryRun {
    alone: bool,
    known: Arc<Mutex<HashMap<(String, String), bool>>>,
}

impl DryRun {
    pub(super) fn new(alone: bool) -> Self {
        Self {
            alone,
            known: Arc::default(),
        }
    }
}

impl Gate {
    /// Whether this call does nothing when it is only tried. Of an API that is not Kubernetes' own the cluster is asked once.
    pub(in super::super) async fn honours_dry_run(&self, call: &Call) -> bool {
        if !call.can_be_tried() {
            return false;
        }
        if call.is_builtin() || self.dry_run.alone {
            return true;
        }
        let key = (call.group.clone(), call.version.clone());
        let known = self.dry_run.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if let Some(known) = known {
            return known;
        }
        // Where no other server answers, none is named. Who may not look is told the same the next time.
        let service = self.api_service(call).await;
        let honours = service.is_some_and(|service| service.get("service").is_none_or(Value::is_null));
        self.dry_run
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, honours);
        honours
    }

    /// The specification of who answers for the API of a call.
    async fn api_service(&self, call: &Call) -> Option<Value> {
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{}.{}", call.version, call.group);
        let answer = self.clone().oneshot(Request::get(path).body(Body::empty()).ok()?).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let read = Limited::new(answer.into_body(), MOST).collect().await.ok()?;
        let mut service: Value = serde_json::from_slice(&read.to_bytes()).ok()?;
        let spec = service.get_mut("spec")?.take();
        let is_of = |member: &str, of: &str| spec.get(member).and_then(Value::as_str) == Some(of);
        (is_of("group", &call.group) && is_of("version", &call.version)).then_some(spec)
    }
}
