//! The confirmation policy: the reference's four loose fields made one decision (SPEC §3.1).
//!
//! Both timers run from the hand-over to the store (F008). The earlier one decides how a silent store is understood, and
//! there is always one (F009).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Minutes, OrderConfig};

/// Ends the wait for a store's answer where the configuration sets no timer.
pub const DEFAULT_ANSWER: Minutes = Minutes::constant::<60>();

/// How an order that is payable becomes confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConfirmationPolicy {
    /// At once; the store only gets to know.
    Automatic,
    /// The store answers.
    #[serde(rename_all = "camelCase")]
    ByStore {
        /// How long the store has, from the hand-over.
        answer_within: Minutes,
        /// What its silence means.
        at_silence: Silence,
    },
}

/// What a store's silence means at the end of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Silence {
    /// Yes: `autoConfirmationTimeout` elapsed first.
    Confirms,
    /// No: cancelled, and money paid online goes back.
    CancelsAndRefunds,
    /// No where nothing was paid online; otherwise a person decides, and no money is kept without food (R6, P4).
    CancelsOrAsksPerson,
}

/// What to do with one order whose store stayed silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SilenceOutcome {
    /// Confirm it.
    Confirm,
    /// Cancel it; there is nothing to give back.
    Cancel,
    /// Cancel it and give the money back.
    Refund,
    /// Wait for a person, visibly and with an alarm.
    AskPerson,
}

impl ConfirmationPolicy {
    /// The policy that the fields of 002 §2.1 add up to. A timer of 0 is switched off.
    #[must_use]
    pub fn of(config: &OrderConfig) -> Self {
        if !config.requires_confirmation {
            return Self::Automatic;
        }
        let at_end = if config.refund_unconfirmed_orders {
            Silence::CancelsAndRefunds
        } else {
            Silence::CancelsOrAsksPerson
        };
        let set = |minutes: Minutes| (minutes > Minutes::ZERO).then_some(minutes);
        let confirms =
            set(config.auto_confirmation_timeout).map(|after| (after, Silence::Confirms));
        let ends = set(config.refund_timeout).map(|after| (after, at_end));
        // At a tie the store's wish to confirm silently wins: it is listed first.
        let first = [confirms, ends]
            .into_iter()
            .flatten()
            .min_by_key(|(after, _)| *after);
        let (answer_within, at_silence) = first.unwrap_or((DEFAULT_ANSWER, at_end));
        Self::ByStore {
            answer_within,
            at_silence,
        }
    }

    /// Whether the store must say yes.
    #[must_use]
    pub fn requires_answer(self) -> bool {
        matches!(self, Self::ByStore { .. })
    }
}

impl Silence {
    /// What it means for an order, given whether the customer's money is held online.
    #[must_use]
    pub fn outcome(self, paid_online: bool) -> SilenceOutcome {
        match (self, paid_online) {
            (Self::Confirms, _) => SilenceOutcome::Confirm,
            (Self::CancelsAndRefunds, true) => SilenceOutcome::Refund,
            (Self::CancelsOrAsksPerson, true) => SilenceOutcome::AskPerson,
            (Self::CancelsAndRefunds | Self::CancelsOrAsksPerson, false) => SilenceOutcome::Cancel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfirmationPolicy as P, Silence as S, SilenceOutcome as O};
    use crate::store::{Minutes, OrderConfig, tests::an_order_config};

    /// (requires, auto, refund unconfirmed, refund timeout) to the minutes and the meaning of silence.
    #[track_caller]
    fn check(fields: (bool, u32, bool, u32), expected: Option<(u32, S)>) {
        let minutes = |count| Minutes::new(count).expect("under a week");
        let config = OrderConfig {
            requires_confirmation: fields.0,
            auto_confirmation_timeout: minutes(fields.1),
            refund_unconfirmed_orders: fields.2,
            refund_timeout: minutes(fields.3),
            ..an_order_config()
        };
        let expected = expected.map_or(P::Automatic, |(answer, at_silence)| P::ByStore {
            answer_within: minutes(answer),
            at_silence,
        });
        assert_eq!(P::of(&config), expected, "{fields:?}");
    }

    #[test]
    fn the_earlier_timer_decides_and_there_always_is_one() {
        check((false, 15, true, 30), None);
        // 002 §5.2's example: fifteen minutes of silence confirm, and nobody is refunded at thirty (F010).
        check((true, 15, true, 30), Some((15, S::Confirms)));
        check((true, 30, true, 30), Some((30, S::Confirms)));
        check((true, 45, true, 30), Some((30, S::CancelsAndRefunds)));
        check((true, 45, false, 30), Some((30, S::CancelsOrAsksPerson)));
        check((true, 0, true, 60), Some((60, S::CancelsAndRefunds)));
        // F009: nothing set used to wait for ever.
        check((true, 0, true, 0), Some((60, S::CancelsAndRefunds)));
        check((true, 0, false, 0), Some((60, S::CancelsOrAsksPerson)));
        check((true, 20, false, 0), Some((20, S::Confirms)));
    }

    #[test]
    fn money_is_never_kept_without_food_or_a_person() {
        for (silence, paid, expected) in [
            (S::Confirms, false, O::Confirm),
            (S::Confirms, true, O::Confirm),
            (S::CancelsAndRefunds, false, O::Cancel),
            (S::CancelsAndRefunds, true, O::Refund),
            (S::CancelsOrAsksPerson, false, O::Cancel),
            (S::CancelsOrAsksPerson, true, O::AskPerson),
        ] {
            assert_eq!(silence.outcome(paid), expected, "{silence:?}, paid {paid}");
        }
    }
}
