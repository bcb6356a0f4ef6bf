//! AI tools: whether they are there and could be used.
