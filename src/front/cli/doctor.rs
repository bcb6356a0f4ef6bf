//! `todo-agent doctor`: what is there, what is usable, why not, what to do about it.

use serde_json::json;

use super::Bench;
use crate::{
    domain::failure::{FailureKind, Result},
    front::screen::{Form, machine},
};

/// What is there to work with, what can be used, and why not
#[derive(Debug, clap::Args)]
pub struct Doctor {}

/// Ctrl-C.
const INTERRUPTED: u8 = FailureKind::Interrupted.exit_code();

impl Doctor {
    /// # Errors
    /// None: what is not there is the answer.
    pub async fn act(&self, bench: &Bench<'_>) -> Result<u8> {
        let options = bench.options.for_request();
        let machine = tokio::select! {
            biased;
            () = bench.stop.pressed() => return Ok(INTERRUPTED),
            machine = bench.app.examine(&options) => machine,
        };
        if bench.screen.form() == Form::Text {
            let (look, _) = bench.screen.looks();
            let lines = machine::lines(&machine, &look, bench.options.verbose);
            let lines: Vec<String> = lines
                .iter()
                .map(|line| bench.screen.given().text(line, None).into_owned())
                .collect();
            bench.screen.say(&lines);
        } else {
            bench.screen.say_document(json!({"exit_code": 0, "machine": machine}));
        }
        Ok(0)
    }
}
