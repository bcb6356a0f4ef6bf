//! The ways in which a patch changes an object.

pub mod apply;
pub mod json;
pub mod merge;
mod order;
pub mod strategic;
