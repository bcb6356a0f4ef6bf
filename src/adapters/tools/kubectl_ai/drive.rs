//! kubectl-ai at work: sealed, its orders on standard input, and nothing of the cluster in its hands but the gate.

use std::{
    ffi::OsString,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    Found, NAME,
    asking::asks,
    isolated,
    news::News,
    provider::{self, Chosen},
    told::Listener,
    trace, version, why,
};
use crate::{
    adapters::{
        cluster::{
            Cluster,
            served::{Held, Policy, Served},
        },
        sealed::{self, End, Limit, Ran, Sealed},
        tools::{Bounds, Surroundings, look},
    },
    domain::{
        errand::{Asks, Errand, Isolation, Leave, Ruling, Work},
        event::Event,
        failure::Result,
        field::FieldChange,
        grant::Grant,
        held::{HeldCall, Verdict},
        ports::{approve::Approve, record::Record},
        risk::Risk,
    },
};

/// What a tool is told that tries what somebody declined.
const NO: &str = "the user saw it and said no";

/// One that goes on trying what does not pass is ended: each time is a line on the screen.
const MOST_REFUSALS: usize = 50;
const STUBBORN: &str = "it went on trying what was refused, and was ended";

/// And one that only proposes.
const PROPOSED: &str = "noted as a proposal, and not made";

/// Nobody reads through more.
const MOST_PROPOSALS: usize = 50;

/// A tool that was found, asked for its version, and can be given work.
#[derive(Clone, Debug)]
pub struct Driver {
    program: PathBuf,
    pub version: String,
    /// What it will be kept from.
    pub isolation: Isolation,
    chosen: Chosen,
    here: Arc<Surroundings>,
}

/// Whom it tells and asks.
#[allow(missing_debug_implementations)]
pub struct Company<'a> {
    pub cluster: &'a Cluster,
    pub record: &'a dyn Record,
    pub approve: &'a dyn Approve,
    /// A folder of its own, private, empty, and gone afterwards.
    pub scratch: &'a Path,
}

impl Driver {
    /// Looks again: what was there when the request was routed may be gone.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    pub async fn find(here: &Arc<Surroundings>, bounds: &Bounds) -> std::result::Result<Self, String> {
        let found = tokio::time::timeout(bounds.limit, look(here, super::find)).await;
        let Ok(found) = found else {
            return Err("it could not be found out in time whether it is there".to_owned());
        };
        let Some(Found {
            program,
            lacks,
            chosen,
            isolation,
        }) = found.flatten()
        else {
            return Err("it is not installed".to_owned());
        };
        if let Some(program) = lacks.first() {
            return Err(format!("{program}, which it needs, is not on PATH"));
        }
        let chosen = chosen?;
        let (version, isolation) = version(&program, isolation, here, bounds).await?;
        Ok(Self {
            chosen,
            version,
            program,
            isolation,
            here: Arc::clone(here),
        })
    }

    /// Whether it still is where it was.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.program.exists()
    }

    /// Lets it work to its end.
    ///
    /// # Errors
    /// There is no gate; somebody who was asked broke off.
    pub async fn work(&self, errand: &Errand, company: &Company<'_>) -> Result<Work> {
        let (policy, mut waiting) = match errand.leave {
            Leave::Looks => (Policy::pass([]), None),
            Leave::Proposes | Leave::Works => {
                let (policy, waiting) = Policy::hold(errand.grants.clone());
                (policy, Some(waiting))
            }
        };
        let served = Served::start(company.cluster, policy).await?;
        let trace = company.scratch.join("trace.yaml");
        let sealed = self.sealed(errand, &served, company.scratch, &trace);
        company.record.record(Event::Prompted {
            prompt: errand.prompt.clone(),
        })?;
        let start = Instant::now();
        let limit = Limit::new(errand.limit);
        let mut listener = Listener::default();
        let mut known = Known::default();
        let mut proposals = Vec::new();
        let ran = {
            let news = News::default();
            let hear = |line: &[u8]| {
                if let Some(command) = listener.hear(line) {
                    news.add(command);
                }
            };
            // Beside its work, whose limit runs on while this waits.
            let mut telling = std::pin::pin!(news.tell(&served, company.record));
            let mut running = Box::pin(sealed::run(&sealed, &limit, hear));
            let ran = loop {
                tokio::select! {
                    biased;
                    never = &mut telling => match never {},
                    ran = &mut running => break ran,
                    Some(held) = next(&mut waiting) => {
                        let _pause = limit.pause();
                        news.told(telling.as_mut()).await;
                        if errand.leave == Leave::Proposes {
                            propose(held, company.record, &mut proposals)?;
                            continue;
                        }
                        if rule(held, errand, company, &mut known).await?.is_break() {
                            break Ok(Ran { end: End::Dismissed, err: Vec::new() });
                        }
                    }
                }
            };
            // One that was told to stop does no more while this waits.
            drop(running);
            news.told(telling).await;
            ran
        };
        let end = served.close().await;
        let refused = end.refusals.saturating_sub(proposals.len());
        let trace = trace::read(&trace);
        let said = listener.said();
        let failed = match &ran {
            Err(error) => Some(format!("it does not start: {error}")),
            Ok(_) if known.refusals >= MOST_REFUSALS => Some(STUBBORN.to_owned()),
            Ok(ran) => why::failed(&why::Heard {
                end: ran.end,
                err: &ran.err,
                said: &said,
                errors: &trace.errors,
                limit: &in_words(errand.limit),
            }),
        };
        Ok(Work {
            tool: NAME.to_owned(),
            version: Some(self.version.clone()),
            failed,
            said,
            commands: trace.commands,
            usage: trace.usage,
            passed: 0,
            refused: u32::try_from(refused).unwrap_or(u32::MAX),
            millis: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            proposals,
            done: Vec::new(),
        })
    }

    fn sealed(&self, errand: &Errand, served: &Served, scratch: &Path, trace: &Path) -> Sealed {
        let kubeconfig = served.kubeconfig();
        let mut args: Vec<OsString> = [
            "--quiet",
            "--skip-permissions",
            "--mcp-client=false",
            "--llm-provider",
            self.chosen.provider,
        ]
        .map(OsString::from)
        .to_vec();
        if let Some(model) = &self.chosen.model {
            args.extend(["--model".into(), model.into()]);
        }
        args.extend(["--kubeconfig".into(), kubeconfig.into(), "--trace-path".into(), trace.into()]);
        let mut variables = provider::variables(&self.chosen);
        variables.push(("KUBECONFIG".into(), kubeconfig.into()));
        variables.push(("KUBECACHEDIR".into(), scratch.join("cache").into()));
        // Wide enough that nothing is broken in the middle of a command.
        variables.push(("KUBECTL_AI_TERM_WIDTH".into(), "200".into()));
        variables.push(("NO_COLOR".into(), "1".into()));
        let kept = sealed::keeps().then(|| {
            let gate = (served.folder(), served.port());
            let reach = isolated::reach(&self.here, &self.program, &variables, Some(gate), scratch);
            (reach, self.isolation.clone())
        });
        Sealed {
            program: self.program.clone(),
            args,
            variables,
            home: scratch.to_path_buf(),
            input: errand.prompt.text.clone().into_bytes(),
            kept,
        }
    }
}

