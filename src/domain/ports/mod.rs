//! What stages are given of the world: approve, record, drive, observe. Boxed futures, so that stages name no adapter.

pub mod approve;
pub mod delegate;
pub mod drive;
pub mod engine;
pub mod observe;
pub mod record;

use std::{future::Future, pin::Pin};

use super::failure::Result;

/// The answer of a port, later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Values that come one after another until there are no more.
pub trait Feed<T>: Send {
    /// `None` when it ended; an error ends it too. Cancel-safe.
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Result<T>>> + Send + '_>>;
}
