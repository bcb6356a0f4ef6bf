//! The address of a Service that is made again: its own, unless somebody else has it by now. A try does not tell (the server looks for a
//! free one only when it is made).

use serde_json::Value;

use super::Planner;
use crate::domain::{object::ObjectRef, ports::observe::Query, undo::made_again};

impl Planner {
    /// What is to be made, and what of it will be otherwise than before.
    pub(super) async fn addressed(&self, object: &ObjectRef, body: &Value, notes: &mut Vec<String>) -> Value {
        let wanted = addresses(body);
        if wanted.is_empty() || !object.kind.group.is_empty() || object.kind.kind != "Service" {
            return body.clone();
        }
        let services = self.observe.list(&Query::all(object.kind.clone(), None)).await;
        let why = match &services {
            Err(_) => "whether the one that it had is free may not be seen".to_owned(),
            Ok(services) => match services.iter().find(|other| is_taken(other, &wanted, object)) {
                None => return body.clone(),
                Some(other) => format!("{} has the one that it had", ObjectRef::of(&object.kind, other)),
            },
        };
        notes.push(format!("{object} gets another cluster IP than {}: {why}", wanted.join(", ")));
        made_again(body)
    }
}

/// An address that was given; `None` is a wish.
fn addresses(service: &Value) -> Vec<&str> {
    let all = service.pointer("/spec/clusterIPs").and_then(Value::as_array).into_iter().flatten();
    let one = service.pointer("/spec/clusterIP");
    let mut all: Vec<&str> = one.into_iter().chain(all).filter_map(Value::as_str).collect();
    all.retain(|address| !address.is_empty() && *address != "None");
    all.dedup();
    all
}

fn is_taken(other: &Value, wanted: &[&str], object: &ObjectRef) -> bool {
    let is_it = ObjectRef::of(&object.kind, other).same_name(object);
    !is_it && addresses(other).iter().any(|address| wanted.contains(address))
}
