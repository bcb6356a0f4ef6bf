//! Views of transcripts for people and programs. An export says nothing that the record does not say.

mod escape;
mod facts;
mod json;
mod markdown;
mod script;
mod section;

pub use json::{SCHEMA, json};
pub use markdown::markdown;
pub use script::script;
pub use section::{BEGIN, END, Placed, into_file, placed};
