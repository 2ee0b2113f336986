//! Sharp (libvips) in a Node process of its own, for what the core cannot do or should not do in this process.
//!
//! ```text
//! supervisor (restarts, gives up) → connection (one process, many requests) → frame, messages (native/PROTOCOL.md)
//! ```

mod connection;
mod find;
mod frame;
mod messages;
mod supervisor;
#[cfg(test)]
mod tests;
