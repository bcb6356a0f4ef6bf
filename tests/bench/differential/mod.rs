//! The embedded cluster answers as the real API server does.
