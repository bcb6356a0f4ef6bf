//! Views of transcripts for people and programs. An export says nothing that the record does not say.

mod escape;
mod facts;
mod json;
mod markdown;
mod of_tools;
mod script;
mod section;

use super::walk::Walk;

/// Which requests of the transcripts are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    #[default]
    All,
    /// Those that changed something, or may have.
    Changes,
}

impl Which {
    fn takes(self, walk: Walk<'_>) -> bool {
        self == Self::All || walk.changed()
    }
}

pub use json::{SCHEMA, json};
pub use markdown::markdown;
pub use script::script;
pub use section::{BEGIN, END, Placed, into_file, placed};
