//! Whole lives of orders: the real workflows and handlers in virtual time, against parties that a script plays.
//!
//! Each life says how it ends for the order, for its money, and for its customer. The scripts of `examples/` are among
//! them, so that what the README shows is what is tested.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use comanda_domain::{
    money::Money,
    order::{Order, OrderStatus, WaitingFor},
};
use comanda_simulation::{script::Script, story::Of, world::World};

/// Lives the order of a file by a script, twice: the same seed must tell the same story.
#[track_caller]
fn live(order: &str, script: &str) -> World {
    let once = live_once(order, script);
    let again = live_once(order, script);
    assert_eq!(
        once.story(),
        again.story(),
        "the same seed told another story"
    );
    once
}

#[track_caller]
fn live_once(order: &str, script: &str) -> World {
    let script = Script::parse(script).unwrap();
    let mut world = World::new(script, 7).unwrap();
    world
        .place(&serde_json::from_str(&example("orders", order)).unwrap())
        .unwrap();
    world.run().unwrap();
    world
}

fn example(folder: &str, name: &str) -> String {
    let path = format!(
        "{}/../examples/{folder}/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn ends(world: &World, status: OrderStatus) -> Order {
    let order = world.order().expect("an order");
    let story: Vec<String> = world
        .story()
        .into_iter()
        .map(|line| format!("{} {}", line.at, line.says))
        .collect();
    assert_eq!(order.status(), status, "{}", story.join("\n"));
    order
}

/// What the provider has of the customer's, whatever we believe.
fn money_kept(world: &World) -> Money {
    world
        .outside
        .provider
        .charges()
        .iter()
        .fold(Money::ZERO, |sum, truth| {
            let kept = truth.captured.checked_sub(truth.refunded).unwrap();
            sum.checked_add(kept).unwrap()
        })
}

#[track_caller]
fn told(world: &World, words: &str, times: usize) {
    let story = world.story();
    let count = story
        .iter()
        .filter(|line| line.of == Of::ToCustomer && line.says.contains(words))
        .count();
    assert_eq!(
        count, times,
        "the customer was told `{words}` {count} times"
    );
}

#[track_caller]
fn store_got(world: &World, kind: &str, times: usize) {
    let story = world.story();
    let count = story
        .iter()
        .filter(|line| line.of == Of::ToStore && line.says == kind)
        .count();
    assert_eq!(count, times, "the store got {kind} {count} times");
}

const PRICE: Money = Money::from_centavos(4_480);

#[test]
fn from_placing_to_the_end() {
    let world = live(
        "pix-delivery",
        &example("scripts", "from-placing-to-the-end"),
    );
    ends(&world, OrderStatus::Completed);
    assert_eq!(money_kept(&world), PRICE);
    for words in [
        "anotado",
        "pagamento para o pedido",
        "foi confirmado! Estamos",
        "sendo preparado",
        "foi entregue",
    ] {
        told(&world, words, 1);
    }
    store_got(&world, "REMOTE_ORDER_RECEIVED", 1);
}

#[test]
fn money_that_comes_too_late_goes_back() {
    let world = live("pix-delivery", &example("scripts", "money-comes-too-late"));
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    told(&world, "foi cancelado", 2);
    told(&world, "reembolsado", 1);
    store_got(&world, "REMOTE_ORDER_RECEIVED", 0);
}

#[test]
fn nobody_pays() {
    let world = live("pix-delivery", r#"{"steps": []}"#);
    let order = ends(&world, OrderStatus::Cancelled);
    assert_eq!(
        order
            .updated_at()
            .duration_since(order.created_at)
            .as_mins(),
        30
    );
    assert!(
        world
            .outside
            .provider
            .charges()
            .iter()
            .all(|truth| truth.charge.deleted),
        "the charge can still be paid"
    );
}

#[test]
fn a_silent_store_costs_the_customer_nothing() {
    let world = live("pix-delivery", &example("scripts", "store-stays-silent"));
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    store_got(&world, "ORDER_CANCELLED", 1);
}

#[test]
fn a_store_that_rejects() {
    let world = live("pix-delivery", &example("scripts", "store-rejects"));
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    told(&world, "reembolsado", 1);
}

#[test]
fn a_declined_card_and_another_method() {
    let world = live("card-pickup", &example("scripts", "card-declined-then-pix"));
    let order = ends(&world, OrderStatus::Confirmed);
    assert_eq!(money_kept(&world), order.total);
    told(&world, "problema com seu pagamento", 1);
}

#[test]
fn a_cancel_before_the_store_says_yes() {
    let world = live(
        "pix-delivery",
        &example("scripts", "customer-cancels-while-the-store-thinks"),
    );
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    // The yes that came after is answered with the order's real state, and changes nothing.
    store_got(&world, "ORDER_DECISION_LATE", 1);
    told(&world, "Estamos preparando", 0);
}

#[test]
fn a_refund_that_the_balance_blocks() {
    let world = live(
        "pix-delivery",
        &example("scripts", "refund-blocked-by-the-balance"),
    );
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    told(&world, "em processamento", 1);
}

#[test]
fn a_refund_that_stays_blocked_waits_for_a_person() {
    let steps = r#"{"steps": [
        {"when": "charged", "after": "40s", "customer": "pays"},
        {"when": "handedOver", "after": "1m", "provider": "runsOutOfBalance"},
        {"when": "handedOver", "after": "2m", "store": {"rejects": {"reason": "Acabou o bacon"}}}
    ]}"#;
    let world = live("pix-delivery", steps);
    let order = world.order().expect("an order");
    assert_eq!(order.waiting_for, Some(WaitingFor::Person));
    assert_eq!(
        money_kept(&world),
        PRICE,
        "the money did not go back, and nobody may say that it did"
    );
    told(&world, "foi reembolsado", 0);
}

