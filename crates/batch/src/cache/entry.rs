//! One result as it is stored.
//!
//! ```text
//! magic, length of the head, length of the body | head: JSON | BLAKE3 of all of that | body: the output's bytes
//! ```
//!
//! The head names the key and the body's hash, so an entry that was cut, changed or renamed is noticed, and the
//! account of a result can be read without its bytes.

use super::key::{CacheKey, ContentHash};
use planish::OptimizationResult;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};

const MAGIC: &[u8; 16] = b"planish cached 1";
const LENGTHS: usize = 4 + 8;
/// The account of one image is a few kilobytes.
const LARGEST_HEAD: u32 = 16 << 20;

/// What is known about one image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// The key it is stored under.
    pub(crate) key: CacheKey,
    /// The hash of the output.
    pub(crate) output: ContentHash,
    /// The account, without paths.
    pub(crate) result: OptimizationResult,
}

impl Entry {
    /// The entry as a file's bytes. No body where the output is the input.
    pub(crate) fn to_bytes(&self, body: &[u8]) -> io::Result<Vec<u8>> {
        let head = serde_json::to_vec(self)?;
        let head_length = u32::try_from(head.len()).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(MAGIC.len() + LENGTHS + head.len() + 32 + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&head_length.to_le_bytes());
        bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&head);
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes.extend_from_slice(body);
        Ok(bytes)
    }

    /// Reads the head and leaves the file at the body; `None` when it is not a whole entry of this key.
    pub(crate) fn read_head(mut file: &File, key: CacheKey) -> io::Result<Option<Self>> {
        let length = file.metadata()?.len();
        let mut start = [0; MAGIC.len() + LENGTHS];
        if length < start.len() as u64 {
            return Ok(None);
        }
        file.read_exact(&mut start)?;
        let (magic, lengths) = start.split_at(MAGIC.len());
        let (head_length, body_length) = lengths.split_at(4);
        let head_length = u32::from_le_bytes(head_length.try_into().unwrap_or_default());
        let body_length = u64::from_le_bytes(body_length.try_into().unwrap_or_default());
        let expected = body_length.checked_add(start.len() as u64 + u64::from(head_length) + 32);
        if magic != MAGIC || head_length > LARGEST_HEAD || expected != Some(length) {
            return Ok(None);
        }
        let mut head = vec![0; head_length as usize];
        file.read_exact(&mut head)?;
        let mut checksum = [0; 32];
        file.read_exact(&mut checksum)?;
        let mut hasher = blake3::Hasher::new();
        if hasher.update(&start).update(&head).finalize() != blake3::Hash::from_bytes(checksum) {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&head).ok().filter(|entry: &Self| entry.key == key))
    }

    /// Reads the body behind the head; `None` when it is not what the head says.
    pub(crate) fn read_body(&self, mut file: &File) -> io::Result<Option<Vec<u8>>> {
        let mut body = Vec::new();
        file.read_to_end(&mut body)?;
        Ok((ContentHash::of(&body) == self.output).then_some(body))
    }
}
