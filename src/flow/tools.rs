//! Where the walk leads through the hands of an AI tool: whether it can be given the work, what of it the built-in engine finishes,
//! and requests that no playbook knows.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use super::{End, Flow};
use crate::{
    domain::{
        errand::{Isolation, Work},
        event::Event,
        execution::Execution,
        failure::{Failure, FailureKind, Result},
        intent::{Declined, DeclinedReason, Intent, Resolution, SlotValue},
        plan::{Approved, Plan},
        proposal::forbids,
        reading::Needs,
        request::{Request, RequestOptions},
    },
    stages::{
        execute::errand,
        plan::Planner,
        route::{self, Wanted},
        understand::TOOL_SLOT,
    },
};

/// How long an AI tool may work, unless `--timeout` says otherwise. Its model may take a minute for an answer.
const TOOL_LIMIT: Duration = Duration::from_mins(3);

/// The tool that takes requests which no playbook knows.
const KUBECTL_AI: &str = "kubectl-ai";

impl Flow {
    /// What no playbook knows is done by an AI tool that it is said to, or by nobody.
    pub(super) async fn unknown(&self, request: &Request, declined: Declined, changed: &mut bool) -> Result<End> {
        let options = &request.options;
        if !matches!(declined.reason, DeclinedReason::NotUnderstood | DeclinedReason::NotBuilt) {
            return self.told(Resolution::Declined(declined));
        }
        let spoken_to = self.understand.spoken_to(&request.text);
        let named = spoken_to.as_ref().map(|(tool, _)| tool.as_str());
        let Some(tool) = options.with_tool.as_deref().or(named).filter(|tool| *tool == KUBECTL_AI) else {
            return self.told(Resolution::Declined(declined));
        };
        let needs = Needs {
            tools: vec![tool.to_owned()],
            ..Needs::default()
        };
        let inventory = self.survey.near(&[], &needs).await?;
        let wanted = Wanted {
            prefer: &needs.tools,
            named: Some(tool),
            with_tool: options.with_tool.as_deref(),
            no_ai: options.no_ai,
            only_looks: false,
            broken: &(),
        };
        let route = route::route(wanted, &inventory.tools)?;
        let said = spoken_to.as_ref().map_or(request.text.trim(), |(_, said)| said.as_str());
        if !route.is_ai() || forbids(said) {
            return self.told(Resolution::Declined(declined));
        }
        self.note(|turn| turn.place = Some(inventory.place.clone()));
        let open = self.settled(Planner::open(said, &inventory.place, route), options).await?;
        let Some(plan) = self.proposed(open, options).await? else {
            // Its words were the answer.
            return Ok(End::UNCHANGED);
        };
        self.note(|turn| turn.plans = vec![Arc::new(plan.clone())]);
        self.record.record(Event::Planned {
            plan: Box::new(plan.clone()),
        })?;
        self.act(vec![plan], options, changed).await
    }

    /// What the tool proposes for it, as a plan of the built-in engine. Where that cannot do all of it: the tool's own plan, each
    /// change of which is asked for. None where it proposes nothing.
    async fn proposed(&self, open: Plan, options: &RequestOptions) -> Result<Option<Plan>> {
        let name = open.route.full_name();
        let sees = open.notes.last().cloned().unwrap_or_default();
        self.record.record(Event::Note {
            text: format!("No playbook knows this: {name} proposes what to do, and changes nothing; {sees}."),
        })?;
        let work = self.execute.propose(&open, tool_limit(options)).await?;
        match &work.failed {
            Some(why) if work.proposals.is_empty() => return Err(route::failed(&work.tool, why)),
            _ if work.proposals.is_empty() => return Ok(None),
            _ => {}
        }
        let route = route::builtin(open.route.passed_over.clone());
        let (mut plan, left) = self.planner.proposed(&open, &work, route).await?;
        let is_all = left.changes.is_empty() || options.dry_run;
        if is_all && !plan.changes.is_empty() {
            let only_shown = left
                .changes
                .iter()
                .map(|left| format!("also proposed, and shown here only: {left}"));
            let refused = left.looks.iter().map(|look| format!("refused to {}: {look}", work.tool));
            plan.notes.extend(only_shown.chain(refused));
            return Ok(Some(plan));
        }
        let left = [left.changes, left.looks].concat();
        if left.is_empty() {
            self.record.record(Event::Note {
                text: "What it proposes is so already: nothing would be changed.".to_owned(),
            })?;
            return Ok(None);
        }
        for left in &left {
            self.record.record(Event::Note {
                text: format!("Not for the built-in engine: {left}."),
            })?;
        }
        Ok(Some(open))
    }

    /// A tool that was chosen is asked whether it can. Where it cannot, the built-in engine does it, unless there is no other way,
    /// or another one was ruled out.
    pub(super) async fn settled(&self, mut plan: Plan, options: &RequestOptions) -> Result<Plan> {
        if !plan.route.is_ai() {
            return Ok(plan);
        }
        if plan.changes_nothing() {
            plan.route = route::builtin(plan.route.passed_over);
            return Ok(plan);
        }
        let demanded = plan.open || options.with_tool.as_deref() == Some(&plan.route.tool);
        match self.execute.ready(&plan).await {
            Ok(ready) => {
                plan.route.version = ready.version;
                plan.notes.push(sees(&ready.isolation));
                Ok(plan)
            }
            Err(failure) if failure.kind != FailureKind::Configuration => Err(failure),
            Err(failure) if demanded => Err(route::unusable(&plan.route.tool, &failure.what)),
            Err(failure) => {
                plan.route = route::builtin(route::over(plan.route, &failure.what));
                Ok(plan)
            }
        }
    }

