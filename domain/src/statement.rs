//! The ledger against the provider's statement, day by day and charge by charge (P6). Pure: who reads both is `tasks/`.
//!
//! The two sides book on their own clocks: a webhook before midnight and its line after it, a card confirmed today and paid
//! out in a month. Such differences are told apart from those that nothing explains.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    ids::ChargeId,
    ledger::{Balance, LedgerEntry, Movement},
    money::Money,
    payment::Evidence,
};

/// A line of the statement that is about a charge, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The day on which it counts.
    pub day: Date,
    /// What it is.
    pub movement: Movement,
    /// How much; the movement says the direction. Below zero for a refund that was called off.
    pub amount: Money,
    /// The charge.
    pub charge: ChargeId,
}

/// One day's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayBooks {
    /// The day.
    pub day: Date,
    /// Our sums.
    pub ledger: Balance,
    /// The provider's.
    pub statement: Balance,
    /// What is paid out on another day, by rule: cards; or never reached the account, because the payer's bank held it.
    pub not_settled: Money,
    /// What the sides have on different days.
    pub other_day: Money,
    /// What nothing explains.
    pub difference: Money,
}

/// A charge of which the sides say different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Which.
    pub charge: ChargeId,
    /// In what.
    pub movement: Movement,
    /// What the ledger has, over all the days.
    pub ledger: Money,
    /// What the statement has.
    pub statement: Money,
}

/// Both sides of a span of days. The first and the last day may have their counterparts outside of it.
#[derive(Debug)]
pub struct Books<'a> {
    /// The days, oldest first.
    pub days: &'a [Date],
    /// Our entries of these days.
    pub entries: &'a [LedgerEntry],
    /// The provider's lines of these days.
    pub lines: &'a [Line],
    /// Charges that the provider pays out later than it confirms them, and what we know of each, whenever it was.
    pub settles_later: &'a BTreeMap<ChargeId, Evidence>,
}

type ByDay = BTreeMap<Date, i64>;

/// What the two sides have of one charge and movement, by day.
#[derive(Default)]
struct Pair {
    ledger: ByDay,
    statement: ByDay,
}

impl Pair {
    fn sums(&self) -> (i64, i64) {
        (self.ledger.values().sum(), self.statement.values().sum())
    }

    /// The days on which the side with more has something.
    fn surplus_days(&self) -> impl Iterator<Item = &Date> {
        let (ledger, statement) = self.sums();
        let side = if ledger > statement {
            &self.ledger
        } else {
            &self.statement
        };
        side.keys()
    }
}

