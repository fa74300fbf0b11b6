//! Which news a step hears, and in which order.

mod late;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::{
    ids::ChargeId,
    money::Money,
    order::{
        Actor, Order, PaymentMethod, Reason, TaskToken, WaitKind,
        tests::{NOON, an_order},
    },
    tables::{from_item, to_item},
};

fn at() -> Timestamp {
    NOON.parse().expect("an instant")
}

fn charge(id: &str) -> ChargeId {
    ChargeId::new(id).expect("an id")
}

fn paid(id: &str, centavos: i64) -> NewsKind {
    NewsKind::Paid {
        charge_id: charge(id),
        amount: Money::from_centavos(centavos),
    }
}

fn failed(id: &str) -> NewsKind {
    NewsKind::PaymentFailed {
        charge_id: charge(id),
        reason: "CAPTURE_REFUSED".to_owned(),
    }
}

fn cancel(by: Actor) -> NewsKind {
    NewsKind::CancelRequested { by, reason: None }
}

fn chosen(method: PaymentMethod, attempt: u32) -> NewsKind {
    NewsKind::MethodChosen { method, attempt }
}

const YES: NewsKind = NewsKind::StoreConfirmed {
    ready_in_minutes: Some(35),
};

const NO: NewsKind = NewsKind::StoreRejected { reason: None };

/// An order changed by the system.
fn changed(order: &Order, change: impl FnOnce(&mut Order)) -> Order {
    let reason = Reason::new(Actor::System, at(), "teste");
    let changed = order.apply(reason, |order| {
        change(order);
        Ok(())
    });
    changed.expect("legal")
}

/// The charge `pay_2` is the second attempt and the current one.
fn waiting(kind: WaitKind) -> Order {
    changed(&an_order(), |order| {
        order.payment_id = Some(charge("pay_2"));
        order.payment_attempt = 2;
        order.register_wait(kind, TaskToken::new("token"), at());
    })
}

/// News in the order of its arrival, named `n0`, `n1`…
fn inbox(news: &[NewsKind]) -> Vec<News> {
    let order = an_order();
    let heard = news.iter().enumerate().map(|(number, news)| {
        let id = NewsId::new(format!("n{number}")).expect("an id");
        let later = SignedDuration::from_secs(i64::try_from(number).expect("few"));
        let at = at().checked_add(later).expect("in range");
        News::heard(&order.client_id, &order.order_id, id, news.clone(), at)
    });
    heard.collect()
}

#[track_caller]
fn check(kind: WaitKind, news: &[NewsKind], expected: Value) {
    let inbox = inbox(news);
    let signal = next_signal(&waiting(kind), &inbox).map(|(_, signal)| signal);
    assert_eq!(json!(signal), expected, "{news:?}");
}

const SECOND: WaitKind = WaitKind::Payment { attempt: 2 };
const OFFERED: WaitKind = WaitKind::Method { attempt: 2 };

#[test]
fn a_step_that_waits_for_money() {
    check(SECOND, &[], Value::Null);
    check(
        SECOND,
        &[paid("pay_2", 4_480)],
        json!({"paid": {"newsId": "n0"}}),
    );
    // An earlier charge is the order's money as well.
    check(
        SECOND,
        &[paid("pay_1", 4_480)],
        json!({"paid": {"newsId": "n0"}}),
    );
    check(
        SECOND,
        &[paid("pay_2", 4_479)],
        json!({"amountMismatch": {"newsId": "n0"}}),
    );
    check(
        SECOND,
        &[paid("pay_2", 4_481)],
        json!({"amountMismatch": {"newsId": "n0"}}),
    );
    // Of two payments the one that pays for the order: the other goes back.
    check(
        SECOND,
        &[paid("pay_1", 4_479), paid("pay_2", 4_480)],
        json!({"paid": {"newsId": "n1"}}),
    );
    let refused = json!({"failed": {"newsId": "n0", "reason": "CAPTURE_REFUSED"}});
    check(SECOND, &[failed("pay_2")], refused.clone());
    check(SECOND, &[failed("pay_1")], Value::Null);
    check(
        SECOND,
        &[failed("pay_2"), paid("pay_2", 4_480)],
        json!({"paid": {"newsId": "n1"}}),
    );
    check(
        SECOND,
        &[paid("pay_2", 4_480), cancel(Actor::Customer)],
        json!({"cancelled": {"newsId": "n1", "by": "CUSTOMER"}}),
    );
    let credit = json!({"methodChosen": {"newsId": "n0", "method": "CREDIT"}});
    check(SECOND, &[chosen(PaymentMethod::Credit, 2)], credit);
    check(SECOND, &[chosen(PaymentMethod::Credit, 1)], Value::Null);
    check(SECOND, &[chosen(PaymentMethod::Cash, 2)], Value::Null);
    check(SECOND, &[YES, NO], Value::Null);
}

