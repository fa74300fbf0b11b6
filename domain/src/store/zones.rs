//! The time zones of Brazil, by their names in the IANA database. All others would be a thirtieth of the Lambda functions' program.

use jiff::tz::TimeZone;

macro_rules! zones {
    ($($name:tt)*) => {
        /// Their names, from the islands in the east to Acre.
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$($name),*];

        pub(super) fn by_name(name: &str) -> Option<TimeZone> {
            match name {
                $($name => Some(jiff::tz::get!($name)),)*
                _ => None,
            }
        }
    };
}

zones! {
    "America/Noronha"
    "America/Recife"
    "America/Maceio"
    "America/Fortaleza"
    "America/Bahia"
    "America/Sao_Paulo"
    "America/Belem"
    "America/Araguaina"
    "America/Santarem"
    "America/Campo_Grande"
    "America/Cuiaba"
    "America/Manaus"
    "America/Boa_Vista"
    "America/Porto_Velho"
    "America/Eirunepe"
    "America/Rio_Branco"
}

/// Brasília's clock, which the payment provider's calendar follows.
pub const BRASILIA: TimeZone = jiff::tz::get!("America/Sao_Paulo");

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::{NAMES, by_name};

    #[track_caller]
    fn check(name: &str, hours: i32) {
        let zone = by_name(name).expect("a zone of Brazil");
        let today: Timestamp = "2026-11-26T12:00:00Z".parse().expect("an instant");
        assert_eq!(zone.to_offset(today).seconds(), hours * 3_600, "{name}");
        assert_eq!(zone.iana_name(), Some(name));
    }

    #[test]
    fn brazil_has_four_times_of_day() {
        check("America/Noronha", -2);
        check("America/Sao_Paulo", -3);
        check("America/Manaus", -4);
        check("America/Rio_Branco", -5);
    }

    #[test]
    fn each_is_of_its_own_name() {
        for name in NAMES {
            assert_eq!(
                by_name(name).as_ref().and_then(TimeZone::iana_name),
                Some(*name)
            );
        }
        assert_eq!(by_name("Europe/Lisbon"), None);
    }

    /// There was summer time until 2019, and there may be again: it is the zone's, and not a fixed offset.
    #[test]
    fn summers_that_were_are_known() {
        let summer: Timestamp = "2018-12-25T12:00:00Z".parse().expect("an instant");
        let zone = by_name("America/Sao_Paulo").expect("a zone");
        assert_eq!(zone.to_offset(summer).seconds(), -2 * 3_600);
    }
}
