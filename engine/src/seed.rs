//! Everything an execution would otherwise take from chance: numbers, ids and task tokens, all from one seed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A stream of numbers that is the same for the same seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance { seed, drawn: 0 }
    }

    /// The next 64 bits (SplitMix64, which any seed, zero too, feeds well).
    pub(crate) fn next_bits(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        mix(self
            .seed
            .wrapping_add(self.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// The next number in `0.0..1.0`.
    pub(crate) fn next_unit(&mut self) -> f64 {
        unit(self.next_bits())
    }

    /// The next version 4 UUID.
    pub(crate) fn next_uuid(&mut self) -> String {
        let high = (self.next_bits() & !0xF000) | 0x4000;
        let low = (self.next_bits() & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// The token of a task: nothing about it can be told from another token of the same execution.
    pub(crate) fn token(&self, execution_arn: &str, task: u64) -> String {
        let mut bytes = Vec::with_capacity(96);
        for part in 0_u8..3 {
            let mut digest = Sha256::new();
            digest.update(self.seed.to_be_bytes());
            digest.update(execution_arn.as_bytes());
            digest.update(task.to_be_bytes());
            digest.update([part]);
            bytes.extend_from_slice(&digest.finalize());
        }
        STANDARD.encode(bytes)
    }
}

/// The number in `0.0..1.0` that belongs to a caller's own seed.
pub(crate) fn seeded_unit(seed: f64) -> f64 {
    unit(mix(seed.to_bits().wrapping_add(0x9E37_79B9_7F4A_7C15)))
}

fn unit(bits: u64) -> f64 {
    // 53 bits are what a double holds exactly.
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
