//! Money of charges that are older than the provider's list: what only its statement shows, and what it should show and does not.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ChargeId,
    ledger::{Balance, LedgerEntry},
    money::Money,
    order::{OrderStatus, PaymentStatus},
    payment::{Charge, refundable},
    tables::{Row, to_item},
};
use comanda_workflows::contracts::Walk;

use super::{
    fixture::{Step, call, order, walk},
    races::run,
    reconciliation::{awaiting_payment, pass, pays_unheard, rows, sweep},
    visible::paid_card,
};
use crate::{
    ports::{Account, ChargeStatus, Environment, LineKind},
    registry::invoke,
    testing::{World, block_on},
};

fn statement(world: &World) -> Walk {
    let walk = call("SweepPage", &walk("STATEMENT", Some("centro")), None);
    let walked = block_on(invoke(&world.ports(), walk)).unwrap();
    serde_json::from_value(walked).unwrap()
}

/// A reading a day.
fn days_pass(world: &World, days: usize) {
    for _ in 0..days {
        pass(world, 24);
        statement(world);
    }
}

fn differences(world: &World) -> Vec<Exception> {
    let mut all = rows::<Exception>(world);
    all.retain(|exception| exception.kind == ExceptionKind::LedgerDifference);
    all
}

/// It was paid before midnight without a word from its webhook, and this reading wakes the step that books it.
#[test]
fn money_that_a_reading_hears_of_is_compared_by_the_next() {
    let world = awaiting_payment();
    pays_unheard(&world);
    pass(&world, 24);
    let first = statement(&world);
    assert_eq!(
        (first.healed, first.raised),
        (1, 0),
        "{:?}",
        differences(&world)
    );
    assert_eq!(statement(&world).raised, 0);
    pass(&world, 1);
    assert_eq!(statement(&world).raised, 1, "nobody booked it");
    assert_eq!(differences(&world).len(), 1);
}

/// A card that was paid out in time.
fn paid_out() -> (World, Charge) {
    let (world, charge) = paid_card();
    statement(&world);
    days_pass(&world, 33);
    world.provider.pay_out(&charge.charge_id, charge.amount);
    days_pass(&world, 2);
    (world, charge)
}

#[test]
fn a_card_that_is_paid_out_leaves_no_difference() {
    let (world, _) = paid_out();
    days_pass(&world, 10);
    assert_eq!(differences(&world), []);
    let paid_out = rows::<Charge>(&world).remove(0).evidence.paid_out;
    assert_eq!(paid_out, order(&world).total);
}

#[test]
fn a_payout_that_does_not_come_is_a_difference_once() {
    let (world, charge) = paid_card();
    statement(&world);
    days_pass(&world, 39);
    assert_eq!(differences(&world), []);
    days_pass(&world, 1);
    let found = differences(&world).remove(0);
    assert_eq!(found.subject_id, charge.charge_id.as_str());
    assert_eq!(found.amount, Some(charge.amount));
    assert!(found.detail.contains("no payout"), "{}", found.detail);
    days_pass(&world, 5);
    assert_eq!(differences(&world), [found]);
}

#[test]
fn a_payout_that_is_short_is_a_difference() {
    let (world, charge) = paid_card();
    statement(&world);
    days_pass(&world, 33);
    let short = Money::from_centavos(charge.amount.centavos() - 100);
    world.provider.pay_out(&charge.charge_id, short);
    days_pass(&world, 2);
    assert_eq!(differences(&world).len(), 1);
}

/// A month after it was paid, and no webhook says so: the list of charges ends after three days.
#[test]
fn a_chargeback_of_an_old_card_is_heard_by_its_line() {
    let (world, charge) = paid_out();
    world
        .provider
        .set_status(&charge.charge_id, ChargeStatus::Chargeback);
    days_pass(&world, 1);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Chargeback);
    assert_eq!(differences(&world), []);
    days_pass(&world, 10);
    assert_eq!(differences(&world), []);
}

/// The same for money that went back in the provider's panel.
#[test]
fn a_refund_of_an_old_card_is_heard_by_its_line() {
    let (world, charge) = paid_out();
    refund_in_the_panel(&world, &charge.charge_id, charge.amount);
    days_pass(&world, 1);
    assert_eq!(order(&world).money_held(), Money::ZERO);
    let raised = rows::<Exception>(&world);
    let mut kinds = raised.iter().map(|exception| exception.kind);
    assert!(kinds.any(|kind| kind == ExceptionKind::PartialRefund));
    days_pass(&world, 10);
    assert_eq!(differences(&world), []);
}

/// It was charged back before it was paid out, and no line ever says so: that no payout comes makes it be looked at.
#[test]
fn a_card_that_is_not_paid_out_is_read_before_anybody_is_called() {
    let (world, charge) = paid_card();
    statement(&world);
    days_pass(&world, 20);
    world
        .provider
        .set_status(&charge.charge_id, ChargeStatus::Chargeback);
    days_pass(&world, 25);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Chargeback);
    assert_eq!(differences(&world), []);
}

/// The alarm of the charge's dispute.
fn dispute(world: &World) -> ExceptionState {
    let mut raised = rows::<Exception>(world).into_iter();
    let dispute = raised.find(|exception| exception.kind == ExceptionKind::Chargeback);
    dispute.expect("an alarm").state
}

