//! Asaas' webhook: who may speak, what is placed, what is parked, and that order and repetition do not matter.

use comanda_domain::{
    inbox::News,
    order::{Order, OrderEvent, WaitingFor},
    payment::{Charge, RefundIntent, RefundReason},
    tables,
};
use serde_json::json;

use super::*;
use crate::{
    http::{Answer, WebhookRequest},
    ports::ChargeStatus,
    rows::ConversationRow,
    testing::TokenState,
    webhooks::asaas,
};

fn event(id: &str, word: &str, billing: &str) -> Value {
    json!({
        "id": id, "event": word, "dateCreated": "2026-11-22 12:30:00", "brandNew": {"field": 1},
        "payment": {
            "object": "payment", "id": CHARGE, "value": 44.8, "netValue": 43.81, "billingType": billing,
            "externalReference": ORDER, "status": "RECEIVED", "refunds": null,
        },
    })
}

fn paid() -> Value {
    event("evt_05b708f961d739ea&368604920", "PAYMENT_RECEIVED", "PIX")
}

/// An order whose charge is paid at the provider; what we hear of it is the test's.
fn paid_world(order: &Order) -> World {
    let world = world_with(order);
    comes_in(&world);
    world
}

fn request(token: &str, body: &str) -> WebhookRequest {
    WebhookRequest {
        url: format!("http://127.0.0.1:4500/webhooks/asaas/{ROUTE}"),
        headers: [("asaas-access-token".to_owned(), token.to_owned())].into(),
        body: body.into(),
    }
}

fn send(world: &World, event: &Value) -> Answer {
    let request = request(WEBHOOK_TOKEN, &event.to_string());
    block_on(asaas::receive(&world.ports(), ROUTE, &request))
}

fn send_as(world: &World, route: &str, token: &str, body: &str) -> u16 {
    let request = request(token, body);
    block_on(asaas::receive(&world.ports(), route, &request)).status
}

#[test]
fn only_the_tenants_token_is_heard() {
    let world = paid_world(&charged());
    let before = state(&world);
    let body = paid().to_string();
    for (route, token) in [
        (ROUTE, ""),
        (ROUTE, "whsec_wrong"),
        (ROUTE, &WEBHOOK_TOKEN[..20]),
        ("another", WEBHOOK_TOKEN),
        ("", WEBHOOK_TOKEN),
        (&"x".repeat(5_000), WEBHOOK_TOKEN),
    ] {
        assert_eq!(send_as(&world, route, token, &body), 401, "{route} {token}");
    }
    world.secrets.set("sabor/webhook", "");
    assert_eq!(send_as(&world, ROUTE, "", &body), 401);
    assert_eq!(state(&world), before);
}

#[test]
fn money_completes_the_waiting_step() {
    let world = paid_world(&charged());
    let answer = send(&world, &paid());
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({"received": true}))
    );
    let news = "evt_05b708f961d739ea&368604920";
    let expected = TokenState::Succeeded(json!({"paid": {"newsId": news}}));
    assert_eq!(world.workflows.token(STEP), Some(expected));
    let after = state(&world);
    assert_eq!(send(&world, &paid()).status, 200);
    assert_eq!(state(&world), after, "a duplicate changes nothing");
}

#[test]
fn the_event_may_come_before_our_record_of_the_charge() {
    let world = world();
    comes_in(&world);
    put(&world, &an_order());
    assert_eq!(send(&world, &paid()).status, 200);
    assert_eq!(
        rows::<News>(&world).len(),
        1,
        "kept for the step that comes"
    );
    assert!(parked(&world).is_empty());
}

/// What each event means to a step that waits for the first charge.
#[test]
fn pix_is_money_when_received_and_cards_when_confirmed() {
    let outcome = |word: &str, billing: &str| {
        let world = paid_world(&charged());
        assert_eq!(send(&world, &event("evt_1", word, billing)).status, 200);
        match world.workflows.token(STEP) {
            Some(TokenState::Succeeded(signal)) => {
                let signal = signal
                    .as_object()
                    .and_then(|signal| signal.keys().next().cloned());
                signal.unwrap_or_default()
            }
            _ => String::new(),
        }
    };
    for (word, billing, expected) in [
        ("PAYMENT_RECEIVED", "PIX", "paid"),
        ("PAYMENT_CONFIRMED", "PIX", ""),
        ("PAYMENT_CONFIRMED", "CREDIT_CARD", "paid"),
        ("PAYMENT_RECEIVED", "CREDIT_CARD", "paid"),
        ("PAYMENT_AUTHORIZED", "CREDIT_CARD", ""),
        (
            "PAYMENT_CREDIT_CARD_CAPTURE_REFUSED",
            "CREDIT_CARD",
            "failed",
        ),
        ("PAYMENT_REPROVED_BY_RISK_ANALYSIS", "CREDIT_CARD", "failed"),
        ("PAYMENT_OVERDUE", "PIX", ""),
        ("PAYMENT_DELETED", "PIX", "failed"),
        ("PAYMENT_BANK_SLIP_VIEWED", "PIX", ""),
        ("PAYMENT_FROM_THE_FUTURE", "PIX", ""),
    ] {
        assert_eq!(outcome(word, billing), expected, "{word} {billing}");
    }
}

