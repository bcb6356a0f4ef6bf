//! What login programs gave to this process: each is asked once, by whoever needs it first, and again when that has run out or is refused.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::{Given, Login, Manner, Trouble};

/// What runs out so soon is asked for anew.
const MARGIN: Duration = Duration::from_secs(5);

/// By what they are asked. Clones share it.
#[derive(Clone, Default)]
#[allow(missing_debug_implementations)]
pub struct Logins(Arc<std::sync::Mutex<HashMap<String, Arc<Shared>>>>);

impl Logins {
    pub(in crate::adapters::cluster) fn of(&self, login: Login) -> Arc<Shared> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(login.question()).or_insert_with(|| Shared::of(login)))
    }
}

/// One program, and what it gave.
pub(in crate::adapters::cluster) struct Shared {
    login: Login,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    given: Option<Given>,
    /// Which one it is; the server refused the one of this number.
    number: u64,
    refused: bool,
    /// When it was tried in vain, for those who waited meanwhile.
    trouble: Option<(Instant, Trouble)>,
}

/// What is shown to the server now.
#[derive(Clone)]
pub(in crate::adapters::cluster) struct Current {
    pub(in crate::adapters::cluster) given: Given,
    pub(super) number: u64,
    /// The server refused it, and why there is no other.
    pub(super) trouble: Option<Trouble>,
}

impl Shared {
    fn of(login: Login) -> Arc<Self> {
        Arc::new(Self {
            login,
            held: Mutex::default(),
        })
    }

    pub(in crate::adapters::cluster) async fn current(&self, manner: Manner) -> Result<Current, Trouble> {
        let asked = Instant::now();
        let mut held = self.held.lock().await;
        if let Some(given) = held.good() {
            return Ok(held.current(given, None));
        }
        if let Some(trouble) = held.trouble_since(asked).filter(|_| manner.alone) {
            return held.despite(trouble);
        }
        match self.login.ask(manner).await {
            Ok(given) => Ok(held.renewed(given)),
            Err(trouble) => {
                held.trouble = Some((Instant::now(), trouble.clone()));
                held.despite(trouble)
            }
        }
    }

    pub(super) async fn refuse(&self, number: u64) {
        let mut held = self.held.lock().await;
        held.refused |= held.number == number;
    }
}

impl Held {
    fn good(&self) -> Option<Given> {
        self.given.clone().filter(|given| !self.refused && !has_run_out(given))
    }

    fn current(&self, given: Given, trouble: Option<Trouble>) -> Current {
        Current {
            given,
            number: self.number,
            trouble,
        }
    }

    fn trouble_since(&self, asked: Instant) -> Option<Trouble> {
        let (when, trouble) = self.trouble.as_ref()?;
        (*when > asked).then(|| trouble.clone())
    }

    fn renewed(&mut self, given: Given) -> Current {
        self.given = Some(given.clone());
        self.number += 1;
        self.refused = false;
        self.current(given, None)
    }

    /// What has not run out stays in use: what one call is refused with may be good for all others.
    fn despite(&mut self, trouble: Trouble) -> Result<Current, Trouble> {
        match self.given.clone() {
            Some(given) if !has_run_out(&given) => {
                self.refused = false;
                Ok(self.current(given, Some(trouble)))
            }
            Some(_) if trouble == Trouble::Terminal => Err(Trouble::RunOut),
            _ => Err(trouble),
        }
    }
}

fn has_run_out(given: &Given) -> bool {
    let margin = jiff::SignedDuration::try_from(MARGIN).unwrap_or_default();
    given.until.is_some_and(|until| Timestamp::now() + margin >= until)
}

#[cfg(test)]
mod tests {
    use kube::config::AuthInfo;
    use serde_json::json;

    use super::*;

    const ALONE: Manner = Manner {
        alone: true,
        limit: Duration::from_secs(20),
    };

    /// A program that must ask, and what it gave.
    fn asking(until: &str) -> Arc<Shared> {
        let exec = json!({"command": "login", "interactiveMode": "Always"});
        let user: AuthInfo = serde_json::from_value(json!({"exec": exec})).unwrap();
        let given = Given {
            user: user.clone(),
            until: Some(until.parse().unwrap()),
        };
        let shared = Shared::of(Login::of(&user).unwrap());
        shared.held.try_lock().unwrap().given = Some(given);
        shared
    }

    #[tokio::test]
    async fn what_one_call_was_refused_with_is_good_for_the_next() {
        let shared = asking("2999-01-01T00:00:00Z");
        shared.refuse(0).await;
        for trouble in [Some(Trouble::Terminal), None] {
            assert_eq!(shared.current(ALONE).await.map(|current| current.trouble), Ok(trouble));
        }
    }

    #[tokio::test]
    async fn what_has_run_out_and_must_be_asked_for_at_a_terminal_has_run_out() {
        let shared = asking("2001-01-01T00:00:00Z");
        assert_eq!(shared.current(ALONE).await.map(|current| current.trouble), Err(Trouble::RunOut));
    }
}