/// A dispute that is lost stays: in the books, with the order, and with whoever is to note it.
#[test]
fn a_dispute_that_is_lost_stays() {
    let (world, charge) = paid_out();
    world
        .provider
        .set_status(&charge.charge_id, ChargeStatus::Chargeback);
    days_pass(&world, 60);
    sweep(&world);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Chargeback);
    assert_eq!(dispute(&world), ExceptionState::Open);
    let balance = Balance::of(&rows::<LedgerEntry>(&world)).unwrap();
    assert_eq!(balance.charged_back, charge.amount);
    assert_eq!(differences(&world), []);
}

/// Weeks later the bank gives the money back, and only a line of the statement says so.
#[test]
fn a_dispute_that_is_won_is_over() {
    let (world, charge) = paid_out();
    let becomes = |status| world.provider.set_status(&charge.charge_id, status);
    becomes(ChargeStatus::Chargeback);
    days_pass(&world, 30);
    assert_eq!(dispute(&world), ExceptionState::Open);
    becomes(ChargeStatus::Paid);
    days_pass(&world, 1);
    sweep(&world);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Paid);
    assert_eq!(dispute(&world), ExceptionState::Closed);
    let entries = rows::<LedgerEntry>(&world);
    let balance = Balance::of(&entries).unwrap();
    assert_eq!(balance.charged_back, Money::ZERO);
    assert_eq!(balance.net(), Some(charge.amount));
    days_pass(&world, 10);
    assert_eq!(differences(&world), []);
    let charge = rows::<Charge>(&world).remove(0);
    assert_eq!(refundable(&charge, &[]), Ok(charge.amount));
}

/// It was disputed before it was paid out, so that it was won has no line: that it is paid out makes it be looked at.
#[test]
fn a_dispute_that_is_won_before_the_payout_is_over_with_it() {
    let (world, charge) = paid_card();
    statement(&world);
    let becomes = |status| world.provider.set_status(&charge.charge_id, status);
    becomes(ChargeStatus::Chargeback);
    sweep(&world);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Chargeback);
    days_pass(&world, 10);
    becomes(ChargeStatus::Paid);
    days_pass(&world, 23);
    world.provider.pay_out(&charge.charge_id, charge.amount);
    days_pass(&world, 2);
    assert_eq!(order(&world).payment_status(), PaymentStatus::Paid);
    assert_eq!(differences(&world), []);
}

/// Money of an order that is off is here again: nobody says that it may be kept.
#[test]
fn a_dispute_that_is_won_for_an_order_that_is_off_is_a_person_s() {
    let (world, charge) = paid_card();
    let becomes = |status| world.provider.set_status(&charge.charge_id, status);
    becomes(ChargeStatus::Chargeback);
    sweep(&world);
    let cancelled = serde_json::json!({
        "order": super::fixture::key(), "status": "CANCELLED", "by": "OPERATOR",
        "reason": null, "eventId": "api-1", "readyInMinutes": null,
    });
    run(&world, &[Step::Call("ApplyStatus", cancelled)]);
    becomes(ChargeStatus::Paid);
    sweep(&world);
    sweep(&world);
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    let won = rows::<Charge>(&world).remove(0).evidence.dispute_won;
    assert!(won);
    assert_eq!(dispute(&world), ExceptionState::Open);
}

fn refund_in_the_panel(world: &World, charge: &ChargeId, amount: Money) {
    let account = Account {
        environment: Environment::Local,
        api_key: "key".into(),
    };
    let ports = world.ports();
    let asked = ports.provider.refund(&account, charge, amount, "no painel");
    block_on(asked).unwrap();
    world.provider.settle_refunds(charge, true);
}

/// A word of tomorrow about a charge of ours: named once, and closed for good when a person has seen it.
#[test]
fn a_line_whose_word_nobody_knows_is_shown_once() {
    let (world, charge) = paid_out();
    let line = (LineKind::Other, "PAYMENT_CUSTODY_BLOCK");
    let amount = Money::from_centavos(-1_000);
    world.provider.book_line(&charge.charge_id, line, amount);
    assert_eq!(statement(&world).raised, 1);
    let mut found = differences(&world).remove(0);
    assert!(found.detail.contains(line.1), "{}", found.detail);
    assert_eq!(found.amount, Some(amount));
    assert_eq!(found.order_id, Some(charge.order_id));
    found.state = ExceptionState::Closed;
    world.store.seed(Exception::TABLE, to_item(&found).unwrap());
    days_pass(&world, 2);
    assert_eq!(differences(&world), [found]);
}

/// What the provider takes and gives back beside a charge is entered as fees.
#[test]
fn a_fee_that_is_given_back_is_taken_off_the_fees() {
    let (world, charge) = paid_out();
    let id = &charge.charge_id;
    let book = |centavos, word| {
        let line = (LineKind::Fee, word);
        let amount = Money::from_centavos(centavos);
        world.provider.book_line(id, line, amount);
    };
    book(-99, "PAYMENT_MESSAGING_NOTIFICATION_FEE");
    book(-199, "PAYMENT_FEE");
    book(199, "PAYMENT_FEE_REVERSAL");
    days_pass(&world, 1);
    let entries = rows::<LedgerEntry>(&world);
    let balance = Balance::of(&entries).unwrap();
    assert_eq!(balance.fees, Money::from_centavos(99));
    assert_eq!(differences(&world), []);
}
