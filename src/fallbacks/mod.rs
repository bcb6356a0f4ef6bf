//! Playbooks and the lexicon.
