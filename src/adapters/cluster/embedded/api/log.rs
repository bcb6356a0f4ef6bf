//! Logs of containers: the lines that the simulated programs have written by now.

use serde_json::Value;

use super::answer::Reply;
use super::call::Call;
use super::refusal::Refusal;
use crate::adapters::cluster::embedded::Embedded;

pub fn start(call: &Call, embedded: &Embedded) -> Result<Reply, Refusal> {
    let pod = embedded
        .store()
        .read(|view| -> Result<Option<Value>, Refusal> { Ok(view.get("", "Pod", call.namespace(), call.name())?) })?;
    let _pod = pod.ok_or_else(|| Refusal::not_found(&call.kind, call.name()))?;
    Ok(Reply::text(""))
}
