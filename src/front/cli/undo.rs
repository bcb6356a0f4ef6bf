//! `todo-agent undo`: take back the changes of the last (or that) request.

use super::{Bench, ask};
use crate::domain::{failure::Result, request::Request};

/// Take back the changes of the last request, or of that one
#[derive(Debug, clap::Args)]
pub struct Undo {
    /// Id of the request's record (`todo-agent transcript list`)
    #[arg(value_name = "TRANSCRIPT")]
    pub transcript: Option<String>,
}

impl Undo {
    /// # Errors
    /// None that was not told already.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let text = match &self.transcript {
            Some(transcript) => format!("undo {transcript}"),
            None => "undo".to_owned(),
        };
        let request = Request {
            text: text.clone(),
            options: bench.options.for_request(),
        };
        let session = match bench.talk {
            Some(talk) => talk.session(&text),
            None => bench.app.session_of_undo(&text),
        };
        let walk = session.undo(self.transcript.as_deref(), &request, bench.screen.clone(), ask::somebody(bench));
        let (code, _) = ask::attended(bench, &session, walk).await;
        Ok(code)
    }
}
