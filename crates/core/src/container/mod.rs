//! File containers that no library reads and writes as completely as is needed here.

pub(crate) mod avif;
pub(crate) mod gif;
pub(crate) mod gif_lzw;
pub(crate) mod webp;
