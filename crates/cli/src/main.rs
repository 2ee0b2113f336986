//! planish.
fn main() {}
