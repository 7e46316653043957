//! Digests of what is not shown.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A salt for the digests of a run. It is random, leaves the process in no form, and is gone with it: within
/// a run equal texts have equal digests, and nobody can compare one with guesses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes random bytes.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Size and short digest of what is not shown.
    #[must_use]
    pub fn withheld(self, bytes: &[u8]) -> String {
        // Half of the digest's length and more is cut off: nothing can be appended to what was digested.
        let digest = Sha256::new().chain_update(self.0).chain_update(bytes).finalize();
        let mut short = String::new();
        for byte in digest.iter().take(6) {
            short.push_str(&format!("{byte:02x}"));
        }
        format!("<withheld: {} bytes, digest {short}>", bytes.len())
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}
