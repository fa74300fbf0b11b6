//! What people want of an order over HTTP: to call it off, or to pay in another way.

use comanda_domain::{
    inbox::{News, NewsId, NewsKind},
    order::{Actor, OrderEvent as E, PaymentMethod},
    store::DiscountRule,
};
use serde_json::json;

use super::{
    api::{a_request, code, place},
    *,
};
use crate::{
    api::{self, CancelRequest, MethodRequest},
    http::Answer,
    ports::SyncEnd,
    testing::TokenState,
};

fn cancel(world: &World, name: &str) -> Answer {
    let request = CancelRequest {
        by: Actor::Customer,
        reason: Some("Demorou demais".into()),
    };
    block_on(api::cancel_order(&world.ports(), &shop(), name, request))
}

#[test]
fn a_cancel_reaches_the_waiting_step() {
    let world = world_with(&handed_over());
    let answer = cancel(&world, "1");
    assert_eq!(answer.status, 202);
    let expected = TokenState::Succeeded(json!("news"));
    assert_eq!(world.workflows.token(STEP), Some(expected));
    assert_eq!(cancel(&world, "1").status, 202);
    assert_eq!(rows::<News>(&world).len(), 1, "one wish");
}

#[test]
fn a_cancel_is_carried_out_where_no_workflow_runs() {
    let world = world_with(&moved(&handed_over(), E::Confirm));
    assert_eq!(cancel(&world, ORDER).status, 202);
    let started = world.workflows.started();
    assert_eq!(started[0].workflow, "order-status");
    assert_eq!(started[0].input["status"], "CANCELLED");
    assert_eq!(started[0].input["by"], "CUSTOMER");
}

/// It may be cancelled by now, with only the message missing: nothing was lost, and it may be said again.
#[test]
fn a_cancel_whose_workflow_met_an_outage_is_to_be_sent_again() {
    for (error, status) in [
        ("Outage", 503),
        ("States.Timeout", 503),
        ("Unexpected", 500),
    ] {
        let world = world_with(&moved(&handed_over(), E::Confirm));
        world.workflows.next_sync_end(SyncEnd::Failed {
            error: error.into(),
            cause: String::new(),
        });
        assert_eq!(cancel(&world, ORDER).status, status, "{error}");
    }
}

#[test]
fn a_cancel_comes_too_late_or_is_done_already() {
    let delivered = [
        E::Confirm,
        E::Prepare,
        E::MakeReady,
        E::Dispatch,
        E::Deliver,
    ];
    let delivered = delivered
        .into_iter()
        .fold(handed_over(), |order, event| moved(&order, event));
    let answer = cancel(&world_with(&delivered), ORDER);
    assert_eq!(code(&answer), (409, "ORDER_NOT_CANCELLABLE".to_owned()));
    let cancelled = world_with(&moved(&charged(), E::Cancel));
    for _ in 0..2 {
        // The call before may have failed half-way, so that it is gone through again.
        assert_eq!(cancel(&cancelled, ORDER).status, 200);
        assert_eq!(rows::<News>(&cancelled).len(), 1, "one wish");
    }
    assert_eq!(cancel(&cancelled, "order_unknown").status, 404);
    assert_eq!(rows::<News>(&cancelled).len(), 1, "nothing half-saved");
}

/// Found by `comanda simulate`: the call failed right behind keeping the wish, and is made again when the order is delivered.
#[test]
fn a_cancel_that_was_kept_in_time_and_said_again_too_late_is_noted() {
    let on_its_way = [E::Confirm, E::Prepare, E::MakeReady, E::Dispatch];
    let on_its_way = on_its_way
        .into_iter()
        .fold(handed_over(), |order, event| moved(&order, event));
    let world = world_with(&on_its_way);
    let kind = NewsKind::CancelRequested {
        by: Actor::Customer,
        reason: None,
    };
    let id = NewsId::new("cancel-customer").expect("an id");
    let (tenant, order) = (&on_its_way.client_id, &on_its_way.order_id);
    put(&world, &News::heard(tenant, order, id, kind, at(OPEN)));
    put(&world, &moved(&on_its_way, E::Deliver));
    let answer = cancel(&world, ORDER);
    assert_eq!(code(&answer), (409, "ORDER_NOT_CANCELLABLE".to_owned()));
    let kept = rows::<News>(&world);
    assert_eq!(kept.len(), 1);
    assert!(kept[0].acknowledged_at.is_some(), "{kept:?}");
}

