//! One folder per arrow of the flow. Stages never name each other.

pub mod execute;
pub mod plan;
pub mod route;
pub mod survey;
pub mod understand;
pub mod verify;