/// F082: the token is the same word each time, and whoever learns it must not eat for it.
#[test]
fn what_the_provider_does_not_confirm_is_no_money() {
    let world = world_with(&charged());
    let parked_for = "the provider does not confirm what the event says";
    let mut refunded = event("evt_2", "PAYMENT_REFUNDED", "PIX");
    let answer = send(&world, &paid());
    assert_eq!(
        (answer.status, &answer.body["parked"]),
        (200, &json!(parked_for))
    );
    assert_eq!(order_in(&world), charged());
    assert_eq!(world.workflows.token(STEP), Some(TokenState::Open));
    comes_in(&world);
    assert_eq!(send(&world, &refunded).body["parked"], parked_for);
    refunded["payment"]["refunds"] = json!([{ "value": 44.8, "status": "DONE" }]);
    assert_eq!(send(&world, &refunded).body["parked"], parked_for);
    assert_eq!(rows::<News>(&world).len(), 0);
    assert_eq!(parked(&world).len(), 2);
}

#[test]
fn another_amount_is_no_payment() {
    let world = paid_world(&charged());
    let mut event = paid();
    event["payment"]["value"] = json!(44.79);
    send(&world, &event);
    let Some(TokenState::Succeeded(signal)) = world.workflows.token(STEP) else {
        panic!("the step was not told");
    };
    assert!(signal.get("amountMismatch").is_some(), "{signal}");
}

/// A dispute that is won has no event of its own: the charge is received once more. Whether the event is that or an old one is read.
#[test]
fn a_dispute_is_over_when_the_provider_has_the_money_again() {
    let world = paid_world(&moved(&handed_over(), OrderEvent::Confirm));
    let status = |status| world.provider.set_status(&charge_id(), status);
    let says = |id: &str, word: &str| {
        let answer = send(&world, &event(id, word, "CREDIT_CARD"));
        assert_eq!(answer.status, 200);
        order_in(&world).payment_status()
    };
    status(ChargeStatus::Chargeback);
    let disputed = says("evt_1&1", "PAYMENT_CHARGEBACK_REQUESTED");
    assert_eq!(disputed, PaymentStatus::Chargeback);
    assert_eq!(
        says("evt_2&1", "PAYMENT_RECEIVED"),
        PaymentStatus::Chargeback
    );
    status(ChargeStatus::Paid);
    assert_eq!(says("evt_3&1", "PAYMENT_RECEIVED"), PaymentStatus::Paid);
    assert!(rows::<Charge>(&world)[0].evidence.dispute_won);
    // Once more, and late.
    assert_eq!(says("evt_4&1", "PAYMENT_RECEIVED"), PaymentStatus::Paid);
    let again = says("evt_1&1", "PAYMENT_CHARGEBACK_REQUESTED");
    assert_eq!(again, PaymentStatus::Paid);
}

#[test]
fn what_belongs_to_nobody_is_parked_once_and_never_an_error() {
    let world = paid_world(&charged());
    let mut unknown = paid();
    unknown["id"] = json!("evt_2");
    unknown["payment"]["id"] = json!("pay_of_somebody");
    unknown["payment"]["externalReference"] = json!("056984");
    let mut fraction = paid();
    fraction["payment"]["value"] = json!(44.805);
    let mut nameless = paid();
    nameless["id"] = json!("");
    let other_family = json!({"id": "evt_3", "event": "TRANSFER_DONE", "transfer": {"id": "t1"}});
    let bodies = [
        unknown.to_string(),
        fraction.to_string(),
        nameless.to_string(),
        other_family.to_string(),
        "{not json".to_owned(),
        String::new(),
    ];
    for _twice in 0..2 {
        for body in &bodies {
            let request = request(WEBHOOK_TOKEN, body);
            let answer = block_on(asaas::receive(&world.ports(), ROUTE, &request));
            assert_eq!(answer.status, 200, "{body}");
            assert!(answer.body["parked"].is_string(), "{body}");
        }
    }
    assert_eq!(parked(&world).len(), bodies.len());
    let listed = block_on(crate::api::parked_events(&world.ports(), &key().client_id));
    assert_eq!(listed.body["count"], bodies.len());
    assert_eq!(order_in(&world), charged());
}

