//! Chance that a seed decides.

/// Numbers that look random and come again with the same seed.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The chance of one case: cases next to each other have nothing in common.
    pub fn new(seed: u64, index: u64) -> Chance {
        let mut chance = Chance(seed ^ index.wrapping_mul(0xA076_1D64_78BD_642F));
        chance.next();
        chance
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number in `0..below`; 0 where that is empty.
    pub fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % below.max(1) as u64).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn one_of<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let place = self.below(choices.len());
        choices.get(place).copied().unwrap_or_default()
    }
}
