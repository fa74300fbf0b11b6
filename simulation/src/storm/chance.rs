//! Numbers that a seed decides, in streams that don't disturb each other: what one customer draws never shifts what the
//! store or the network does, so that a story can be made smaller and stays the same story.

/// The numbers of one component of one world.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of this name in the world of this seed.
    pub fn new(seed: u64, name: &str) -> Self {
        Self {
            state: mix(seed ^ hash(name.as_bytes())),
        }
    }

    /// The next 64 bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number from 0 to `limit` - 1; 0 where the limit is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit.max(1)
    }

    /// A number of the range, both ends included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0) + 1;
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(0))
    }

    /// True in this many of a thousand cases.
    pub fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of them; `None` where there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let position = self.below(u64::try_from(from.len()).unwrap_or(0));
        from.get(usize::try_from(position).unwrap_or(0))
    }
}

/// FNV-1a: small, without a secret, the same on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// Spreads the bits of two numbers over one.
pub(crate) fn join(left: u64, right: u64) -> u64 {
    mix(left.rotate_left(17) ^ right.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn a_stream_is_its_seed_and_its_name() {
        let draw = |seed, name| Stream::new(seed, name).bits();
        assert_eq!(draw(7, "store"), draw(7, "store"));
        assert_ne!(draw(7, "store"), draw(8, "store"));
        assert_ne!(draw(7, "store"), draw(7, "customer"));
    }

    #[test]
    fn ranges_keep_their_ends_and_reach_them() {
        let mut stream = Stream::new(1, "range");
        let drawn: Vec<i64> = (0..200).map(|_| stream.between(-2, 2)).collect();
        assert_eq!(
            (drawn.iter().min(), drawn.iter().max()),
            (Some(&-2), Some(&2))
        );
    }
}