#[test]
fn a_webhook_that_comes_twice_counts_once() {
    let steps = r#"{"steps": [
        {"when": "charged", "after": "40s", "customer": "pays"},
        {"when": "charged", "after": "41s", "provider": "repeatsTheWebhook"},
        {"when": "handedOver", "after": "1m", "store": {"confirms": {"readyInMinutes": 20}}},
        {"when": "confirmed", "after": "1m", "provider": "repeatsTheWebhook"}
    ]}"#;
    let world = live("pix-delivery", steps);
    ends(&world, OrderStatus::Confirmed);
    assert_eq!(money_kept(&world), PRICE);
    told(&world, "pagamento para o pedido", 1);
    store_got(&world, "REMOTE_ORDER_RECEIVED", 1);
}

#[test]
fn a_store_that_answers_twice() {
    let steps = r#"{"steps": [
        {"when": "charged", "after": "40s", "customer": "pays"},
        {"when": "handedOver", "after": "1m", "store": {"confirms": {"readyInMinutes": 20}}},
        {"when": "handedOver", "after": "2m", "store": {"confirms": {"readyInMinutes": 50}}},
        {"when": "handedOver", "after": "3m", "store": {"confirms": {"readyInMinutes": 20}}}
    ]}"#;
    let world = live("pix-delivery", steps);
    ends(&world, OrderStatus::Confirmed);
    told(&world, "Estamos preparando", 1);
}

#[test]
fn a_yes_after_the_deadline() {
    let steps = r#"{"steps": [
        {"when": "charged", "after": "40s", "customer": "pays"},
        {"when": "handedOver", "after": "61m", "store": {"confirms": {"readyInMinutes": 20}}}
    ]}"#;
    let world = live("pix-delivery", steps);
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    store_got(&world, "ORDER_DECISION_LATE", 1);
}

#[test]
fn money_and_deadline_at_the_same_moment() {
    let steps = r#"{"steps": [
        {"when": "placed", "after": "30m", "customer": "pays"},
        {"when": "handedOver", "after": "1m", "store": {"confirms": {"readyInMinutes": 20}}}
    ]}"#;
    let world = live("pix-delivery", steps);
    // Whoever wins: either the order is on and the money kept, or it is off and the money back.
    let order = world.order().expect("an order");
    match order.status() {
        OrderStatus::Confirmed => assert_eq!(money_kept(&world), PRICE),
        OrderStatus::Refunded => assert_eq!(money_kept(&world), Money::ZERO),
        other => panic!("the order ends as {other:?}"),
    }
}

#[test]
fn cash_needs_no_provider() {
    let steps = r#"{"steps": [{"when": "handedOver", "after": "5m", "store": {"confirms": {"readyInMinutes": 40}}}]}"#;
    let world = live("cash-delivery", steps);
    ends(&world, OrderStatus::Confirmed);
    assert!(world.outside.provider.charges().is_empty());
}

#[test]
fn a_cancel_after_the_confirmation_gives_the_money_back() {
    let steps = r#"{"steps": [
        {"when": "charged", "after": "40s", "customer": "pays"},
        {"when": "handedOver", "after": "1m", "store": {"confirms": {"readyInMinutes": 20}}},
        {"when": "confirmed", "after": "5m", "customer": "cancels"}
    ]}"#;
    let world = live("pix-delivery", steps);
    ends(&world, OrderStatus::Refunded);
    assert_eq!(money_kept(&world), Money::ZERO);
    store_got(&world, "ORDER_CANCELLED", 1);
}

#[test]
fn every_refusal_saves_nothing() {
    let folder = format!("{}/../examples/orders", env!("CARGO_MANIFEST_DIR"));
    let mut refused = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name
            .strip_suffix(".json")
            .filter(|name| name.starts_with("refused-"))
        else {
            continue;
        };
        let mut world = World::new(Script::default(), 7).unwrap();
        let order = serde_json::from_str(&example("orders", name)).unwrap();
        let error = world.place(&order).expect_err(name);
        assert!(error.to_string().contains(": "), "{error}");
        world.run().unwrap();
        assert!(world.executions().is_empty(), "{name} started a workflow");
        assert!(
            world.outside.provider.charges().is_empty(),
            "{name} was charged"
        );
        refused += 1;
    }
    assert!(refused >= 6, "only {refused} refusals are shown");
}
