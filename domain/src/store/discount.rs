//! A store's one discount rule. Typed, bounded, never from the caller (F005, F037).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{money::Money, order::PaymentMethod};

/// When something is taken off, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscountRule {
    /// How much.
    pub off: Off,
    /// For goods worth at least this.
    pub minimum_subtotal: Money,
    /// Only with these methods; with any, if the list is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment_methods: Vec<PaymentMethod>,
}

/// How much is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Off {
    /// Whole percent of the goods, 1 to 90; fractions of a centavo are not given.
    Percent(u8),
    /// A fixed amount, less than the minimum subtotal.
    Amount(Money),
}

impl DiscountRule {
    /// Whether the rule can be applied without ever giving away a whole order.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.minimum_subtotal >= Money::ZERO
            && match self.off {
                Off::Percent(percent) => (1..=90).contains(&percent),
                Off::Amount(amount) => amount > Money::ZERO && amount < self.minimum_subtotal,
            }
    }

    /// What is taken off goods of this value paid this way. `None` where arithmetic would overflow.
    #[must_use]
    pub fn discount(&self, subtotal: Money, method: PaymentMethod) -> Option<Money> {
        let method_fits = self.payment_methods.is_empty() || self.payment_methods.contains(&method);
        if subtotal < self.minimum_subtotal || !method_fits {
            return Some(Money::ZERO);
        }
        match self.off {
            Off::Percent(percent) => {
                let hundredfold = subtotal.checked_mul(i64::from(percent))?.centavos();
                Some(Money::from_centavos(hundredfold / 100))
            }
            Off::Amount(amount) => Some(amount.min(subtotal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DiscountRule, Off};
    use crate::{money::Money, order::PaymentMethod as M};

    fn rule(off: Off, methods: &[M]) -> DiscountRule {
        DiscountRule {
            off,
            minimum_subtotal: Money::from_centavos(5_000),
            payment_methods: methods.to_vec(),
        }
    }

    #[track_caller]
    fn check(rule: &DiscountRule, subtotal: i64, method: M, expected: i64) {
        let discount = rule.discount(Money::from_centavos(subtotal), method);
        assert_eq!(discount, Some(Money::from_centavos(expected)));
    }

    #[test]
    fn percent_amount_and_when() {
        let tenth = rule(Off::Percent(10), &[]);
        check(&tenth, 4_999, M::Pix, 0);
        check(&tenth, 5_000, M::Cash, 500);
        check(&tenth, 5_009, M::Cash, 500);
        let pix_only = rule(Off::Amount(Money::from_centavos(700)), &[M::Pix]);
        check(&pix_only, 5_000, M::Pix, 700);
        check(&pix_only, 5_000, M::Credit, 0);
    }

    #[test]
    fn rules_that_give_everything_away_are_unsound() {
        for off in [
            Off::Percent(0),
            Off::Percent(91),
            Off::Amount(Money::ZERO),
            Off::Amount(Money::from_centavos(-1)),
            Off::Amount(Money::from_centavos(5_000)),
        ] {
            assert!(!rule(off, &[]).is_sound(), "{off:?}");
        }
        assert!(rule(Off::Percent(90), &[]).is_sound());
    }
}