impl Books<'_> {
    fn pairs(&self) -> BTreeMap<(&ChargeId, Movement), Pair> {
        let mut pairs: BTreeMap<(&ChargeId, Movement), Pair> = BTreeMap::new();
        for entry in self.entries {
            let pair = pairs.entry((&entry.charge_id, entry.movement)).or_default();
            *pair.ledger.entry(entry.day).or_default() += entry.amount.centavos();
        }
        for line in self.lines {
            let pair = pairs.entry((&line.charge, line.movement)).or_default();
            *pair.statement.entry(line.day).or_default() += line.amount.centavos();
        }
        pairs
    }

    /// Charges that the two sides do not agree on at first sight: whether they settle later decides.
    #[must_use]
    pub fn unmatched(&self) -> BTreeSet<ChargeId> {
        let pairs = self.pairs();
        let unequal = pairs.iter().filter(|(_, pair)| {
            let (ledger, statement) = pair.sums();
            ledger != statement
        });
        unequal.map(|((charge, _), _)| (*charge).clone()).collect()
    }

    /// Whether the statement says nothing of a charge that settles later, or nothing that we do not know of it: our entry may be a
    /// month older than its line. A line of which we know nothing is no matter of time.
    fn settles_later(&self, (charge, movement): (&ChargeId, Movement), pair: &Pair) -> bool {
        let Some(known) = self.settles_later.get(charge) else {
            return false;
        };
        let (_, statement) = pair.sums();
        let is = |amount: Money| statement == amount.centavos();
        match movement {
            // What went back before the payout is taken off it, or is a line of its own.
            Movement::Captured => is(Money::ZERO) || is(known.captured) || is(known.held()),
            Movement::Refunded => statement <= known.refunded.centavos(),
            Movement::ChargedBack => {
                is(Money::ZERO) || known.chargeback && (is(known.captured) || is(known.held()))
            }
            Movement::DisputeWon => {
                is(Money::ZERO) || known.dispute_won && (is(known.captured) || is(known.held()))
            }
            Movement::Fee | Movement::FeeReturned => false,
        }
    }

    /// Charges of which all went back and no line tells: a PIX that the bank held and gave back was never in the account.
    fn never_arrived(&self) -> BTreeSet<&ChargeId> {
        let mut net: BTreeMap<&ChargeId, i64> = BTreeMap::new();
        for entry in self.entries {
            *net.entry(&entry.charge_id).or_default() +=
                sign(entry.movement) * entry.amount.centavos();
        }
        for line in self.lines {
            net.remove(&line.charge);
        }
        net.retain(|_, centavos| *centavos == 0);
        net.into_keys().collect()
    }

    /// Its counterpart may be outside of the days that were read.
    fn is_at_the_edge(&self, pair: &Pair) -> bool {
        pair.surplus_days()
            .any(|day| self.days.first() == Some(day) || self.days.last() == Some(day))
    }

    /// Every difference that neither rule nor calendar explains.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let mut found = Vec::new();
        let never_arrived = self.never_arrived();
        for ((charge, movement), pair) in &self.pairs() {
            let (ledger, statement) = pair.sums();
            let explained = self.settles_later((charge, *movement), pair)
                || never_arrived.contains(*charge)
                || self.is_at_the_edge(pair);
            if ledger != statement && !explained {
                found.push(Mismatch {
                    charge: (*charge).clone(),
                    movement: *movement,
                    ledger: Money::from_centavos(ledger),
                    statement: Money::from_centavos(statement),
                });
            }
        }
        found
    }

    /// The books of each day. Summed over the days and the explanations, nothing is left unsaid.
    #[must_use]
    pub fn by_day(&self) -> Vec<DayBooks> {
        let pairs = self.pairs();
        let never_arrived = self.never_arrived();
        let of_day = |day: Date| {
            let (mut ledger, mut statement) = (Balance::default(), Balance::default());
            let (mut not_settled, mut other_day, mut difference) = (0, 0, 0);
            for ((charge, movement), pair) in &pairs {
                let on = |side: &ByDay| side.get(&day).copied().unwrap_or_default();
                let (ours, theirs) = (on(&pair.ledger), on(&pair.statement));
                add(&mut ledger, *movement, ours);
                add(&mut statement, *movement, theirs);
                let apart = sign(*movement) * (ours - theirs);
                let (all_ours, all_theirs) = pair.sums();
                if all_ours == all_theirs || self.is_at_the_edge(pair) {
                    other_day += apart;
                } else if self.settles_later((charge, *movement), pair)
                    || never_arrived.contains(*charge)
                {
                    not_settled += apart;
                } else {
                    difference += apart;
                }
            }
            DayBooks {
                day,
                ledger,
                statement,
                not_settled: Money::from_centavos(not_settled),
                other_day: Money::from_centavos(other_day),
                difference: Money::from_centavos(difference),
            }
        };
        self.days.iter().map(|day| of_day(*day)).collect()
    }
}

fn sign(movement: Movement) -> i64 {
    match movement {
        Movement::Captured | Movement::FeeReturned | Movement::DisputeWon => 1,
        Movement::Refunded | Movement::Fee | Movement::ChargedBack => -1,
    }
}

