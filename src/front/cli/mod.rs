//! The commands: as typed, and what each does. One file for each.

mod ask;
mod chat;
mod cluster;
mod completions;
mod doctor;
mod fit;
mod gate;
pub mod help;
mod joined;
pub mod line;
pub mod options;
mod playbooks;
mod run;
mod transcript;
mod trust;
mod undo;

use std::sync::Arc;

use self::options::Options;
use super::{screen::Screen, stop::Stop};
use crate::{
    app::{App, Talk},
    domain::failure::Result,
};

pub use ask::request;
pub use transcript::show as show_transcript;
pub use undo::Undo;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Chat(chat::Chat),
    Run(run::Run),
    Undo(undo::Undo),
    Transcript(transcript::Transcript),
    Cluster(cluster::Cluster),
    Gate(gate::Gate),
    Trust(trust::Trust),
    Doctor(doctor::Doctor),
    Playbooks(playbooks::List),
    Completions(completions::Completions),
}

/// What a command works with.
#[derive(Debug)]
pub struct Bench<'a> {
    pub app: &'a App,
    pub screen: &'a Arc<Screen>,
    pub options: &'a Options,
    pub stop: Stop,
    /// The conversation that requests are part of.
    pub talk: Option<&'a Talk<'a>>,
}

impl Command {
    /// Does it; the exit code.
    ///
    /// # Errors
    /// What went wrong and was not told yet.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        match self {
            Self::Chat(chat) => chat.act(bench).await,
            Self::Run(run) => run.act(bench).await,
            Self::Undo(undo) => undo.act(bench).await,
            Self::Transcript(transcript) => transcript.act(bench),
            Self::Cluster(cluster) => cluster.act(bench).await,
            Self::Gate(gate) => gate.act(bench).await,
            Self::Trust(trust) => trust.act(bench).await,
            Self::Doctor(doctor) => doctor.act(bench).await,
            Self::Playbooks(playbooks) => playbooks.act(bench),
            Self::Completions(completions) => completions.act(bench),
        }
    }
}
