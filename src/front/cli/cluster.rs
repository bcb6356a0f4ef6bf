//! `todo-agent cluster …`: the embedded cluster.

use serde_json::json;

use super::Bench;
use crate::{
    app::embedded::{self, Address, EmbeddedCluster},
    domain::failure::{Failure, FailureKind, Result},
    front::screen::{Form, asking::Terminal},
};

/// The embedded, simulated cluster
#[derive(Debug, clap::Args)]
pub struct Cluster {
    #[command(subcommand)]
    pub command: Sub,
}

#[derive(Debug, clap::Subcommand)]
pub enum Sub {
    /// Serve it on this machine, for kubectl and other programs
    Start,
    /// End the server; what is in the cluster stays
    Stop,
    /// Whether it is served, and where
    Status,
    /// Print what kubectl needs to reach it
    Kubeconfig,
    /// Make it anew, as it was at first
    Reset,
    /// Give a workload a fault to practise on, or take it back
    Break(Break),
    /// Make an image known to its node, as `minikube image load` does
    Load {
        /// Such as todo-backend:v2
        image: String,
    },
}

#[derive(Debug, clap::Args)]
#[command(after_help = format!("Faults:\n{}", list_of_faults().iter().map(|line| format!("  {line}\n")).collect::<String>()))]
pub struct Break {
    /// Its name, or a word of it
    pub workload: Option<String>,
    /// The fault, one of those below
    #[arg(conflicts_with = "heal")]
    pub fault: Option<String>,
    /// Take all faults of the workload back
    #[arg(long)]
    pub heal: bool,
}

impl Cluster {
    /// # Errors
    /// The cluster cannot be opened, served or changed.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let cluster = bench.app.embedded();
        match &self.command {
            Sub::Start => {
                crate::front::streams::keep();
                let address = cluster.start().await?;
                tell_served(&address, bench);
            }
            Sub::Stop => {
                let was_served = cluster.stop().await?;
                let words = if was_served {
                    "The embedded cluster is not served any more; it keeps what is in it."
                } else {
                    "It was not being served."
                };
                tell(bench, words, json!({"cluster": {"served": false, "was_served": was_served}}));
            }
            Sub::Status => match cluster.status().await {
                Some(address) => tell_served(&address, bench),
                None => {
                    let words = "The embedded cluster is not being served. Requests reach it all the same; `todo-agent cluster start` is for kubectl and other programs.";
                    tell(
                        bench,
                        words,
                        json!({"cluster": {"served": false, "dir": cluster.dir().display().to_string()}}),
                    );
                }
            },
            Sub::Kubeconfig => bench.screen.say_raw(&cluster.kubeconfig()?),
            Sub::Reset => return reset(&cluster, bench).await,
            Sub::Break(given) => return given.act(&cluster, bench).await,
            Sub::Load { image } => {
                cluster.load(image)?;
                tell(
                    bench,
                    &format!("The node of the embedded cluster has {image} now."),
                    json!({"cluster": {"loaded": image}}),
                );
            }
        }
        Ok(0)
    }
}

impl Break {
    async fn act(&self, cluster: &EmbeddedCluster, bench: &Bench<'_>) -> Result<u8> {
        let namespace = bench.options.namespace.as_deref().unwrap_or("default");
        let fault = self.fault.as_deref().or(bench.options.with.as_deref());
        let Some(workload) = &self.workload else {
            return Err(incomplete("say which workload shall have which fault", "backend"));
        };
        if self.heal {
            let restored = cluster.heal(workload, namespace).await?;
            let words = if restored.is_empty() {
                "There was no fault to take back.".to_owned()
            } else {
                format!("Restored: {}.", restored.join("; "))
            };
            tell(bench, &words, json!({"cluster": {"restored": restored}}));
            return Ok(0);
        }
        let is_fault = embedded::faults().iter().any(|(name, _)| name == workload);
        let Some(fault) = fault else {
            return Err(if is_fault {
                let what = format!("say which workload shall have the fault {workload}");
                Failure::new(FailureKind::Usage, what).hint(format!("todo-agent cluster break backend {workload}"))
            } else {
                incomplete(&format!("say which fault {workload} shall have"), workload)
            });
        };
        let done = cluster.break_with(workload, namespace, fault).await?;
        let heal = format!("todo-agent cluster break {workload} --heal");
        tell(
            bench,
            &format!("{done}. Find out what is wrong, or take it back with `{heal}`."),
            json!({"cluster": {"broken": done}}),
        );
        Ok(0)
    }
}

/// What is missing, a command that lacks nothing, and the faults there are.
fn incomplete(what: &str, workload: &str) -> Failure {
    let failure = Failure::new(FailureKind::Usage, what).hint(format!("todo-agent cluster break {workload} crash-loop"));
    list_of_faults().into_iter().fold(failure, Failure::hint)
}

/// `crash-loop      the program ends with an error right after its start`
fn list_of_faults() -> Vec<String> {
    let faults = embedded::faults();
    let width = faults.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    faults.iter().map(|(name, summary)| format!("{name:width$}  {summary}")).collect()
}

/// What was done in the cluster is lost: that needs a yes.
async fn reset(cluster: &EmbeddedCluster, bench: &Bench<'_>) -> Result<u8> {
    if !bench.options.yes {
        let Some(terminal) = Terminal::new(bench.screen) else {
            return Err(Failure::new(
                FailureKind::Refused,
                "a reset loses what is in the embedded cluster, and there is no terminal to ask at",
            )
            .hint("todo-agent cluster reset --yes"));
        };
        if !terminal.confirm("Make the embedded cluster anew, and lose what is in it?").await? {
            bench.screen.say(&["Not approved: nothing was changed.".to_owned()]);
            return Ok(FailureKind::Refused.exit_code());
        }
    }
    cluster.reset()?;
    tell(
        bench,
        "The embedded cluster is as it was at first.",
        json!({"cluster": {"reset": true}}),
    );
    Ok(0)
}

fn tell_served(address: &Address, bench: &Bench<'_>) {
    let server = format!("https://127.0.0.1:{}", address.port);
    if bench.screen.form() == Form::Text {
        bench.screen.say(&[
            format!("The embedded cluster (simulated) is served at {server} (process {}).", address.pid),
            bench
                .screen
                .given()
                .text("  todo-agent cluster kubeconfig > embedded.kubeconfig", None)
                .into_owned(),
            "  kubectl --kubeconfig embedded.kubeconfig get pods".to_owned(),
        ]);
    } else {
        bench
            .screen
            .say_document(json!({"cluster": {"served": true, "server": server, "pid": address.pid}}));
    }
}

fn tell(bench: &Bench<'_>, words: &str, document: serde_json::Value) {
    if bench.screen.form() == Form::Text {
        let (look, _) = bench.screen.looks();
        bench.screen.say(&look.wrapped(&bench.screen.given().text(words, None), 2));
    } else {
        bench.screen.say_document(document);
    }
}
