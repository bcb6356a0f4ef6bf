//! The order of the stages, and nothing else. Here alone a plan becomes an approved plan.

mod end;
mod told;
mod tools;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use end::{End, not_true};
use jiff::Timestamp;
use told::comment;
use tools::named_tool;

use crate::{
    domain::{
        answer::Answer,
        conversation::{Conversation, Turn},
        docker::Noun,
        event::Event,
        execution::Execution,
        failure::{Failure, FailureKind, Result},
        intent::{Intent, Resolution},
        inventory::Inventory,
        outcome::Outcome,
        place::Locality,
        plan::{Approved, Approver, Decision, Plan},
        ports::{approve::Approve, drive::Drive, engine::Engine, observe::Observe, record::Record},
        reading::{FirstReading, Needs, Reading},
        request::{Request, RequestOptions},
        risk::Risk,
        undo::UndoEntry,
    },
    stages::{
        execute::{Execute, errand::Outfit},
        plan::{Planner, quarrel},
        route::{self, Wanted},
        survey::Survey,
        understand::Understand,
        verify::Verify,
    },
};

/// How long a verification waits without seeing any progress, unless `--timeout` says otherwise.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the walk is made of. `app` puts it together.
#[allow(missing_debug_implementations)]
pub struct Flow {
    understand: Arc<Understand>,
    survey: Survey,
    planner: Planner,
    execute: Execute,
    verify: Verify,
    observe: Arc<dyn Observe>,
    engine: Arc<dyn Engine>,
    approve: Arc<dyn Approve>,
    record: Arc<dyn Record>,
    earlier: Arc<Conversation>,
    turn: Arc<Mutex<Turn>>,
}

impl Flow {
    #[must_use]
    pub fn new(
        understand: Arc<Understand>,
        planner: Planner,
        observe: Arc<dyn Observe>,
        drive: Arc<dyn Drive>,
        engine: Arc<dyn Engine>,
        approve: Arc<dyn Approve>,
        record: Arc<dyn Record>,
    ) -> Self {
        Self {
            understand,
            survey: Survey::new(observe.clone(), record.clone()),
            planner,
            execute: Execute::new(observe.clone(), drive, engine.clone(), record.clone()),
            verify: Verify::new(observe.clone(), record.clone()).through(engine.clone()),
            observe,
            engine,
            approve,
            record,
            earlier: Arc::default(),
            turn: Arc::default(),
        }
    }

    /// The same within a conversation. `turn` becomes what this request was, as far as it comes.
    #[must_use]
    pub fn within(self, earlier: Arc<Conversation>, turn: Arc<Mutex<Turn>>) -> Self {
        Self { earlier, turn, ..self }
    }

    /// The same, which can give work to AI tools.
    #[must_use]
    pub fn through(self, outfit: Outfit) -> Self {
        Self {
            execute: self.execute.through(outfit),
            ..self
        }
    }

    /// Understands, previews, asks, acts, verifies. A failure is an outcome too, and was recorded.
    pub async fn walk(&self, request: &Request) -> Outcome {
        let mut changed = false;
        let end = self.request(request, &mut changed).await;
        self.close(end, changed)
    }

    /// Takes a request back: the same walk from the plan on. `Requested` was recorded before: what is to be taken back
    /// is found by asking the cluster.
    pub async fn undo(&self, entry: &UndoEntry, request: &Request) -> Outcome {
        let mut changed = false;
        let end = self.take_back(entry, request, &mut changed).await;
        self.close(end, changed)
    }

