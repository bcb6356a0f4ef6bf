//! An image built by the engine, its steps told as they come.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bollard::{body_try_stream, query_parameters::BuildImageOptionsBuilder};
use futures_util::{Stream, StreamExt, stream};
use hyper::body::Bytes;

use super::{Engine, context::Context, gate::Allowed, host};
use crate::domain::{
    answer::LogLine,
    docker::Build,
    event::Event,
    failure::{Failure, FailureKind, Result},
    object::ObjectRef,
};

impl Engine {
    /// The id of the image.
    ///
    /// # Errors
    /// A folder that cannot be sent; a step that fails, with its line of the Dockerfile.
    pub(super) async fn build(&self, build: &Build, target: &ObjectRef) -> Result<String> {
        let context = self.shown(build)?;
        context.check()?;
        let dockerfile = context.dockerfile.clone();
        let args: HashMap<String, String> = host::said(&build.args)?.into_iter().collect();
        let mut options = BuildImageOptionsBuilder::default()
            .dockerfile(&dockerfile)
            .t(&target.name)
            .rm(true)
            .forcerm(true)
            .nocache(build.no_cache);
        let mut allowed = Allowed::post("/build")
            .with("dockerfile", &dockerfile)
            .with("t", &target.name)
            .with("rm", "true")
            .with("forcerm", "true")
            .with("version", "1")
            .streaming();
        if build.no_cache {
            allowed = allowed.with("nocache", "true");
        }
        if let Some(stage) = &build.target {
            options = options.target(stage);
            allowed = allowed.with("target", stage);
        }
        if !args.is_empty() {
            allowed = allowed.with("buildargs", serde_json::to_string(&args).unwrap_or_default());
            options = options.buildargs(&args);
        }
        let _open = self.permits.open(allowed);
        let spoiled = Arc::new(Mutex::new(None));
        let pieces = pieces(context, spoiled.clone());
        let mut progress = self.docker.build_image(options.build(), None, Some(body_try_stream(pieces)));
        let mut told = Told::default();
        while let Some(info) = self.while_it_answers(async { progress.next().await.transpose() }).await.transpose() {
            let info = match info {
                Ok(info) => info,
                // The engine was sent half of it, and says so in its own way.
                Err(_) if let Some(why) = spoiled.lock().unwrap_or_else(PoisonError::into_inner).take() => return Err(why),
                Err(bollard::errors::Error::DockerStreamError { error }) => return Err(told.failed(target, &error)),
                Err(error) => return Err(self.unsure(error, target, "build")),
            };
            if let Some(id) = info.aux.and_then(|aux| aux.id) {
                told.id = Some(id);
            }
            if let Some(message) = info.error_detail.and_then(|detail| detail.message) {
                return Err(told.failed(target, &message));
            }
            for text in told.lines(&info.stream.or(info.status).unwrap_or_default()) {
                self.record.record(Event::Line {
                    line: LogLine {
                        pod: target.name.clone(),
                        container: String::new(),
                        text,
                    },
                })?;
            }
        }
        told.id.ok_or_else(|| {
            Failure::new(
                FailureKind::LostSight,
                format!(
                    "the build of {} ended without an image: whether it was built is not known",
                    target.name
                ),
            )
        })
    }
}

impl Engine {
    /// The folder as it was when it was shown: nothing else is sent.
    fn shown(&self, build: &Build) -> Result<Context> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let at = shown.iter().position(|(other, _)| other == build);
        at.map(|at| shown.remove(at).1).ok_or_else(|| {
            let what = format!("refused to build {}: what would be sent was not shown", build.tag);
            Failure::new(FailureKind::Refused, what)
        })
    }
}

/// The archive as a stream; why it broke off is kept, which the engine cannot know.
fn pieces(context: Context, spoiled: Arc<Mutex<Option<Failure>>>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold((context.stream(), spoiled), |(mut pieces, spoiled)| async move {
        let piece = pieces.recv().await?.map_err(|error| {
            let kind = error.kind();
            if let Ok(why) = error.downcast::<Failure>() {
                *spoiled.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            }
            io::Error::from(kind)
        });
        Some((piece, (pieces, spoiled)))
    })
}

/// Without the sequences that colour a terminal (`ESC [ … letter`).
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.peek() == Some(&'[') {
            while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
        } else if !c.is_control() || c == '\t' {
            text.push(c);
        }
    }
    text
}

/// What was heard of a build so far.
#[derive(Default)]
struct Told {
    partial: String,
    /// `Step 3/4 : RUN npm ci`.
    step: Option<String>,
    id: Option<String>,
}

impl Told {
    /// The lines that are whole now.
    fn lines(&mut self, text: &str) -> Vec<String> {
        self.partial.push_str(text);
        let mut lines = Vec::new();
        while let Some(end) = self.partial.find('\n') {
            let line: String = self.partial.drain(..=end).collect();
            // What programs in it say to a terminal is nothing to a log.
            let line = plain(line.trim_end());
            if line.is_empty() {
                continue;
            }
            if line.starts_with("Step ") {
                self.step = Some(line.clone());
            }
            lines.push(line);
        }
        lines
    }

    fn failed(&self, target: &ObjectRef, message: &str) -> Failure {
        let message = message.trim().trim_end_matches('.');
        let first = message.lines().next().unwrap_or_default();
        // The command stands in the step's own line.
        let ended = first
            .rsplit_once("returned a non-zero code: ")
            .map(|(_, code)| format!("it ended with exit code {code}"));
        let first = ended.as_deref().unwrap_or(first);
        let step = self
            .step
            .as_deref()
            .map_or_else(String::new, |step| format!(" at {}", step.replace(" : ", ": ")));
        let failure = Failure::new(
            FailureKind::Failed,
            format!("{} was not built: it failed{step}: {first}", target.name),
        );
        if message.contains("BuildKit") {
            return failure.hint("this Dockerfile needs BuildKit: `docker buildx build` has it");
        }
        if message.contains("pull access denied")
            || message.contains("manifest unknown")
            || message.contains("not found") && first.contains("pull")
        {
            return failure.hint("the image after FROM is not here and cannot be pulled: check its name, or log in with `docker login`");
        }
        failure.hint("the lines above are what the step printed")
    }
}
