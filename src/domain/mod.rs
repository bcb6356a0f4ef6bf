//! Nouns only: the values that travel through the walk of one request, and the ports through which stages reach the
//! world. No I/O, no clock, no async runtime; imports std, serde, serde_json and jiff alone.

pub mod answer;
pub mod conversation;
pub mod docker;
pub mod effect;
pub mod errand;
pub mod event;
pub mod execution;
pub mod failure;
pub mod field;
pub mod finding;
pub mod grant;
pub mod held;
pub mod intent;
pub mod inventory;
pub mod kind;
pub mod machine;
pub mod mask;
pub mod object;
pub mod outcome;
pub mod place;
pub mod plan;
pub mod ports;
pub mod proposal;
pub mod quantity;
pub mod reach;
pub mod reading;
pub mod release;
pub mod request;
pub mod right;
pub mod risk;
pub mod route;
pub mod sizing;
pub mod step;
pub mod undo;
pub mod verification;
