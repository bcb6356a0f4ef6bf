use super::Later;
use crate::domain::{
    errand::{Errand, Prompt, Ready, Work},
    failure::{Failure, FailureKind},
};

/// Lets AI tools work, behind the gate.
pub trait Delegate: Send + Sync {
    /// The version of the tool that this is for, and what it will be kept from. Nothing is sent to its model.
    ///
    /// # Errors
    /// `Configuration`: it cannot be used, or this must not be sent; why, in words that begin behind its name.
    fn ready<'a>(&'a self, prompt: &'a Prompt) -> Later<'a, Ready>;

    /// Lets it work to its end. A tool that fails is no error: that is told by its work.
    ///
    /// # Errors
    /// Nothing can be done behind the gate; somebody who was asked broke off.
    fn work<'a>(&'a self, errand: &'a Errand) -> Later<'a, Work>;
}

/// Where there are no tools.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Delegate for Nobody {
    fn ready<'a>(&'a self, _prompt: &'a Prompt) -> Later<'a, Ready> {
        Box::pin(async { Err(Failure::new(FailureKind::Configuration, "it is not driven here")) })
    }

    fn work<'a>(&'a self, _errand: &'a Errand) -> Later<'a, Work> {
        Box::pin(async { Err(Failure::new(FailureKind::Configuration, "no tool is driven here")) })
    }
}