    async fn request(&self, request: &Request, changed: &mut bool) -> Result<End> {
        self.open(request)?;
        if request.text.trim_start().starts_with('#') {
            return self.told(Resolution::Declined(comment(&request.text)));
        }
        route::known(request.options.with_tool.as_deref())?;
        self.note(|turn| turn.said.clone_from(&request.text));
        let (readings, mut needs) = match self.understand.first_within(&request.text, &self.earlier) {
            FirstReading::Understood { readings, needs } => (readings, needs),
            FirstReading::Ask(question) => return self.told(Resolution::Ask(question)),
            FirstReading::Imagined { readings, needs, declined } => {
                let declined = self.taught(&readings, &needs, declined, request).await;
                return self.told(Resolution::Declined(declined));
            }
            FirstReading::Declined(declined) => return self.unknown(request, declined, changed).await,
        };
        self.note(|turn| turn.readings.clone_from(&readings));
        if let Some(done) = self.understand.corrected(&request.text, &self.earlier) {
            self.record.record(Event::Note {
                text: format!("“{done}” was done and stays so: “undo that” before this takes it back."),
            })?;
        }
        let demanded = request.options.with_tool.clone();
        needs.tools.extend(demanded.filter(|tool| !needs.tools.contains(tool)));
        let (inventory, intents) = match self.resolve(&readings, &needs).await? {
            (inventory, Resolution::Clear(intents)) => (inventory, self.planner.each_once(intents)),
            (_, resolution) => return self.told(resolution),
        };
        if intents.is_empty() && readings.iter().all(Reading::may_be_gone) {
            self.record.record(Event::Note {
                text: "Nothing of that name is there: nothing to take away.".to_owned(),
            })?;
            return Ok(End::UNCHANGED);
        }
        if intents.is_empty() {
            let what = format!("nothing here is what \"{}\" speaks of; nothing was done", request.text.trim());
            return Err(
                Failure::new(FailureKind::NotUnderstood, what).hint("name the workload: `todo-agent overview` shows which there are")
            );
        }
        if needs.engine.is_none()
            && let Some(failure) = self.planner.doubt(&readings, &intents, &inventory.place)
        {
            return Err(failure);
        }
        self.note(|turn| {
            turn.intents.clone_from(&intents);
            turn.place = Some(inventory.place.clone());
        });
        self.record.record(Event::Understood { intents: intents.clone() })?;
        if let Some(left) = Understand::shown_whole(&readings, &intents) {
            self.record.record(Event::Note {
                text: format!("A list is shown whole: {left} is not left out."),
            })?;
        }
        let options = RequestOptions {
            dry_run: request.options.dry_run || readings.iter().any(|reading| reading.preview),
            ..request.options.clone()
        };
        let plans = self.plans(&intents, &inventory, &options).await?;
        let end = self.act(plans, &options, changed).await;
        self.note(|turn| turn.changed = *changed);
        let end = end?;
        // A no is an answer; to who typed the command it is also its exit code (`kubectl auth can-i`).
        let typed = readings.iter().all(|reading| reading.typed);
        Ok(match end {
            End::Done { changed, verified, denied } => End::Done {
                changed,
                verified,
                denied: denied && typed,
            },
            told @ End::Told(_) => told,
        })
    }

    async fn take_back(&self, entry: &UndoEntry, request: &Request, changed: &mut bool) -> Result<End> {
        let on_engine = entry.reversals.iter().any(|reversal| Noun::of(&reversal.object).is_some());
        let place = if on_engine {
            self.engine.engine(true).await?
        } else {
            self.observe.place().await?
        };
        self.record.record(Event::Met { place: place.clone() })?;
        let plan = self.planner.plan_undo(entry, &place).await?;
        self.record.record(Event::Planned {
            plan: Box::new(plan.clone()),
        })?;
        self.act(vec![plan], &request.options, changed).await
    }