#[test]
fn a_step_that_offers_another_method() {
    check(OFFERED, &[failed("pay_2")], Value::Null);
    let pix = json!({"methodChosen": {"newsId": "n0", "method": "PIX"}});
    check(OFFERED, &[chosen(PaymentMethod::Pix, 2)], pix);
    // The customer tried the same card again, and it worked.
    let paid_anyway = json!({"paid": {"newsId": "n1"}});
    check(
        OFFERED,
        &[chosen(PaymentMethod::Pix, 2), paid("pay_2", 4_480)],
        paid_anyway,
    );
}

#[test]
fn a_step_that_waits_for_the_store() {
    check(
        WaitKind::Store,
        &[YES],
        json!({"confirmed": {"readyInMinutes": 35}}),
    );
    check(WaitKind::Store, &[NO], json!({"rejected": {}}));
    // The first word counts, whoever says the second.
    check(
        WaitKind::Store,
        &[YES, NO],
        json!({"confirmed": {"readyInMinutes": 35}}),
    );
    check(WaitKind::Store, &[NO, YES], json!({"rejected": {}}));
    check(
        WaitKind::Store,
        &[cancel(Actor::Customer), YES],
        json!({"cancelled": {"by": "CUSTOMER"}}),
    );
    check(
        WaitKind::Store,
        &[paid("pay_2", 4_480), failed("pay_2")],
        Value::Null,
    );
    // O4: money that went back while the store thinks.
    let gone = NewsKind::Refunded {
        charge_id: charge("pay_2"),
        refunded: Money::from_centavos(4_480),
        charged: None,
    };
    check(
        WaitKind::Store,
        &[gone],
        json!({"cancelled": {"by": "PROVIDER"}}),
    );
}

#[test]
fn acknowledged_news_is_not_heard_again() {
    let news = inbox(&[paid("pay_2", 4_480)]);
    let acknowledged: Vec<News> = news.iter().map(|news| news.acknowledged(at())).collect();
    assert!(next_signal(&waiting(SECOND), &news).is_some());
    assert!(next_signal(&waiting(SECOND), &acknowledged).is_none());
    assert!(next_signal(&an_order(), &news).is_none(), "no step waits");
}

#[test]
fn the_store_s_own_decision_reads_as_a_signal() {
    for (json, expected) in [
        (
            json!({"confirmed": {"readyInMinutes": 35, "printedBy": "POS 3"}}),
            StoreSignal::Confirmed {
                ready_in_minutes: Some(35),
                by: None,
            },
        ),
        (
            json!({"confirmed": {}}),
            StoreSignal::Confirmed {
                ready_in_minutes: None,
                by: None,
            },
        ),
        (
            json!({"rejected": {"reason": "Sem bacon"}}),
            StoreSignal::Rejected {
                reason: Some("Sem bacon".to_owned()),
            },
        ),
    ] {
        assert_eq!(
            serde_json::from_value::<StoreSignal>(json).ok(),
            Some(expected)
        );
    }
}

#[test]
fn news_is_read_back_from_its_row() {
    for news in inbox(&[
        paid("pay_1", 1),
        YES,
        NO,
        cancel(Actor::Operator),
        chosen(PaymentMethod::Pix, 1),
    ]) {
        let item = to_item(&news).expect("a row");
        assert_eq!(item["orderId"], format!("sabor#{}", news.order_id));
        assert_eq!(from_item(&item), Ok(news));
    }
}

#[test]
fn event_ids_are_taken_whole() {
    let asaas = "evt_05b708f961d739ea7eba7e4db318f621&368604920";
    assert_eq!(NewsId::new(asaas).expect("an id").as_str(), asaas);
    for wrong in ["", "a b", "a\n", &"x".repeat(201)] {
        assert!(NewsId::new(wrong).is_err(), "{wrong:?}");
    }
}
