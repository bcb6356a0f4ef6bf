//! What a secret looks like, and the known values to hide.