fn add(balance: &mut Balance, movement: Movement, centavos: i64) {
    let sums = balance.with(movement, Money::from_centavos(centavos));
    *balance = sums.unwrap_or(*balance);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        order::tests::NOON,
        payment::{Evidence, tests::a_charge},
    };

    const TOTAL: i64 = 4_480;

    fn day(number: i8) -> Date {
        jiff::civil::date(2026, 11, number)
    }

    fn captured(id: &str, on: Date) -> LedgerEntry {
        let charge = a_charge(id, Evidence::paid(Money::from_centavos(TOTAL)));
        let at = NOON.parse().expect("an instant");
        let mut entry = LedgerEntry::between(Evidence::default(), &charge, at).remove(0);
        entry.day = on;
        entry
    }

    fn line(id: &str, on: Date, centavos: i64) -> Line {
        Line {
            day: on,
            movement: Movement::Captured,
            amount: Money::from_centavos(centavos),
            charge: ChargeId::new(id).expect("an id"),
        }
    }

    /// Differences of the 20th to the 22nd: `(not settled, other day, difference)` and how many charges have no
    /// explanation.
    #[track_caller]
    fn check(
        entries: &[LedgerEntry],
        lines: &[Line],
        later: &[(&str, Evidence)],
        expected: [(i64, i64, i64); 3],
        unexplained: usize,
    ) {
        let days = [day(20), day(21), day(22)];
        let settles_later = later
            .iter()
            .map(|(id, known)| (ChargeId::new(*id).expect("an id"), *known))
            .collect();
        let books = Books {
            days: &days,
            entries,
            lines,
            settles_later: &settles_later,
        };
        let found: Vec<_> = books
            .by_day()
            .iter()
            .map(|day| {
                let net = |balance: Balance| balance.net().expect("sums").centavos();
                let explained = (
                    day.not_settled.centavos(),
                    day.other_day.centavos(),
                    day.difference.centavos(),
                );
                let (settled, other, rest) = explained;
                assert_eq!(net(day.ledger) - net(day.statement), settled + other + rest);
                explained
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(books.mismatches().len(), unexplained);
    }

    #[test]
    fn equal_books_have_no_difference() {
        let entries = [captured("pay_1", day(21))];
        let lines = [line("pay_1", day(21), TOTAL)];
        check(&entries, &lines, &[], [(0, 0, 0); 3], 0);
    }

    #[test]
    fn midnight_is_no_difference() {
        let entries = [captured("pay_1", day(21))];
        let lines = [line("pay_1", day(20), TOTAL)];
        check(
            &entries,
            &lines,
            &[],
            [(0, -TOTAL, 0), (0, TOTAL, 0), (0, 0, 0)],
            0,
        );
        // The counterpart may be outside of the days.
        check(
            &[captured("pay_1", day(22))],
            &[],
            &[],
            [(0, 0, 0), (0, 0, 0), (0, TOTAL, 0)],
            0,
        );
    }

    #[test]
    fn a_card_is_paid_out_later() {
        let entries = [captured("pay_1", day(21))];
        check(
            &entries,
            &[],
            &[("pay_1", paid())],
            [(0, 0, 0), (TOTAL, 0, 0), (0, 0, 0)],
            0,
        );
        let its_line = [line("pay_1", day(21), TOTAL)];
        let paid_out = [(0, 0, 0), (-TOTAL, 0, 0), (0, 0, 0)];
        check(&[], &its_line, &[("pay_1", paid())], paid_out, 0);
        // Another sum than came in is none of it.
        let short = [line("pay_1", day(21), TOTAL - 1)];
        let found = [(0, 0, 0), (0, 0, 1 - TOTAL), (0, 0, 0)];
        check(&[], &short, &[("pay_1", paid())], found, 1);
    }

    /// What the provider says of a card that we do not know is no matter of time (a webhook that was lost).
    #[test]
    fn a_card_s_line_that_we_know_nothing_of_is_a_difference() {
        let taken = |movement| Line {
            movement,
            ..line("pay_1", day(21), TOTAL)
        };
        let disputed = Evidence {
            chargeback: true,
            ..paid()
        };
        let back = Evidence::given_back(paid().captured, paid().captured);
        for (movement, knows) in [
            (Movement::ChargedBack, disputed),
            (Movement::Refunded, back),
        ] {
            let lines = [taken(movement)];
            let unknown = [(0, 0, 0), (0, 0, TOTAL), (0, 0, 0)];
            check(&[], &lines, &[("pay_1", paid())], unknown, 1);
            let known = [(0, 0, 0), (TOTAL, 0, 0), (0, 0, 0)];
            check(&[], &lines, &[("pay_1", knows)], known, 0);
        }
    }

    fn paid() -> Evidence {
        Evidence::paid(Money::from_centavos(TOTAL))
    }

    /// The line of a refund, and the line that calls it off.
    #[test]
    fn a_refund_that_was_called_off_is_no_difference() {
        let refund = |centavos| Line {
            movement: Movement::Refunded,
            ..line("pay_1", day(21), centavos)
        };
        let lines = [refund(TOTAL), refund(-TOTAL)];
        check(&[], &lines, &[], [(0, 0, 0); 3], 0);
    }

    /// Both entries that one word of the provider leaves behind, where the first it tells is that all went back.
    fn given_back(id: &str, on: Date) -> Vec<LedgerEntry> {
        let total = Money::from_centavos(TOTAL);
        let charge = a_charge(id, Evidence::given_back(total, total));
        let at = NOON.parse().expect("an instant");
        let mut entries = LedgerEntry::between(Evidence::default(), &charge, at);
        entries.iter_mut().for_each(|entry| entry.day = on);
        entries
    }

    #[test]
    fn what_the_bank_held_and_gave_back_is_on_no_statement() {
        let entries = given_back("pay_1", day(21));
        check(&entries, &[], &[], [(0, 0, 0); 3], 0);
        // One line of it, and it was in the account.
        let lines = [line("pay_1", day(21), TOTAL)];
        check(
            &entries,
            &lines,
            &[],
            [(0, 0, 0), (0, 0, -TOTAL), (0, 0, 0)],
            1,
        );
        let kept = [captured("pay_1", day(21))];
        check(&kept, &[], &[], [(0, 0, 0), (0, 0, TOTAL), (0, 0, 0)], 1);
    }

    #[test]
    fn a_centavo_is_a_difference() {
        let entries = [captured("pay_1", day(21))];
        let lines = [line("pay_1", day(21), TOTAL - 1)];
        check(&entries, &lines, &[], [(0, 0, 0), (0, 0, 1), (0, 0, 0)], 1);
        check(
            &[],
            &[line("pay_2", day(21), TOTAL)],
            &[],
            [(0, 0, 0), (0, 0, -TOTAL), (0, 0, 0)],
            1,
        );
    }
}
