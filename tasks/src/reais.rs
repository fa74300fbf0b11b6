//! Amounts on Asaas' wire, as its client and its webhook read them: JSON numbers in reais (`129.9`), digit by digit.
//!
//! A float is never made: `0.29 * 100` is 28.999…, and a centavo lost in a comparison is an order that is never paid.

use comanda_domain::money::Money;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// An amount as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reais(pub Money);

/// `129.9` → 12 990 centavos; `None` for what is not a whole number of centavos.
fn parse(text: &str) -> Option<Money> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 2 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let centavos: i64 = format!("{whole}{fraction:0<2}").parse().ok()?;
    Some(Money::from_centavos(if negative {
        -centavos
    } else {
        centavos
    }))
}

fn print(amount: Money) -> String {
    let sign = if amount.centavos() < 0 { "-" } else { "" };
    let centavos = amount.centavos().unsigned_abs();
    format!("{sign}{}.{:02}", centavos / 100, centavos % 100)
}

impl<'de> Deserialize<'de> for Reais {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        parse(raw.get())
            .map(Self)
            .ok_or_else(|| de::Error::custom("an amount is not a whole number of centavos"))
    }
}

impl Serialize for Reais {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(print(self.0))
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let read = serde_json::from_str::<Reais>(text).ok();
        assert_eq!(read.map(|reais| reais.0.centavos()), expected, "{text}");
    }

    #[test]
    fn reads_numbers_exactly() {
        check("129.9", Some(12_990));
        check("100", Some(10_000));
        check("0.29", Some(29));
        check("44.80", Some(4_480));
        check("1.100", Some(110));
        check("-5.05", Some(-505));
        check("92233720368547758.07", Some(i64::MAX));
        check("92233720368547758.08", None);
        check("0.005", None);
        check("1e2", None);
        check("\"44.80\"", None);
        check("null", None);
    }

    #[test]
    fn writes_what_it_reads() {
        for centavos in [0, 5, 29, 4_480, 12_990, -505, i64::MAX] {
            let text = serde_json::to_string(&Reais(Money::from_centavos(centavos))).unwrap();
            check(&text, Some(centavos));
        }
        let text = serde_json::to_string(&Reais(Money::from_centavos(4_480))).unwrap();
        assert_eq!(text, "44.80");
    }
}
