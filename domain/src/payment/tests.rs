//! The lattice of payment states, the meaning of events, and the arithmetic of refunds.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    ids::{ChargeId, ClientId, OrderId, RefundIntentId, StoreId},
    inbox::NewsKind,
    money::Money,
    order::{Actor, PaymentMethod, PaymentStatus, tests::NOON},
    tables::{from_item, to_item},
};

const AMOUNT: Money = Money::from_centavos(4_480);

fn at() -> Timestamp {
    NOON.parse().expect("an instant")
}

/// A charge of R$ 44,80 with these facts.
pub(crate) fn a_charge(id: &str, evidence: Evidence) -> Charge {
    Charge {
        charge_id: ChargeId::new(id).expect("an id"),
        client_id: ClientId::new("sabor").expect("an id"),
        store_id: StoreId::new("centro").expect("an id"),
        order_id: OrderId::new("order_1").expect("an id"),
        attempt: 1,
        method: PaymentMethod::Pix,
        amount: AMOUNT,
        evidence,
        version: 1,
        created_at: at(),
        updated_at: at(),
    }
}

/// What production learns of an event: what its news proves.
fn proved(sighting: &Sighting) -> Evidence {
    let charge = ChargeId::new("pay_1").expect("an id");
    let news = sighting.news(&charge);
    news.and_then(|news| news.evidence(AMOUNT))
        .unwrap_or_default()
}

/// Words of events, with what was given back so far, to the state of a charge of R$ 44,80 after them.
#[track_caller]
fn check(billing: Billing, events: &[(&str, i64)], expected: ChargeState) {
    let evidence = events
        .iter()
        .fold(Evidence::default(), |known, (word, refunds_done)| {
            let sighting = Sighting {
                event: ProviderEvent::parse(word),
                billing,
                amount: AMOUNT,
                refunds_done: Money::from_centavos(*refunds_done),
            };
            known.join(proved(&sighting))
        });
    assert_eq!(evidence.state(), expected, "{events:?}");
}

#[test]
fn events_mean_what_the_provider_says() {
    use Billing::{Card, Pix};
    use ChargeState as S;
    let (confirmed, received) = (("PAYMENT_CONFIRMED", 0), ("PAYMENT_RECEIVED", 0));
    let (overdue, deleted) = (("PAYMENT_OVERDUE", 0), ("PAYMENT_DELETED", 0));
    let refunded = ("PAYMENT_REFUNDED", 4_480);
    check(Pix, &[], S::Created);
    check(Pix, &[("PAYMENT_CREATED", 0)], S::Created);
    // F066: a confirmed PIX may be held for 72 hours and reversed.
    check(Pix, &[confirmed], S::Created);
    check(Pix, &[confirmed, received], S::Captured);
    check(Pix, &[confirmed, refunded], S::Refunded);
    check(Card, &[confirmed], S::Captured);
    // F026: a late OVERDUE does not undo a payment. F067: overdue is not failed.
    check(Pix, &[received, overdue], S::Captured);
    check(Pix, &[overdue], S::Created);
    // F017: paid after it was deleted.
    check(Pix, &[deleted, received], S::Captured);
    check(
        Card,
        &[("PAYMENT_CREDIT_CARD_CAPTURE_REFUSED", 0)],
        S::Failed,
    );
    check(
        Card,
        &[("PAYMENT_REPROVED_BY_RISK_ANALYSIS", 0), confirmed],
        S::Captured,
    );
    // F027: a replayed RECEIVED does not undo a refund.
    check(Pix, &[received, refunded, received], S::Refunded);
    check(
        Pix,
        &[received, ("PAYMENT_REFUND_IN_PROGRESS", 0)],
        S::Refunding,
    );
    check(
        Pix,
        &[
            ("PAYMENT_REFUND_IN_PROGRESS", 0),
            ("PAYMENT_REFUND_DENIED", 0),
        ],
        S::RefundDenied,
    );
    check(Pix, &[("PAYMENT_REFUND_DENIED", 0), refunded], S::Refunded);
    check(
        Card,
        &[("PAYMENT_PARTIALLY_REFUNDED", 1_000)],
        S::PartiallyRefunded,
    );
    check(
        Card,
        &[confirmed, ("PAYMENT_CHARGEBACK_REQUESTED", 0), received],
        S::Chargeback,
    );
    check(
        Pix,
        &[("PAYMENT_SPLIT_CANCELLED", 0), ("SOMETHING_NEW", 0)],
        S::Created,
    );
}

