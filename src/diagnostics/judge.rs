//! Running the analyzers, and telling each cause once.

use std::cmp::Reverse;

use serde_json::Value;

use super::{
    analyzers::ANALYZERS,
    catalog::ROLLOUT,
    snapshot::{Snapshot, reference},
    words::{clean, counted},
};
use crate::domain::{
    finding::{Finding, Severity},
    object::ObjectRef,
};

/// What one analyzer found on one object, before the same cause of other objects is joined to it.
#[derive(Clone, Debug)]
pub struct Found {
    pub finding: Finding,
    /// Said of this object alone (`6 restarts`); not part of what makes two findings the same.
    pub detail: Option<String>,
    /// The finding that is the best example of its cause has the highest weight.
    pub weight: u32,
}

impl Found {
    /// A finding about an object of a well-known kind, as an error that waiting may mend.
    pub fn new(code: &str, snapshot: &Snapshot, kind: &str, object: &Value, what: &str) -> Self {
        Self {
            finding: Finding {
                code: code.to_owned(),
                severity: Severity::Error,
                object: reference(kind, object),
                workload: snapshot.workload_of(object),
                what: clean(what),
                evidence: Vec::new(),
                hints: Vec::new(),
                lasting: false,
            },
            detail: None,
            weight: 0,
        }
    }

    pub fn warning(mut self) -> Self {
        self.finding.severity = Severity::Warning;
        self
    }

    pub fn workload(mut self, workload: Option<ObjectRef>) -> Self {
        self.finding.workload = workload;
        self
    }

    pub fn lasting(mut self, lasting: bool) -> Self {
        self.finding.lasting = lasting;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.finding.hints.push(hint.into());
        self
    }

    /// A quotation of the cluster.
    pub fn evidence(mut self, line: &str) -> Self {
        let line = clean(line);
        if !line.is_empty() {
            self.finding.evidence.push(line);
        }
        self
    }
}

/// Everything that is wrong in the snapshot; each cause once, errors first.
#[must_use]
pub fn judge(snapshot: &Snapshot) -> Vec<Finding> {
    let found = ANALYZERS.iter().flat_map(|analyzer| (analyzer.judge)(snapshot)).collect();
    let mut findings = join_same(found);
    let explained: Vec<ObjectRef> = findings
        .iter()
        .filter(|f| f.code != ROLLOUT && f.severity == Severity::Error)
        .filter_map(|f| f.workload.clone())
        .collect();
    findings.retain(|f| f.code != ROLLOUT || !explained.contains(&f.object));
    findings.sort_by_key(|f| {
        (
            f.severity,
            f.code.clone(),
            f.object.namespace.clone(),
            f.workload.clone().map(|w| w.name),
            f.object.name.clone(),
        )
    });
    findings
}

/// Pods of one workload with the same cause become one finding: the best example, with their number.
fn join_same(found: Vec<Found>) -> Vec<Finding> {
    let mut groups: Vec<Vec<Found>> = Vec::new();
    for one in found {
        let same = |known: &Finding| {
            known.code == one.finding.code
                && known.what == one.finding.what
                && known.workload.is_some()
                && known.workload == one.finding.workload
        };
        match groups
            .iter_mut()
            .find(|group| group.first().is_some_and(|first| same(&first.finding)))
        {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups.into_iter().filter_map(join_group).collect()
}

fn join_group(group: Vec<Found>) -> Option<Finding> {
    let mut objects: Vec<_> = group.iter().map(|one| one.finding.object.clone()).collect();
    objects.sort();
    objects.dedup();
    let severity = group.iter().map(|one| one.finding.severity).min()?;
    let lasting = group.iter().any(|one| one.finding.lasting);
    let example = group
        .into_iter()
        .min_by_key(|one| (Reverse(one.weight), one.finding.object.name.clone()))?;
    let noun = example.finding.object.kind.singular();
    let several = (objects.len() > 1).then(|| counted(objects.len(), &noun));
    let extra: Vec<String> = example.detail.into_iter().chain(several).collect();
    let mut finding = example.finding;
    finding.severity = severity;
    finding.lasting = lasting;
    if !extra.is_empty() {
        finding.what = format!("{} ({})", finding.what, extra.join(", "));
    }
    Some(finding)
}
