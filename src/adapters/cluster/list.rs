//! Lists, read in pages.

use serde_json::Value;

use super::{
    Cluster,
    api::{Ask, collection},
    fault::Fault,
};
use crate::domain::{
    failure::{Failure, FailureKind, Result},
    ports::observe::Query,
};

/// Objects per page: kubectl's own number.
pub(super) const PAGE: &str = "500";

/// A whole list and the state of the cluster that it shows.
pub(super) struct Listed {
    pub items: Vec<Value>,
    pub version: String,
}

impl Cluster {
    pub(super) async fn read_list(&self, query: &Query) -> Result<Vec<Value>> {
        let ask = base(query).with("limit", PAGE);
        // Over all namespaces lists are long, and nobody waits there for a change just made: the server may answer from
        // its watch cache, which is three times as fast with ten thousand pods.
        let cached = query.namespace.is_none() && query.kind.namespaced && query.fields.is_none();
        let ask = if cached { ask.with("resourceVersion", "0") } else { ask };
        match self.pages(&ask, &query.kind).await {
            Ok(listed) => Ok(listed.items),
            Err(fault) => Err(self.failure(fault, &ask.call())),
        }
    }

    /// The list as of now, for a watch to begin at.
    pub(super) async fn list_now(&self, query: &Query) -> Result<Listed, Fault> {
        self.pages(&base(query).with("limit", PAGE), &query.kind).await
    }

    async fn pages(&self, ask: &Ask, kind: &crate::domain::kind::Kind) -> Result<Listed, Fault> {
        let mut items: Vec<Value> = Vec::new();
        let mut first = ask.clone();
        let mut page = ask.clone();
        let mut restarted = false;
        loop {
            let mut list = match self.api().json(&page).await {
                Ok(list) => list,
                // The state that the pages are of was compacted away: begin anew, with all of it in one page.
                Err(fault) if fault.code() == Some(410) && !restarted => {
                    restarted = true;
                    items.clear();
                    first = first.without("limit");
                    page = first.clone();
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let Some(Value::Array(more)) = list.get_mut("items").map(Value::take) else {
                return Err(Fault::Garbled(format!("no list of {}", kind.plural)));
            };
            items.extend(more.into_iter().map(|item| whole(item, kind)));
            let text = |pointer: &str| list.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let token = text("/metadata/continue");
            if token.is_empty() {
                return Ok(Listed {
                    items,
                    version: text("/metadata/resourceVersion"),
                });
            }
            page = first.clone().without("resourceVersion").with("continue", token);
        }
    }
}

/// The list request of a query, without paging.
pub(super) fn base(query: &Query) -> Ask {
    Ask::get(collection(&query.kind, query.namespace.as_deref()))
        .with_some("labelSelector", query.labels.clone())
        .with_some("fieldSelector", query.fields.clone())
}

/// Items of a typed list come without the two fields that say what they are.
fn whole(mut item: Value, kind: &crate::domain::kind::Kind) -> Value {
    if let Some(object) = item.as_object_mut() {
        if !object.contains_key("kind") {
            object.shift_insert(0, "kind".to_owned(), Value::String(kind.kind.clone()));
        }
        if !object.contains_key("apiVersion") {
            object.shift_insert(0, "apiVersion".to_owned(), Value::String(kind.api_version()));
        }
    }
    item
}

/// A failure for a query that cannot be asked.
pub(super) fn checked(query: &Query) -> Result<()> {
    if query.namespace.as_deref() == Some("") {
        return Err(Failure::new(FailureKind::Usage, "the name of the namespace is empty"));
    }
    Ok(())
}
