//! What is around a conversation: where its requests go, and the names that Tab completes.

use std::sync::PoisonError;

use super::{Chat, prompt::Prompt};
use crate::{
    app::{Names, Whereabouts},
    front::screen::look::Look,
};

impl Chat<'_> {
    /// Where the next request goes; a cluster that does not answer is no reason to leave.
    pub(super) async fn whereabouts(&mut self) {
        if !self.at_terminal {
            return;
        }
        match self.bench.app.whereabouts(&self.options.for_request()).await {
            Ok(place) => self.place = Some(place),
            Err(failure) => self.bench.screen.failure(&failure),
        }
        self.learn_names();
        self.learn_names_on_engine();
    }

    /// What Tab completes, asked for beside the conversation.
    pub(super) fn learn_names(&self) {
        let names = self.names.clone();
        let asked = self.bench.app.names(&self.options.for_request());
        tokio::spawn(async move {
            let known = asked.await;
            let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
            let engine = std::mem::take(&mut names.engine);
            *names = Names { engine, ..known };
        });
    }

    /// By itself: what is known of the cluster does not wait for an engine, nor the other way.
    pub(super) fn learn_names_on_engine(&self) {
        let names = self.names.clone();
        let asked = self.bench.app.names_on_engine(&self.options.for_request());
        tokio::spawn(async move {
            let known = asked.await;
            names.lock().unwrap_or_else(PoisonError::into_inner).engine = known;
        });
    }

    pub(super) fn prompt(&self, look: &Look) -> Prompt {
        let unknown = || Whereabouts {
            context: self.options.context.clone().unwrap_or_else(|| "?".to_owned()),
            namespace: self.options.namespace.clone().unwrap_or_else(|| "default".to_owned()),
            locality: None,
        };
        Prompt::of(&self.place.clone().unwrap_or_else(unknown), look)
    }
}
