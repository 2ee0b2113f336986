//! File containers that no library reads and writes as completely as is needed here.

pub(crate) mod avif;
pub(crate) mod dib;
pub(crate) mod fax4;
pub(crate) mod gif;
pub(crate) mod gif_lzw;
pub(crate) mod ico;
pub(crate) mod jpeg;
pub(crate) mod jxl;
pub(crate) mod png;
pub(crate) mod tiff;
pub(crate) mod webp;