/// Found by `comanda simulate`: the process died between the cancel and what followed from it.
#[test]
fn a_cancel_that_was_left_half_done_is_carried_on_when_it_is_said_again() {
    let world = world_with(&moved(&handed_over(), E::Cancel));
    assert_eq!(cancel(&world, ORDER).status, 200);
    let started = world.workflows.started();
    assert_eq!(started[0].workflow, "order-status");
    assert_eq!(started[0].input["status"], "CANCELLED");
}

#[test]
fn a_cancel_waits_for_an_order_that_is_being_accepted() {
    let world = world();
    place(&world, &a_request().to_string());
    assert_eq!(cancel(&world, "checkout-1").status, 202);
    let heard = rows::<News>(&world);
    assert!(matches!(heard[0].news, NewsKind::CancelRequested { .. }));
}

#[test]
fn nobody_cancels_in_the_name_of_our_rules_or_of_the_provider() {
    let world = world_with(&handed_over());
    for by in [Actor::System, Actor::Provider] {
        let request = CancelRequest { by, reason: None };
        let answer = block_on(api::cancel_order(&world.ports(), &shop(), ORDER, request));
        assert_eq!(answer.status, 400, "{:?}", answer.body);
    }
    assert!(
        rows::<News>(&world)
            .iter()
            .all(|news| { !matches!(news.news, NewsKind::CancelRequested { .. }) })
    );
}

#[test]
fn cancelling_survives_a_crash_at_any_call() {
    check_crashes(
        || world_with(&handed_over()),
        async |ports: &Ports| {
            let request = CancelRequest {
                by: Actor::Restaurant,
                reason: None,
            };
            api::cancel_order(ports, &shop(), ORDER, request).await
        },
    );
}

fn choose(world: &World, method: PaymentMethod) -> Answer {
    let request = MethodRequest {
        payment_method: method,
    };
    block_on(api::choose_payment_method(
        &world.ports(),
        &shop(),
        ORDER,
        request,
    ))
}

#[test]
fn another_way_to_pay_is_chosen_once_for_each_attempt() {
    let world = world_with(&charged());
    assert_eq!(
        choose(&world, PaymentMethod::Pix).status,
        200,
        "charged so already"
    );
    for refused in [PaymentMethod::Debit, PaymentMethod::Cash] {
        let answer = choose(&world, refused);
        assert_eq!(code(&answer), (422, "METHOD_NOT_ACCEPTED".to_owned()));
    }
    assert_eq!(rows::<News>(&world).len(), 0);
    assert_eq!(choose(&world, PaymentMethod::Credit).status, 202);
    let expected = json!({"methodChosen": {"newsId": "method-1", "method": "CREDIT"}});
    assert_eq!(
        world.workflows.token(STEP),
        Some(TokenState::Succeeded(expected))
    );
    assert_eq!(choose(&world, PaymentMethod::Credit).status, 202);
    for order in [handed_over(), moved(&charged(), E::Cancel)] {
        let answer = choose(&world_with(&order), PaymentMethod::Credit);
        assert_eq!(code(&answer), (409, "PAYMENT_NOT_AWAITED".to_owned()));
    }
}

/// A tenth less with these methods; the order as it was priced for this method, and charged. The store has ended its rule since.
fn discounted(method: PaymentMethod, methods: &[&str]) -> World {
    let rule =
        json!({ "off": { "percent": 10 }, "minimumSubtotal": 1_000, "paymentMethods": methods });
    let rule: DiscountRule = serde_json::from_value(rule).expect("a rule");
    world_with(&changed(&charged(), |order| {
        let off = rule.discount(order.subtotal, method).expect("a sum");
        order.payment_method = method;
        order.discount = off;
        order.discount_rule = Some(rule).filter(|_| off > Money::ZERO);
        order.total = order.subtotal.checked_sub(off).expect("a total");
    }))
}

#[test]
fn a_discount_for_one_method_is_not_taken_along_to_another() {
    let world = discounted(PaymentMethod::Pix, &["PIX"]);
    let answer = choose(&world, PaymentMethod::Credit);
    assert_eq!(code(&answer), (422, "METHOD_CHANGES_PRICE".to_owned()));
    assert_eq!(rows::<News>(&world).len(), 0);
    assert_eq!(choose(&world, PaymentMethod::Pix).status, 200);
    let dearer = discounted(PaymentMethod::Credit, &["PIX"]);
    assert_eq!(choose(&dearer, PaymentMethod::Pix).status, 202);
}

/// Whatever the store's rule is by now: it locks nobody into a method.
#[test]
fn a_discount_for_all_methods_is_taken_along() {
    let world = discounted(PaymentMethod::Pix, &[]);
    assert_eq!(choose(&world, PaymentMethod::Credit).status, 202);
}
