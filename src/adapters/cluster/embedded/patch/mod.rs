//! The ways in which a patch changes an object.

mod apply;
mod fields;
pub mod json;
pub mod managed;
pub mod merge;
mod order;
pub mod strategic;
pub mod typed;
