//! `todo-agent trust cluster | project`.

use serde_json::json;

use super::Bench;
use crate::{
    app::Trusted,
    domain::failure::Result,
    front::screen::{Form, change},
};

/// Say once that a cluster, or what a project brings, is to be trusted
#[derive(Debug, clap::Args)]
pub struct Trust {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Changes to this cluster need no more than --yes
    Cluster,
    /// Playbooks and prompts of the project around here are used, as they are now
    Project,
}

impl Trust {
    /// # Errors
    /// There is no cluster or project to trust, or the decision cannot be kept.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        match self.what {
            What::Cluster => cluster(bench).await,
            What::Project => project(bench),
        }
    }
}

async fn cluster(bench: &Bench<'_>) -> Result<u8> {
    let place = bench.app.trust_cluster(&bench.options.for_request()).await?;
    let uid = place.uid.clone().unwrap_or_default();
    if bench.screen.form() == Form::Text {
        let where_it_is = change::where_it_is(&place, None);
        bench.screen.say(&[
            format!("Trusted: {where_it_is}"),
            format!(
                "  {} (cluster {uid})",
                if place.server.is_empty() {
                    "inside this program"
                } else {
                    &place.server
                }
            ),
        ]);
    } else {
        bench
            .screen
            .say_document(json!({"trusted": {"cluster": uid, "context": place.context, "server": place.server}}));
    }
    Ok(0)
}

fn project(bench: &Bench<'_>) -> Result<u8> {
    let Trusted {
        project: dir,
        files,
        misplaced,
    } = bench.app.trust_project()?;
    if bench.screen.form() == Form::Text {
        let mut lines = vec![format!(
            "Trusted, as they are now: {} in {}",
            super::super::screen::words::count(files.len(), "file"),
            dir.display()
        )];
        lines.extend(files.iter().map(|file| format!("  {file}")));
        bench.screen.say(&lines);
        bench.screen.remark(&misplaced);
    } else {
        bench
            .screen
            .say_document(json!({"trusted": {"project": dir.display().to_string(), "files": files}}));
    }
    Ok(0)
}