#[test]
fn one_table_maps_the_provider_s_truth_to_ours() {
    let ours: Vec<PaymentStatus> = ChargeState::ALL.map(ChargeState::payment_status).into();
    use PaymentStatus as P;
    let expected = [
        P::Pending,
        P::Pending,
        P::Pending,
        P::Failed,
        P::Cancelled,
        P::Paid,
        P::Refunding,
        P::RefundBlocked,
        P::PartiallyRefunded,
        P::Refunded,
        P::Chargeback,
    ];
    assert_eq!(ours, expected);
}

#[test]
fn only_news_that_somebody_waits_for_reaches_the_inbox() {
    let charge = ChargeId::new("pay_1").expect("an id");
    let news = |word, billing| {
        let sighting = Sighting {
            event: ProviderEvent::parse(word),
            billing,
            amount: AMOUNT,
            refunds_done: Money::ZERO,
        };
        sighting.news(&charge)
    };
    let paid = Some(NewsKind::Paid {
        charge_id: charge.clone(),
        amount: AMOUNT,
    });
    assert_eq!(news("PAYMENT_RECEIVED", Billing::Pix), paid);
    assert_eq!(news("PAYMENT_CONFIRMED", Billing::Card), paid);
    assert_eq!(news("PAYMENT_CONFIRMED", Billing::Pix), None);
    assert_eq!(news("PAYMENT_OVERDUE", Billing::Pix), None);
    assert_eq!(news("PAYMENT_BANK_SLIP_VIEWED", Billing::Pix), None);
}

fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
    use ProviderEvent as E;
    let event = prop::sample::select(vec![
        E::Created,
        E::Authorised,
        E::Confirmed,
        E::Received,
        E::Overdue,
        E::Deleted,
        E::CaptureRefused,
        E::RiskRefused,
        E::RefundInProgress,
        E::PartiallyRefunded,
        E::Refunded,
        E::RefundDenied,
        E::Chargeback,
        E::Other,
    ]);
    let billing = prop::sample::select(vec![Billing::Pix, Billing::Card]);
    let one = (event, billing, 0..=4_480_i64).prop_map(|(event, billing, refunded)| Sighting {
        event,
        billing,
        amount: AMOUNT,
        refunds_done: Money::from_centavos(refunded),
    });
    prop::collection::vec(one, 0..12)
}

fn known(sightings: &[Sighting]) -> Evidence {
    let pieces = sightings.iter().map(proved);
    pieces.fold(Evidence::default(), Evidence::join)
}

proptest! {
    /// P2: the state is a function of the set of events.
    #[test]
    fn order_and_repetition_do_not_matter(
        (events, shuffled) in sightings().prop_flat_map(|events| {
            let doubled = [events.clone(), events.clone()].concat();
            (Just(events), Just(doubled).prop_shuffle())
        })
    ) {
        prop_assert_eq!(known(&events), known(&shuffled));
    }

    /// P1: the state never falls, and neither does our view of it leave the table of legal changes.
    #[test]
    fn the_state_only_rises(events in sightings()) {
        let mut evidence = Evidence::default();
        let mut status = PaymentStatus::Pending;
        for sighting in &events {
            let next = evidence.join(proved(sighting));
            prop_assert!(next.state() >= evidence.state());
            let changed = status.changed_to(next.state().payment_status());
            prop_assert!(changed.is_ok(), "{} to {}", status, next.state());
            status = next.state().payment_status();
            evidence = next;
        }
    }

    /// R1: whatever was claimed before, what is given back never exceeds what came in.
    #[test]
    fn refunds_never_exceed_what_came_in(refunded in 0..=4_480_i64, claims in prop::collection::vec(1..=4_480_i64, 0..4)) {
        let evidence = Evidence::given_back(AMOUNT, Money::from_centavos(refunded));
        let charge = a_charge("pay_1", evidence);
        let mut intents = Vec::new();
        for (number, claim) in claims.into_iter().enumerate() {
            let Ok(left) = refundable(&charge, &intents) else { break };
            intents.push(RefundIntent {
                intent_id: RefundIntentId::new(format!("intent-{number}")).expect("an id"),
                amount: Money::from_centavos(claim).min(left),
                ..an_intent(&charge, RefundReason::Cancelled)
            });
        }
        let claimed: i64 = intents.iter().map(|intent| intent.amount.centavos()).sum();
        prop_assert!(claimed + refunded <= AMOUNT.centavos());
    }
}

