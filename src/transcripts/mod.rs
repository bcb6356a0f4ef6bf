//! The record of each request: written before changes are sent, checked, exported; and undo data.
//!
//! A transcript is a directory: `events.jsonl` with one [`line`] per event, and `artifacts/<sha256>`, and
//! [`end`](Tail), which tells where it ends. [`Store::begin`]
//! opens one; the [`Recorder`] appends to it; [`Transcript`] reads it, damaged or not. What is stored is `stored::Stored`;
//! exports are views of it. [`UndoStore`] holds what takes changes back: unredacted, private, and never exported.

pub mod export;
mod files;
mod line;
mod lines;
mod recorder;
mod slug;
mod store;
pub mod stored;
mod tail;
mod transcript;
mod undo;
mod walk;

pub use line::Line;
pub use recorder::Recorder;
pub use store::{Store, Summary};
pub use tail::Tail;
pub use transcript::{Damage, DamageKind, Soundness, Transcript};
pub use undo::UndoStore;
pub use walk::{Outcome, Walk};
