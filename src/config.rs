//! Options from files, and where state lives.