fn an_intent(charge: &Charge, reason: RefundReason) -> RefundIntent {
    let full = Charge {
        evidence: Evidence::paid(charge.amount),
        ..charge.clone()
    };
    let intent = RefundIntent::of_all_that_is_left(&full, &[], reason, Actor::System, at());
    RefundIntent {
        refunded_before: charge.evidence.refunded,
        ..intent.expect("refundable")
    }
}

#[test]
fn refunds_are_of_what_is_captured_and_left() {
    let left =
        |evidence, intents: &[RefundIntent]| refundable(&a_charge("pay_1", evidence), intents);
    let paid = Evidence::paid(AMOUNT);
    assert_eq!(left(paid, &[]), Ok(AMOUNT));
    let partly = Evidence::given_back(AMOUNT, Money::from_centavos(1_000));
    assert_eq!(left(partly, &[]), Ok(Money::from_centavos(3_480)));
    assert_eq!(
        left(Evidence::default(), &[]),
        Err(RefundRefusal::NothingCaptured)
    );
    assert_eq!(
        left(Evidence::given_back(AMOUNT, AMOUNT), &[]),
        Err(RefundRefusal::NothingLeft)
    );
    let disputed = Evidence {
        chargeback: true,
        ..paid
    };
    assert_eq!(left(disputed, &[]), Err(RefundRefusal::Disputed));
    let won = Evidence {
        dispute_won: true,
        ..disputed
    };
    assert_eq!(left(won, &[]), Ok(AMOUNT));
    assert_eq!(won.state(), ChargeState::Captured);
    // Another obligation has claimed all of it and waits for the provider.
    let claimed = an_intent(&a_charge("pay_1", paid), RefundReason::Cancelled);
    assert_eq!(
        left(paid, std::slice::from_ref(&claimed)),
        Err(RefundRefusal::NothingLeft)
    );
    // It was carried out, and our row does not know yet: nothing is left either way.
    let carried_out = Evidence::given_back(AMOUNT, AMOUNT);
    assert_eq!(
        left(carried_out, &[claimed]),
        Err(RefundRefusal::NothingLeft)
    );
}

#[test]
fn one_obligation_is_one_intent_and_one_execution() {
    let charge = a_charge("pay_1", Evidence::paid(AMOUNT));
    let intent = an_intent(&charge, RefundReason::PaidLate);
    assert_eq!(intent.execution_name(), "pay_1-whole");
    assert!(!intent.is_covered_by(Money::from_centavos(4_479)));
    assert!(intent.is_covered_by(AMOUNT));
    assert_eq!(RefundIntentId::new("whole"), Ok(RefundIntent::whole()));
}

#[test]
fn a_charge_learns_and_knows_when_there_is_nothing_new() {
    let charge = a_charge("pay_1", Evidence::default());
    let paid = charge.learn(Evidence::paid(AMOUNT), at()).expect("new");
    assert_eq!((paid.version, paid.held()), (2, AMOUNT));
    assert_eq!(paid.learn(Evidence::paid(AMOUNT), at()), None);
}

#[test]
fn charges_and_intents_are_read_back_from_their_rows() {
    let charge = a_charge("pay_1", Evidence::paid(AMOUNT));
    let item = to_item(&charge).expect("a row");
    assert_eq!(item["paymentId"], "sabor#pay_1");
    assert_eq!(item["orderId"], "sabor#order_1");
    assert_eq!(item["clientChargeState"], "sabor#CAPTURED");
    assert_eq!(from_item(&item), Ok(charge.clone()));
    let intent = an_intent(&charge, RefundReason::Rejected);
    let item = to_item(&intent).expect("a row");
    assert_eq!(item["paymentId"], "sabor#pay_1");
    assert_eq!(item["intentId"], "whole");
    assert_eq!(item["clientRefundState"], "sabor#INTENDED");
    assert_eq!(from_item(&item), Ok(intent));
}
