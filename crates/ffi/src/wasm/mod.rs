//! The C runtime.
