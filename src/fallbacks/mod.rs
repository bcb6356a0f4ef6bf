//! Playbooks and the lexicon: the whole knowledge of each intent, as data.
//!
//! A playbook file says what people say (`phrases`, `commands`), what it means (`slots`), how the built-in engine does it
//! (`steps`), how one knows that it worked (`verify`), and carries its own tests (`cases`). The lexicon holds the words
//! that playbooks share. Nothing here looks at a request: that is `stages::understand`.

mod case;
mod command;
mod compile;
mod file;
mod files;
mod lexicon;
mod load;
mod mistake;
mod phrase;
mod playbook;
mod slot;
mod template;
mod wording;

pub use case::Case;
pub use command::{Argument, Command};
pub use lexicon::{Class, Concept, Entry, Form, Lexicon, Wish, Word};
pub use load::Playbooks;
pub use phrase::{Cue, LIGHT, Phrase};
pub use playbook::{Playbook, env_in_docker};
pub use slot::{Slot, SlotType};
pub use wording::{Wording, in_shell, quoted};
