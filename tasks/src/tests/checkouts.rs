//! Checkouts that become no order: refused once, told once, and not pending for ever.

use comanda_domain::{checkout::Refusal, order::OrderStatus, tables::from_item};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::fixture::{CUSTOMER, call, order, reference, world};
use crate::{
    registry::{InvocationError, invoke},
    rows::CheckoutRow,
    testing::{World, block_on},
};

fn task(world: &World, name: &str, input: &Value) -> Result<Value, InvocationError> {
    block_on(invoke(&world.ports(), call(name, input, None)))
}

fn checkout(world: &World) -> CheckoutRow {
    let mut rows = world.store.rows(&comanda_domain::tables::CHECKOUTS);
    from_item(&rows.remove(0)).unwrap()
}

fn sweep(world: &World) -> Walk {
    let walk = super::fixture::walk("CHECKOUTS", None);
    serde_json::from_value(task(world, "SweepPage", &walk).unwrap()).unwrap()
}

/// Our fault is a refusal like any other: written before it is told, and no order comes of the checkout afterwards.
#[test]
fn an_order_that_we_could_not_register_is_refused_once_and_for_good() {
    let world = world("PIX", &json!({}));
    for _ in 0..2 {
        task(&world, "RefuseOrder", &json!(reference())).unwrap();
    }
    let told = world.channel.texts(CUSTOMER);
    assert_eq!(told, [Refusal::NotRegistered.message()]);
    let noted = checkout(&world);
    assert_eq!(noted.refused_for().unwrap(), Some(Refusal::NotRegistered));
    assert!(noted.request.is_null(), "who it was is forgotten");
    let late = task(&world, "AcceptOrder", &json!(reference())).expect_err("refused");
    assert_eq!(late.error_type, "AcceptOrderError.NotRegistered");
    assert!(world.store.rows(&comanda_domain::tables::ORDERS).is_empty());
}

#[test]
fn a_checkout_without_an_order_is_refused_by_the_sweep() {
    let world = world("PIX", &json!({}));
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(sweep(&world).healed, 0, "its execution may still be at it");
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(sweep(&world).healed, 1);
    assert_eq!(
        world.channel.texts(CUSTOMER),
        [Refusal::NotRegistered.message()]
    );
    let again = sweep(&world);
    assert_eq!((again.healed, again.looked_at), (0, 0));
}

#[test]
fn a_refusal_that_nobody_was_told_is_told_by_the_sweep() {
    let world = world("DEBIT", &json!({}));
    let refused = task(&world, "AcceptOrder", &json!(reference())).expect_err("refused");
    assert_eq!(refused.error_type, "AcceptOrderError.MethodNotAccepted");
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(sweep(&world).healed, 1);
    let told = world.channel.texts(CUSTOMER);
    assert!(told[0].contains("cartão de débito"), "{told:?}");
}

#[test]
fn the_sweep_leaves_orders_alone() {
    let world = world("PIX", &json!({}));
    task(&world, "AcceptOrder", &json!(reference())).unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(sweep(&world).looked_at, 0);
    assert_eq!(order(&world).status(), OrderStatus::Pending);
}
