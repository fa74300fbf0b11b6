//! What the provider keeps of a payment, for every world that plays it.

use comanda_domain::money::Money;

use crate::ports::ChargeMethod;

/// The fee as Asaas' sandbox takes it (providers §1.4): R$ 1,99 of a PIX; R$ 0,49 and 2,99 % of a card, rounded half up. At
/// the real one it is each contract's, which is why ours is read from the statement.
#[must_use]
pub fn sandbox_fee(method: ChargeMethod, amount: Money) -> Money {
    let centavos = match method {
        ChargeMethod::Pix => 199,
        ChargeMethod::Card => {
            let share = amount.centavos().saturating_mul(299).saturating_add(5_000);
            49 + share / 10_000
        }
    };
    Money::from_centavos(centavos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_the_sandbox_s() {
        let fee = |method, centavos| sandbox_fee(method, Money::from_centavos(centavos)).centavos();
        assert_eq!(fee(ChargeMethod::Pix, 10_000), 199);
        assert_eq!(fee(ChargeMethod::Card, 10_000), 348);
        assert_eq!(fee(ChargeMethod::Card, 4_480), 183);
    }
}
