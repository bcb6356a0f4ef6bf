//! The record of each request.
