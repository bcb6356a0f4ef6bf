//! `todo-agent cluster …`: the embedded cluster.

use serde_json::json;

use super::Bench;
use crate::{app::embedded::Address, domain::failure::Result, front::screen::Form};

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
    /// Make an image known to its node, as `minikube image load` does
    Load {
        /// Such as todo-backend:v2
        image: String,
    },
}

impl Cluster {
    /// # Errors
    /// The cluster cannot be opened, served or changed.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let cluster = bench.app.embedded();
        match &self.command {
            Sub::Start => {
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

fn tell_served(address: &Address, bench: &Bench<'_>) {
    let server = format!("https://127.0.0.1:{}", address.port);
    if bench.screen.form() == Form::Text {
        bench.screen.say(&[
            format!("The embedded cluster (simulated) is served at {server} (process {}).", address.pid),
            "  todo-agent cluster kubeconfig > embedded.kubeconfig".to_owned(),
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
        bench.screen.say(&look.wrapped(words, 2));
    } else {
        bench.screen.say_document(document);
    }
}
