//! Tells quickly that a text does not hold a word: some clusters have megabytes of MachineConfigs, and messages hundreds
//! of words.

/// The number of bits; a power of two.
const BITS: usize = 1 << 20;

/// The runs of four bytes that a text has, as bits at a place of their own.
pub(super) struct Grams(Vec<u64>);

impl Grams {
    /// Takes the runs of a text.
    pub(super) fn of(text: &str) -> Self {
        let mut all = vec![0; BITS / 64];
        for at in places(text) {
            if let Some(bits) = all.get_mut(at / 64) {
                *bits |= 1 << (at % 64);
            }
        }
        Self(all)
    }

    /// Returns whether a word of four bytes or more may be in the text. `false` is certain.
    pub(super) fn may_hold(&self, word: &str) -> bool {
        places(word).all(|at| self.0.get(at / 64).is_some_and(|it| it >> (at % 64) & 1 == 1))
    }
}

/// Returns the places of the runs of a text.
fn places(text: &str) -> impl Iterator<Item = usize> {
    let number = |run: &[u8]| run.iter().fold(0_u32, |sum, it| sum << 8 | u32::from(*it));
    text.as_bytes()
        .windows(4)
        .map(move |run| (number(run).wrapping_mul(0x9E37_79B1) >> 12) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_hold_each_of_its_pieces_and_little_else() {
        let text = "ExecStart=/usr/bin/podman login -p hunter2podman";
        let grams = Grams::of(text);
        for start in 0..text.len() - 4 {
            assert!(grams.may_hold(&text[start..]), "{start}");
        }
        assert!(!grams.may_hold("ip-10-0-12-34.ec2.internal"));
    }
}
