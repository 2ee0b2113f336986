//! Safe wrappers round C codecs.
