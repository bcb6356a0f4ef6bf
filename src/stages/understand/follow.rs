//! What leans on an earlier request.

use crate::{
    domain::{conversation::Conversation, reading::FirstReading},
    fallbacks::Playbooks,
};

pub(super) fn follow(_text: &str, _earlier: &Conversation, _playbooks: &Playbooks) -> Option<FirstReading> {
    None
}