    /// The built-in engine does what somebody wants none of these tools to do.
    pub(super) fn instead_of(&self, without: &[String], plans: Vec<Plan>) -> Vec<Plan> {
        if without.is_empty() {
            return plans;
        }
        let instead = |plan: Plan| {
            if !without.contains(&plan.route.tool) {
                return plan;
            }
            Plan {
                route: route::builtin(route::over(plan.route, route::CHOSEN)),
                ..plan
            }
        };
        let plans: Vec<Plan> = plans.into_iter().map(instead).collect();
        self.note(|turn| turn.plans = plans.iter().cloned().map(Arc::new).collect());
        plans
    }

    /// Not to a tool that failed a moment ago.
    pub(super) fn is_given_away(&self, plan: &Plan) -> bool {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        plan.route.is_ai() && !turn.broken.iter().any(|(tool, _)| *tool == plan.route.tool)
    }

    /// An AI tool works on it; what it leaves undone of what was approved, the built-in engine does.
    pub(super) async fn give_away(&self, plan: &Approved<Plan>, options: &RequestOptions, changed: &mut bool) -> Result<Execution> {
        // What was observed stands beside what it says.
        let read = if plan.get().changes.is_empty() {
            self.execute.execute(plan, options.timeout_seconds.map(Duration::from_secs)).await
        } else {
            Execution::default()
        };
        if read.failure.is_some() {
            return Ok(read);
        }
        let work = self.execute.entrust(plan, tool_limit(options)).await?;
        *changed |= !work.done.is_empty();
        let left = self.execute.left(plan.get()).await?;
        let tool = &plan.get().route.tool;
        if let Some(why) = shortfall(plan.get(), &work, &left) {
            self.note(|turn| turn.broken.push((tool.clone(), why.reason)));
            self.record.record(Event::Handed {
                from: tool.clone(),
                to: left.first().map_or_else(String::new, |_| route::BUILTIN.to_owned()),
                why: why.told,
            })?;
        }
        let left: Vec<usize> = left.into_iter().map(|(index, _)| index).collect();
        let rest = self.execute.finish(plan, &left).await;
        Ok(Execution {
            done: work.done.into_iter().chain(rest.done).collect(),
            answers: read.answers,
            failure: rest.failure,
        })
    }

    /// Nothing was approved but that it may try: what it did with somebody's yes is proven all the same.
    pub(super) async fn carry_out_open(&self, plan: &Approved<Plan>, options: &RequestOptions, changed: &mut bool) -> Result<bool> {
        let work = self.execute.entrust(plan, tool_limit(options)).await?;
        *changed |= !work.done.is_empty();
        if work.done.is_empty() {
            return match work.failed {
                Some(why) => Err(route::failed(&work.tool, &why)),
                None if work.refused > 0 => {
                    let what = format!("nothing that {} tried was allowed: nothing was changed", work.tool);
                    Err(Failure::new(FailureKind::Refused, what))
                }
                None => Ok(false),
            };
        }
        let proven = Plan {
            verify: errand::conditions(&work.done),
            ..plan.get().clone()
        };
        let execution = Execution {
            done: work.done,
            ..Execution::default()
        };
        let holds = self.prove(&proven, &execution, options).await?;
        match work.failed {
            Some(why) => Err(route::failed(&work.tool, &why).hint("What it did before is told above, and is so on the cluster.")),
            None => Ok(holds),
        }
    }
}

/// Said wherever a tool is about to be let in.
fn sees(isolation: &Isolation) -> String {
    let (runs, told) = (isolation.words(), "its model is told what it reads, Secrets not among it");
    if isolation.files && isolation.sockets {
        format!("it runs {runs}: {told}")
    } else {
        format!("it runs as you, {runs}; {told}")
    }
}

/// How long a tool may work, beside the time that somebody takes to say yes or no.
fn tool_limit(options: &RequestOptions) -> Duration {
    options.timeout_seconds.map_or(TOOL_LIMIT, Duration::from_secs)
}

/// What a tool fell short of.
struct Shortfall {
    /// To be remembered.
    reason: String,
    /// To be told, in one sentence.
    told: String,
}

/// The cluster decides, and not what the tool says.
fn shortfall(plan: &Plan, work: &Work, left: &[(usize, String)]) -> Option<Shortfall> {
    let tool = &plan.route.tool;
    let shortfall = |reason: String, told: String| Some(Shortfall { reason, told });
    match (&work.failed, left.first()) {
        (None, None) => None,
        (Some(why), None) if !plan.changes.is_empty() => shortfall(
            why.clone(),
            format!("{tool} failed: {why}; what was approved is so on the cluster all the same"),
        ),
        (Some(why), _) => shortfall(why.clone(), format!("{tool} failed: {why}")),
        (None, Some((_, instead))) => shortfall(
            "it said that it was done, and it was not".to_owned(),
            format!("{tool} came to its end; the cluster says that {instead}"),
        ),
    }
}

/// The tool that the words of the request name.
pub(super) fn named_tool(intent: &Intent) -> Option<&str> {
    match intent.slots.get(TOOL_SLOT) {
        Some(SlotValue::Text(tool)) => Some(tool),
        _ => None,
    }
}
