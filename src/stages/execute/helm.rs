//! Releases of Helm, from the records that it keeps in the cluster.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Execute, rights::table};
use crate::{
    diagnostics::{releases_of, words::clean},
    domain::{
        answer::{Answer, Description},
        failure::{Failure, FailureKind, Result},
        release::Release,
        step::{HelmList, HelmRelease, OfRelease},
    },
};

impl Execute {
    /// The newest revision of each release.
    pub(super) async fn releases(&self, list: &HelmList) -> Result<Answer> {
        let namespace = self.namespace(&list.scope).await?;
        let all = self.observe.releases(namespace.as_deref(), None).await?;
        let newest: BTreeMap<(String, String), Release> = all
            .into_iter()
            .map(|release| ((release.namespace.clone(), release.name.clone()), release))
            .collect();
        if newest.is_empty() {
            self.confirm(namespace.as_deref()).await?;
        }
        let row = |release: &Release| {
            vec![
                release.name.clone(),
                release.namespace.clone(),
                release.revision.to_string(),
                release.status.clone(),
                release.chart.clone(),
                updated(release),
                release.app_version.clone(),
            ]
        };
        let rows = newest.values().map(row).collect();
        let columns = ["Name", "Namespace", "Revision", "State", "Chart", "Updated", "App version"];
        Ok(Answer::Table(table("releases", namespace, &columns, rows)))
    }

    pub(super) async fn release(&self, step: &HelmRelease) -> Result<Answer> {
        let namespace = match &step.namespace {
            Some(namespace) => namespace.clone(),
            None => self.observe.place().await?.namespace,
        };
        let revisions = releases_of(self.observe.as_ref(), &step.name, &namespace).await?;
        let Some(newest) = revisions.last() else {
            return Err(Failure::new(FailureKind::NotFound, "there is no such release"));
        };
        Ok(match step.show {
            OfRelease::History => Answer::Table(history(&revisions, namespace)),
            OfRelease::Status => Answer::Description(described(newest, facts(newest))),
            OfRelease::Values => Answer::Description(described(newest, newest.values.clone())),
        })
    }
}

fn history(revisions: &[Release], namespace: String) -> crate::domain::answer::Table {
    let row = |release: &Release| {
        vec![
            release.revision.to_string(),
            release.status.clone(),
            release.chart.clone(),
            updated(release),
            release.description.clone(),
        ]
    };
    let rows = revisions.iter().rev().map(row).collect();
    table(
        "revisions",
        Some(namespace),
        &["Revision", "State", "Chart", "Updated", "Description"],
        rows,
    )
}

fn facts(release: &Release) -> Vec<(String, String)> {
    let facts = [
        ("Status", release.status.clone()),
        ("Revision", release.revision.to_string()),
        ("Chart", release.chart.clone()),
        ("App version", release.app_version.clone()),
        ("Updated", updated(release)),
        ("Description", clean(&release.description)),
    ];
    let told = facts.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn updated(release: &Release) -> String {
    release
        .updated
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

fn described(release: &Release, facts: Vec<(String, String)>) -> Description {
    Description {
        object: Release::named(&release.name, &release.namespace),
        facts: if facts.is_empty() {
            vec![("Values".to_owned(), "none but the chart's own".to_owned())]
        } else {
            facts
        },
        sections: BTreeMap::new(),
        only: Vec::new(),
        events: Vec::new(),
        findings: Vec::new(),
        manifest: Value::Null,
    }
}