#[test]
fn money_after_the_end_goes_back_by_itself() {
    let world = paid_world(&moved(&charged(), OrderEvent::Cancel));
    assert_eq!(send(&world, &paid()).status, 200);
    let intents = rows::<RefundIntent>(&world);
    assert_eq!(intents.len(), 1);
    assert_eq!(intents[0].reason, RefundReason::PaidLate);
    let started = world.workflows.started();
    assert_eq!((started.len(), started[0].workflow.as_str()), (1, "refund"));
    assert_eq!(order_in(&world).paid_amount, Money::from_centavos(4_480));
    let after = state(&world);
    send(&world, &paid());
    let mut again = paid();
    again["event"] = json!("PAYMENT_CONFIRMED");
    send(&world, &again);
    assert_eq!(state(&world), after, "the same money is owed once");
}

/// Fifteen failures stop the tenant's whole queue: the channel's are none of them, and what is noted is said by the sweep.
#[test]
fn a_channel_that_is_away_is_no_reason_to_ask_for_the_event_again() {
    /// Nobody knows whether a message was taken, or it surely was not.
    struct Away(Fate);
    impl Interceptor for Away {
        fn fate(&self, call: &Call<'_>) -> Fate {
            match call {
                Call::Message(_) => self.0.clone(),
                _ => Fate::Proceed,
            }
        }
    }
    for fate in [Fate::LostBefore, Fate::Throttled] {
        let world = paid_world(&moved(&charged(), OrderEvent::Cancel));
        let [customer, ours] = [CUSTOMER, STORE_ADDRESS]
            .map(|address| ChannelAddress::new(address).expect("an address"));
        let window = ConversationRow::new(&key().client_id, (&customer, &ours), at(OPEN), 1);
        put(&world, &window);
        let ports = intercepted(&world.ports(), Arc::new(Away(fate.clone())));
        let request = request(WEBHOOK_TOKEN, &paid().to_string());
        for _ in 0..2 {
            let answer = block_on(asaas::receive(&ports, ROUTE, &request));
            assert_eq!(answer.status, 200, "{fate:?}");
        }
        let noted: Vec<NotificationRow> = rows(&world);
        assert_eq!(noted.len(), 1);
        assert!(noted[0].kind.starts_with("REFUND#STARTED#"));
        assert_eq!(noted[0].state, NotificationState::Intended);
    }
}

#[test]
fn an_outage_of_ours_is_the_one_thing_to_repeat() {
    let world = paid_world(&charged());
    for position in 0..4 {
        let disturber = Arc::new(FateOf {
            position,
            fate: Fate::LostBefore,
            made: AtomicUsize::new(0),
        });
        let ports = intercepted(&world.ports(), disturber);
        let request = request(WEBHOOK_TOKEN, &paid().to_string());
        let answer = block_on(asaas::receive(&ports, ROUTE, &request));
        assert_eq!(answer.status, 503, "call {position}");
    }
    assert_eq!(send(&world, &paid()).status, 200);
}

#[test]
fn an_event_survives_a_crash_at_any_call() {
    let body = paid().to_string();
    let orders = [
        charged(),
        moved(&charged(), OrderEvent::Cancel),
        changed(&charged(), |order| {
            order.clear_wait();
            order.waiting_for = Some(WaitingFor::Person);
        }),
    ];
    for order in orders {
        check_crashes(
            || paid_world(&order),
            async |ports: &Ports| {
                asaas::receive(ports, ROUTE, &request(WEBHOOK_TOKEN, &body)).await
            },
        );
    }
}

/// P2: what is known of the money is a function of the set of events.
#[test]
fn the_order_of_events_does_not_matter() {
    let events = [
        event("evt_1", "PAYMENT_RECEIVED", "PIX"),
        event("evt_2", "PAYMENT_DELETED", "PIX"),
        event("evt_3", "PAYMENT_CONFIRMED", "PIX"),
        event("evt_1", "PAYMENT_RECEIVED", "PIX"),
    ];
    let mut ends = BTreeSet::new();
    for permutation in permutations(events.len()) {
        let world = paid_world(&moved(&charged(), OrderEvent::Cancel));
        for position in permutation {
            assert_eq!(send(&world, &events[position]).status, 200);
        }
        let charge = rows::<Charge>(&world).remove(0);
        let intents = world.store.rows(&tables::REFUNDS).len();
        let order = order_in(&world);
        ends.insert(format!(
            "{:?} {} {} {intents} {}",
            charge.evidence.captured,
            charge.evidence.state(),
            order.payment_status(),
            world.workflows.started().len(),
        ));
    }
    assert_eq!(ends.len(), 1, "{ends:?}");
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(count - 1);
    let longer = shorter.iter().flat_map(|permutation| {
        (0..count).map(move |place| {
            let mut longer = permutation.clone();
            longer.insert(place, count - 1);
            longer
        })
    });
    longer.collect()
}