    fn note(&self, what: impl FnOnce(&mut Turn)) {
        what(&mut self.turn.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn open(&self, request: &Request) -> Result<()> {
        self.record.record(Event::Requested {
            request: request.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Looks near by first, and further for names that were not found there, and for names of what shall be changed that were
    /// not given letter by letter: another namespace may have the very name.
    async fn resolve(&self, readings: &[Reading], needs: &Needs) -> Result<(Inventory, Resolution)> {
        if let Some(needs) = &needs.engine {
            let inventory = self.survey.engine(self.engine.as_ref(), needs).await?;
            let inventory = self.understand.remembering(&self.earlier, readings, inventory);
            let resolution = self.understand.resolve(readings, &inventory);
            return Ok((inventory, resolution));
        }
        if needs.no_cluster {
            let inventory = self.survey.nowhere().await?;
            let resolution = self.understand.resolve(readings, &inventory);
            return Ok((inventory, resolution));
        }
        let inventory = self.survey.near(readings, needs).await?;
        let inventory = self.understand.remembering(&self.earlier, readings, inventory);
        let resolution = self.understand.resolve(readings, &inventory);
        if let Resolution::Clear(intents) = &resolution
            && !intents
                .iter()
                .any(|intent| self.planner.changes(intent) && !intent.readings_of_names.is_empty())
        {
            return Ok((inventory, resolution));
        }
        let inventory = self.survey.wide(inventory, readings, needs).await?;
        let inventory = self.understand.remembering(&self.earlier, readings, inventory);
        let resolution = self.understand.resolve(readings, &inventory);
        Ok((inventory, resolution))
    }

    async fn plans(&self, intents: &[Intent], inventory: &Inventory, options: &RequestOptions) -> Result<Vec<Plan>> {
        if let Some(failure) = self.planner.changes_one_twice(intents) {
            return Err(failure);
        }
        let mut plans = Vec::new();
        let asked = options.namespace.as_deref().filter(|_| options.names_namespace);
        for intent in intents {
            let wanted = Wanted {
                prefer: &self.planner.prefers(intent),
                named: named_tool(intent),
                with_tool: options.with_tool.as_deref(),
                no_ai: options.no_ai,
                only_looks: !self.planner.changes(intent),
                broken: self.earlier.as_ref(),
            };
            let route = route::route(wanted, &inventory.tools)?;
            let plan = self
                .planner
                .plan(intent, intents, inventory, route, asked, Timestamp::now())
                .await?;
            plans.push(self.settled(plan, options).await?);
        }
        if let Some(failure) = quarrel::quarrel(&plans).or_else(|| quarrel::endless(&plans)) {
            return Err(failure);
        }
        self.note(|turn| turn.plans = plans.iter().cloned().map(Arc::new).collect());
        for plan in &plans {
            self.record.record(Event::Planned {
                plan: Box::new(plan.clone()),
            })?;
        }
        Ok(plans)
    }

    async fn act(&self, plans: Vec<Plan>, options: &RequestOptions, changed: &mut bool) -> Result<End> {
        let (shown, plans): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(Plan::only_shows);
        if !shown.is_empty() {
            self.record.record(Event::Note {
                text: "Preview only: nothing was changed.".to_owned(),
            })?;
        }
        if options.dry_run && plans.iter().any(Plan::opens_a_way) {
            self.record.record(Event::Note {
                text: "Preview only: nothing was forwarded.".to_owned(),
            })?;
            return Ok(End::UNCHANGED);
        }
        // A way into a cluster that may be somebody's production needs the same word as a change there.
        let opens_far = plans
            .iter()
            .any(|plan| plan.opens_a_way() && plan.place.locality == Locality::Remote);
        let wants_change = plans
            .iter()
            .any(|plan| plan.risk > Risk::Read && !plan.changes_nothing() && !plan.opens_a_way());
        if wants_change && options.dry_run {
            self.record.record(Event::Note {
                text: "Preview only: nothing was changed.".to_owned(),
            })?;
            self.note(|turn| turn.offered = true);
            return Ok(End::UNCHANGED);
        }
        let (approver, without) = if wants_change || opens_far {
            self.ask(&plans).await?
        } else {
            (Approver::NotNeeded, Vec::new())
        };
        let plans = self.instead_of(&without, plans);
        let (mut verified, mut denied) = (false, false);
        let mut plans = plans.into_iter();
        while let Some(plan) = plans.next() {
            let plan = Approved::by(approver.clone(), plan);
            match self.carry_out(&plan, options, changed, &mut denied).await {
                Ok(holds) => verified |= holds,
                Err(failure) => {
                    self.tell_untried(plans.as_slice())?;
                    return Err(failure);
                }
            }
        }
        Ok(End::Done {
            changed: *changed,
            verified,
            denied,
        })
    }

    /// Who said yes, and the AI tools that they want nothing done by.
    async fn ask(&self, plans: &[Plan]) -> Result<(Approver, Vec<String>)> {
        let decision = self.approve.decide(plans).await?;
        let title = plans.iter().map(|plan| plan.title.as_str()).collect::<Vec<_>>().join("; ");
        self.record.record(Event::Decided {
            title,
            decision: decision.clone(),
        })?;
        self.note(|turn| turn.offered = !matches!(decision, Decision::Approved { .. }));
        match decision {
            Decision::Approved { by, without } => Ok((by, without)),
            Decision::Declined => Err(Failure::new(FailureKind::Refused, "not approved: nothing was changed")),
            Decision::Refused { reason, hints } => Err(Failure {
                hints,
                ..Failure::new(FailureKind::Refused, reason)
            }),
        }
    }

    /// True when there was something to verify and all of it holds.
    async fn carry_out(&self, plan: &Approved<Plan>, options: &RequestOptions, changed: &mut bool, denied: &mut bool) -> Result<bool> {
        if plan.get().open {
            return self.carry_out_open(plan, options, changed).await;
        }
        let execution = if self.is_given_away(plan.get()) {
            self.give_away(plan, options, changed).await?
        } else {
            self.execute.execute(plan, options.timeout_seconds.map(Duration::from_secs)).await
        };
        *denied |= execution.answers.iter().any(Answer::is_no);
        self.note(|turn| turn.heard(&execution.answers));
        *changed |= !execution.done.is_empty();
        if let Some(failure) = execution.failure {
            // Sent, and never heard of again: it may have been made.
            *changed |= failure.kind == FailureKind::LostSight;
            return Err(failure);
        }
        self.prove(plan.get(), &execution, options).await
    }

    async fn prove(&self, plan: &Plan, execution: &Execution, options: &RequestOptions) -> Result<bool> {
        if plan.verify.is_empty() {
            return Ok(false);
        }
        let patience = options.timeout_seconds.map_or(PATIENCE, Duration::from_secs);
        let verification = self.verify.verify(plan, execution, patience).await?;
        self.record.record(Event::Verified {
            verification: verification.clone(),
        })?;
        if verification.holds() {
            Ok(true)
        } else {
            Err(not_true(&verification))
        }
    }
}
