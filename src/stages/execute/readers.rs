//! Which workloads read a ConfigMap or a Secret.

use super::{Execute, rights::table};
use crate::{
    diagnostics::{Reads, readers},
    domain::{
        answer::Answer,
        failure::{Failure, FailureKind, Result},
        object::ObjectRef,
    },
};

impl Execute {
    /// A Secret itself is not read for it.
    ///
    /// # Errors
    /// Something else than a ConfigMap or a Secret, or one of the lists is refused.
    pub(super) async fn readers(&self, of: &ObjectRef) -> Result<Answer> {
        let kind = of.kind.kind.as_str();
        if !matches!(kind, "ConfigMap" | "Secret") {
            let what = format!("{of} is neither a config map nor a secret: no pod reads it");
            return Err(Failure::new(FailureKind::Usage, what).hint(format!("todo-agent \"describe {of}\"")));
        }
        if kind == "ConfigMap" && self.observe.get(of).await?.is_none() {
            return Err(Failure::new(FailureKind::NotFound, format!("{of} is not there")));
        }
        let mut rows = Vec::new();
        for found in readers(self.observe.as_ref(), of, |_| true).await {
            rows.extend(found?.into_iter().map(|(name, way)| vec![name, told(way).to_owned()]));
        }
        let of_it = format!("workloads that read {of}");
        Ok(Answer::Table(table(&of_it, of.namespace.clone(), &["Workload", "Reads it"], rows)))
    }
}

const fn told(way: Reads) -> &'static str {
    match way {
        Reads::Variables => "when it starts: changes are seen after a restart",
        Reads::Files => "as files: changes are seen within about a minute",
        Reads::Images => "to pull its images",
    }
}