async fn next(waiting: &mut Option<tokio::sync::mpsc::Receiver<Held>>) -> Option<Held> {
    match waiting {
        Some(waiting) => waiting.recv().await,
        None => std::future::pending().await,
    }
}

/// What was said of calls so far.
#[derive(Default)]
struct Known {
    said_no: Vec<Asks>,
    refusals: usize,
    /// The numbers of grants of restarts that were done.
    restarted: Vec<usize>,
}

/// A change that waits is noted, and answered as not made.
fn propose(held: Held, record: &dyn Record, proposals: &mut Vec<HeldCall>) -> Result<()> {
    let refuse = |reason: &str| Verdict::Refuse { reason: reason.to_owned() };
    if proposals.contains(held.call()) {
        held.answer(refuse(PROPOSED));
    } else if proposals.len() >= MOST_PROPOSALS {
        held.answer(refuse("nobody looks through more proposals than were made: stop, and say so"));
    } else {
        record.record(Event::Proposed {
            asks: Box::new(asks(held.call())),
        })?;
        proposals.push(held.call().clone());
        held.answer(refuse(PROPOSED));
    }
    Ok(())
}

/// Somebody says yes or no to a call that waits.
async fn rule(held: Held, errand: &Errand, company: &Company<'_>, known: &mut Known) -> Result<ControlFlow<()>> {
    if let Some(grant) = the_restart(held.call(), &errand.grants)
        && !known.restarted.contains(&grant)
    {
        if held.answer(Verdict::Pass) {
            known.restarted.push(grant);
        }
        return Ok(ControlFlow::Continue(()));
    }
    let asks = asks(held.call());
    // Nobody is asked the same twice.
    if known.said_no.contains(&asks) {
        held.answer(Verdict::Refuse { reason: NO.to_owned() });
        return Ok(known.refused());
    }
    let what = asks.what.clone();
    company.record.record(Event::Held {
        asks: Box::new(asks.clone()),
    })?;
    let ruling = company.approve.rule(&errand.place, &asks, !errand.grants.is_empty()).await?;
    company.record.record(Event::Ruled {
        tool: NAME.to_owned(),
        what,
        ruling: ruling.clone(),
    })?;
    let (stops, is_refused) = (ruling == Ruling::Stopped, ruling != Ruling::Allowed);
    let verdict = match ruling {
        Ruling::Allowed => Verdict::Pass,
        Ruling::Declined | Ruling::Stopped => {
            known.said_no.push(asks);
            Verdict::Refuse { reason: NO.to_owned() }
        }
        Ruling::Refused { reason } => Verdict::Refuse { reason },
    };
    if !held.answer(verdict) {
        company.record.record(Event::Note {
            text: format!("{NAME} did not wait for the answer: nothing was changed by that."),
        })?;
    }
    Ok(match (stops, is_refused) {
        (true, _) => ControlFlow::Break(()),
        (false, true) => known.refused(),
        (false, false) => ControlFlow::Continue(()),
    })
}

impl Known {
    fn refused(&mut self) -> ControlFlow<()> {
        self.refusals += 1;
        if self.refusals < MOST_REFUSALS {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// The number of the grant of the restart that this is, at another moment than the one that was shown.
fn the_restart(call: &HeldCall, grants: &[Grant]) -> Option<usize> {
    let is_plain = call.risk == Risk::Change && call.call.subresource.is_empty();
    let object = call.object.as_ref().filter(|_| is_plain)?;
    let time = |change: &FieldChange| {
        let text = change.after.as_ref().and_then(Value::as_str);
        text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())
    };
    let leaves = |changes: &[FieldChange]| changes.iter().flat_map(FieldChange::leaves).collect::<Vec<_>>();
    let tried = leaves(&call.diff);
    let is_granted = |grant: &Grant| {
        let same = grant.object.same_name(object) && grant.object.uid == object.uid && grant.verb == call.call.verb;
        let approved = leaves(&grant.fields);
        let is_it = |change: &FieldChange| change.is_restart() && time(change) && approved.iter().any(|field| field.field == change.field);
        same && !tried.is_empty() && tried.iter().all(is_it)
    };
    grants.iter().position(is_granted)
}

fn in_words(limit: Duration) -> String {
    match limit.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
