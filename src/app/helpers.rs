//! AI tools as the flow is given them: found, asked for their version, and let in behind the gate.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{guard::Guard, machine::Scratch, reach::Reach, tee::Tee};
use crate::{
    adapters::tools::{
        Bounds, Surroundings,
        kubectl_ai::{self, Company, Driver},
    },
    domain::{
        errand::{Errand, Prompt, Ready, Work},
        failure::{Failure, FailureKind, Result},
        ports::{Later, delegate::Delegate},
    },
    redact::Redactor,
};

/// For a tool to tell its version, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// The tools of this machine, for one request.
#[allow(missing_debug_implementations)]
pub struct Helpers {
    reach: Arc<Reach>,
    guard: Arc<Guard>,
    record: Arc<Tee>,
    redactor: Arc<Redactor>,
    here: Arc<Surroundings>,
    /// Asked once for a request.
    found: Mutex<Option<Driver>>,
}

impl Helpers {
    pub fn new(reach: Arc<Reach>, guard: Arc<Guard>, record: Arc<Tee>, redactor: Arc<Redactor>, here: Surroundings) -> Self {
        Self {
            reach,
            guard,
            record,
            redactor,
            here: Arc::new(here),
            found: Mutex::default(),
        }
    }

    async fn driver(&self, tool: &str) -> Result<Driver> {
        let cannot = |why: String| Failure::new(FailureKind::Configuration, why);
        if tool != kubectl_ai::NAME {
            return Err(cannot("todo-agent does not drive it yet".to_owned()));
        }
        let known = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(driver) = known.filter(Driver::is_there) {
            return Ok(driver);
        }
        let scratch = Scratch::new();
        let bounds = Bounds {
            limit: PATIENCE,
            scratch: scratch.path().to_path_buf(),
        };
        let driver = Driver::find(&self.here, &bounds).await.map_err(cannot)?;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(driver.clone());
        Ok(driver)
    }

    async fn ask(&self, prompt: &Prompt) -> Result<Ready> {
        // What the record keeps is then what was sent, to the letter.
        if self.redactor.text(&prompt.text) != prompt.text {
            let why = "what it would be told holds a secret, and that is given to no AI tool";
            return Err(Failure::new(FailureKind::Configuration, why));
        }
        let driver = self.driver(&prompt.tool).await?;
        Ok(Ready {
            version: Some(driver.version),
            isolation: driver.isolation,
        })
    }

    async fn let_work(&self, errand: &Errand) -> Result<Work> {
        let driver = self.driver(&errand.prompt.tool).await?;
        let scratch = Scratch::new();
        let before = self.record.done().len();
        let company = Company {
            cluster: self.reach.cluster().await?,
            record: self.record.as_ref(),
            approve: self.guard.as_ref(),
            scratch: scratch.path(),
        };
        let mut work = driver.work(errand, &company).await?;
        work.done = self.record.done().split_off(before);
        work.passed = u32::try_from(work.done.len()).unwrap_or(u32::MAX);
        Ok(work)
    }
}

impl Delegate for Helpers {
    fn ready<'a>(&'a self, prompt: &'a Prompt) -> Later<'a, Ready> {
        Box::pin(self.ask(prompt))
    }

    fn work<'a>(&'a self, errand: &'a Errand) -> Later<'a, Work> {
        Box::pin(self.let_work(errand))
    }
}
