//! `todo-agent trust cluster | project`.

use serde_json::json;

use super::Bench;
use crate::{
    app::Trusted,
    domain::{
        failure::{Failure, FailureKind, Result},
        place::{Locality, Place},
    },
    front::screen::{Form, asking::Terminal, change},
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
    Cluster {
        /// Take that back
        #[arg(long)]
        revoke: bool,
    },
    /// Playbooks and prompts of the project around here are used, as they are now
    Project,
}

impl Trust {
    /// # Errors
    /// There is no cluster or project to trust, or the decision cannot be kept.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        match self.what {
            What::Cluster { revoke } => cluster(revoke, bench).await,
            What::Project => project(bench),
        }
    }
}

/// To trust it is final for every later `--yes`: it takes the context's name, typed here or on the command line.
async fn cluster(revoke: bool, bench: &Bench<'_>) -> Result<u8> {
    let options = bench.options.for_request();
    let (place, uid) = bench.app.cluster_to_trust(&options).await?;
    let identity = |told: &str| json!({told: {"cluster": uid, "context": place.context, "server": place.server}});
    if revoke {
        let was = bench.app.distrust_cluster(&uid)?;
        let told = if was { "No longer trusted" } else { "It was not trusted" };
        tell(bench, told, &place, &uid, identity("revoked"));
        return Ok(0);
    }
    if place.locality == Locality::Trusted {
        tell(bench, "Trusted already", &place, &uid, identity("trusted"));
        return Ok(0);
    }
    let named = options.yes && options.names_cluster;
    if !named && !typed(&place, bench).await? {
        return Err(Failure::new(FailureKind::Refused, "not approved: the cluster is not trusted"));
    }
    bench.app.trust_cluster(&place, &uid)?;
    tell(bench, "Trusted", &place, &uid, identity("trusted"));
    if bench.screen.form() == Form::Text {
        let back = bench
            .screen
            .given()
            .text("Take that back with `todo-agent trust cluster --revoke`.", None)
            .into_owned();
        bench.screen.say(&[back]);
    }
    Ok(0)
}

async fn typed(place: &Place, bench: &Bench<'_>) -> Result<bool> {
    let Some(terminal) = Terminal::new(bench.screen) else {
        let what = "to trust a cluster needs its context's name, and there is no terminal to type it at";
        return Err(Failure::new(FailureKind::Refused, what).hint(format!(
            "`todo-agent trust cluster --context {} --yes` if it is yours to change",
            place.context
        )));
    };
    let why = format!(
        "Changes to {} ({}) need no more than --yes then",
        change::where_it_is(place, None),
        place.server
    );
    tokio::select! {
        biased;
        () = bench.stop.pressed() => Err(Failure::new(FailureKind::Interrupted, "stopped: the cluster is not trusted")),
        typed = terminal.typed(why, place.context.clone()) => typed,
    }
}

fn tell(bench: &Bench<'_>, told: &str, place: &Place, uid: &str, document: serde_json::Value) {
    if bench.screen.form() == Form::Text {
        let where_it_is = change::where_it_is(place, None);
        bench
            .screen
            .say(&[format!("{told}: {where_it_is}"), format!("  {} (cluster {uid})", place.server)]);
    } else {
        bench.screen.say_document(document);
    }
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
