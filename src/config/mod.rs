//! Options from the user's and the project's files, where state lives, and what of a project is trusted.

mod dirs;
mod file;
mod settings;
mod trust;

pub use dirs::Dirs;
pub use settings::{ColorWhen, Format, Options, Settings, parse_seconds};
pub use trust::{ProjectFile, ProjectTrust, TrustStore, misplaced};
