//! File containers that no library reads and writes as completely as is needed here.

pub(crate) mod avif;
pub(crate) mod png;
