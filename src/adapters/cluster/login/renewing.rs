//! The way to the server with what a login program gave; with another one when that has run out or is refused.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{Request, StatusCode};
use kube::{Config, client::Body};
use tower::{BoxError, ServiceExt as _};

use super::{
    Given, Manner, Trouble,
    logins::{Current, Shared},
};
use crate::adapters::cluster::{
    Limits,
    transport::{self, BoxFuture, Direct, Raw},
};

#[derive(Clone)]
pub(in crate::adapters::cluster) struct Renewing(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    config: Config,
    limits: Limits,
    way: Mutex<Numbered>,
}

/// The way with the credential of this number.
#[derive(Clone)]
struct Numbered {
    number: u64,
    way: Direct,
}

/// What one request goes with.
#[derive(Clone)]
pub(in crate::adapters::cluster) struct Ready {
    way: Numbered,
    trouble: Option<Trouble>,
}

impl Renewing {
    pub(in crate::adapters::cluster) fn of(
        shared: Arc<Shared>,
        current: &Current,
        config: &Config,
        limits: Limits,
    ) -> Result<Self, kube::Error> {
        let way = Numbered {
            number: current.number,
            way: way(config, &current.given, limits.connect)?,
        };
        Ok(Self(Arc::new(Inner {
            shared,
            config: config.clone(),
            limits,
            way: Mutex::new(way),
        })))
    }

    /// Asks the program where that must be: as long as this takes, nobody waits for the server.
    pub(in crate::adapters::cluster) async fn ready(&self) -> Result<Ready, BoxError> {
        let manner = Manner {
            alone: true,
            limit: self.0.limits.login,
        };
        let current = self.0.shared.current(manner).await?;
        Ok(Ready {
            way: self.0.way_with(&current)?,
            trouble: current.trouble,
        })
    }

    /// With what the request was made ready with; else with what there is now.
    pub(in crate::adapters::cluster) fn send(&self, mut request: Request<Body>) -> BoxFuture<Raw> {
        let renewing = self.clone();
        Box::pin(async move {
            let Ready { way, trouble } = match request.extensions_mut().remove::<Ready>() {
                Some(ready) => ready,
                None => renewing.ready().await?,
            };
            let answer = way.way.oneshot(request).await?;
            if answer.status() != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            renewing.0.shared.refuse(way.number).await;
            match trouble {
                // What the program says to it tells more than the server does.
                Some(trouble) if trouble != Trouble::Terminal => Err(trouble.into()),
                _ => Ok(answer),
            }
        })
    }
}

impl Inner {
    fn way_with(&self, current: &Current) -> Result<Numbered, kube::Error> {
        let mut kept = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.number < current.number {
            *kept = Numbered {
                number: current.number,
                way: way(&self.config, &current.given, self.limits.connect)?,
            };
        }
        Ok(kept.clone())
    }
}

fn way(config: &Config, given: &Given, connect_timeout: Duration) -> Result<Direct, kube::Error> {
    let mut config = config.clone();
    config.auth_info = given.user.clone();
    transport::way(&config, connect_timeout)
}
