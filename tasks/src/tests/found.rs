//! Faults that orders in bad weather (`comanda simulate`) found in these handlers, each told again by itself and by name.

use std::sync::{Arc, Mutex};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    inbox::{News, NewsKind},
    money::Money,
    order::{
        Actor, Order, OrderEvent, OrderStatus, PaymentMethod, PaymentStatus, Reason, Source,
        WaitingFor,
    },
    payment::{Charge, RefundIntent, RefundState},
    people::{ChannelAddress, PersonName},
    tables::{REFUNDS, Row, from_item, to_item},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    fixture::{CUSTOMER, Step, call, first_try, key, last_charge, order, reference, token, world},
    races::{accept, close, paid, paid_order, refund_due, request_payment, run},
};
use crate::{
    casefile::refund_request,
    customers::{EraseRefusal, NewCustomer, Operation, create_customer, erase_customer},
    fault::Failure,
    ports::{
        Change, ChargeMethod, Ports, SyncEnd,
        intercept::{Call, Fate, Interceptor, ProviderCall, intercepted},
    },
    raise::close as close_alarm,
    registry::{InvocationError, OUTAGE, invoke},
    rows::{CheckoutRow, NotificationRow},
    testing::{TokenState, World, block_on},
};

/// Somebody else's doing, just before the first call of a kind.
struct Before {
    call: fn(&Call<'_>) -> bool,
    does: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Interceptor for Before {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if (self.call)(call) {
            let does = self.does.lock().unwrap().take();
            if let Some(does) = does {
                does();
            }
        }
        Fate::Proceed
    }
}

pub(super) fn before(
    world: &World,
    call: fn(&Call<'_>) -> bool,
    does: impl FnOnce() + Send + 'static,
) -> Ports {
    let does = Mutex::new(Some(Box::new(does) as Box<dyn FnOnce() + Send>));
    intercepted(&world.ports(), Arc::new(Before { call, does }))
}

fn invoked(ports: &Ports, task: &str, input: &Value) -> Result<Value, InvocationError> {
    block_on(invoke(ports, call(task, input, None)))
}

fn confirm(ports: &Ports) -> Result<Value, InvocationError> {
    let input = json!({ "order": key(), "by": "SYSTEM", "readyInMinutes": null });
    let call = call("ConfirmOrder", &input, None);
    block_on(invoke(ports, first_try(call)))
}

fn rows<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(&row).unwrap()).collect()
}

/// A cash order that is taken and not confirmed yet.
fn taken() -> World {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept()]);
    world
}

#[test]
fn two_who_say_one_message_at_the_same_time_say_it_once() {
    let world = taken();
    let (other, came_of_it) = (world.ports(), Arc::new(Mutex::new(None)));
    let noted = came_of_it.clone();
    let ports = before(
        &world,
        |call| matches!(call, Call::Message(_)),
        move || *noted.lock().unwrap() = Some(confirm(&other)),
    );
    confirm(&ports).unwrap();
    let second = came_of_it.lock().unwrap().take().expect("it came between");
    assert_eq!(
        second.unwrap_err().error_type,
        OUTAGE,
        "it comes again later"
    );
    assert_eq!(world.channel.received(CUSTOMER).len(), 1);
}

/// A try of settling a payment is slow, and is given up; the next one goes on with the provider's event, and the order is
/// confirmed. Then the first one reads the same payment.
#[test]
fn what_a_try_keeps_after_the_order_went_on_without_it_is_followed() {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept(), request_payment(1, "PIX")]);
    let world = Arc::new(world);
    let other = world.clone();
    let settle = || Step::Call("SettlePayment", json!(key()));
    let slow = before(
        &world,
        |call| matches!(call, Call::Provider(ProviderCall::FindCharges)),
        move || {
            run(&other, &[Step::Hear("evt_1", paid), settle()]);
            confirm(&other.ports()).unwrap();
        },
    );
    block_on(settle().take(&world, &slow, (5, 0))).unwrap();
    let inbox: Vec<News> = rows(&world);
    let unheard = inbox.iter().filter(|news| news.acknowledged_at.is_none());
    assert_eq!((inbox.len(), unheard.count()), (2, 0));
    assert_eq!(rows::<RefundIntent>(&world).len(), 0);
}

/// While the first of an order's texts is on its way the store reports the next status: whoever is speaking says that as well.
#[test]
fn what_is_noted_while_another_speaks_is_said_by_them() {
    let world = paid_order(&json!({ "requiresConfirmation": false }));
    let said = world.channel.texts(CUSTOMER).len();
    let other = world.ports();
    let ports = before(
        &world,
        |call| matches!(call, Call::Message(_)),
        move || {
            let report = json!({
                "order": key(), "status": "PREPARING", "by": "RESTAURANT", "eventId": "pos-1",
                "readyInMinutes": null,
            });
            let applied = invoked(&other, "ApplyStatus", &report).unwrap();
            let notice = &applied["applied"]["notice"];
            invoked(&other, "NotifyStatus", notice).unwrap();
        },
    );
    confirm(&ports).unwrap();
    let told = world.channel.texts(CUSTOMER);
    assert_eq!(told.len(), said + 2, "{told:?}");
    assert!(told[said].contains("Seu pagamento"), "{told:?}");
    assert!(told[said + 1].contains("sendo preparado"), "{told:?}");
}

/// The refund is over before whoever started it has gone on: the promise comes before its fulfilment all the same.
#[test]
fn that_money_goes_back_is_told_before_that_it_is_back() {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        close("PAYMENT_EXPIRED"),
    ];
    run(&world, &steps);
    let elsewhere = world.clone();
    let ports = before(
        &world,
        |call| matches!(call, Call::Start("refund", _)),
        move || {
            let request = json!(refund_request(&rows::<RefundIntent>(&elsewhere)[0]));
            money_goes_back(&elsewhere, &request);
            run(&elsewhere, &[Step::Call("RecordRefund", request)]);
        },
    );
    let late = Step::Hear("evt_1", paid);
    block_on(late.take(&world, &ports, (3, 0))).unwrap();
    let told = world.channel.texts(CUSTOMER);
    let at = |part: &str| told.iter().position(|text| text.contains(part));
    let promised = at("Vamos devolver");
    assert!(promised < at("foi reembolsado"), "{told:?}");
}

/// Whether a call claims a message.
fn is_claim(call: &Call<'_>) -> bool {
    let Call::Write(writes) = call else {
        return false;
    };
    let claim =
        |change: &Change| matches!(change, Change::Put(row) if row.contains_key("claimedUntil"));
    writes.iter().any(|write| claim(&write.change))
}

/// It claimed the message and was frozen until the claim was over.
#[test]
fn who_was_held_up_past_its_claim_does_not_speak() {
    let world = taken();
    let clock = world.clock.clone();
    let ports = before(&world, is_claim, move || {
        clock.advance(SignedDuration::from_secs(60));
    });
    assert_eq!(confirm(&ports).unwrap_err().error_type, OUTAGE);
    assert!(world.channel.received(CUSTOMER).is_empty());
    confirm(&world.ports()).unwrap();
    assert_eq!(world.channel.received(CUSTOMER).len(), 1);
}

#[test]
fn a_status_that_the_order_has_left_meanwhile_is_not_told() {
    let world = taken();
    let elsewhere = world.clone();
    let ports = before(&world, is_claim, move || {
        let confirmed = order(&elsewhere);
        let reason = Reason::new(Actor::Restaurant, confirmed.updated_at(), "na cozinha");
        let prepared = confirmed
            .apply(reason, |order| order.move_to(OrderEvent::Prepare))
            .unwrap();
        elsewhere
            .store
            .seed(Order::TABLE, to_item(&prepared).unwrap());
    });
    confirm(&ports).unwrap();
    assert!(world.channel.received(CUSTOMER).is_empty());
}

/// A paid order that its store turned down, and its refund.
fn turned_down() -> (World, Value) {
    let world = world("PIX", &json!({}));
    let request = refund_due(&world, "PIX");
    (world, request)
}

fn refunded(world: &World) -> NewsKind {
    let truth = last_charge(world);
    NewsKind::Refunded {
        charge_id: truth.charge.id,
        refunded: truth.refunded,
        charged: Some(truth.charge.amount),
    }
}

fn money_goes_back(world: &World, request: &Value) {
    run(world, &[Step::Ask("RequestRefund", request.clone())]);
    let charge = last_charge(world).charge.id;
    world.provider.settle_refunds(&charge, true);
}

#[test]
fn a_refund_that_ends_after_its_workflow_gave_it_up_is_recorded_and_told() {
    let (world, request) = turned_down();
    run(&world, &[Step::Call("MarkRefundBlocked", request.clone())]);
    money_goes_back(&world, &request);
    run(&world, &[Step::Hear("evt_2", refunded)]);
    assert_eq!(rows::<RefundIntent>(&world)[0].state, RefundState::Done);
    let order = order(&world);
    assert_eq!(
        (order.status(), order.payment_status()),
        (OrderStatus::Refunded, PaymentStatus::Refunded)
    );
    let told = rows::<NotificationRow>(&world);
    assert!(told.iter().any(|row| row.kind == "STATUS#REFUNDED"));
}

/// Another recorded it between the reading of the order and that of the refund.
#[test]
fn who_finds_a_refund_recorded_tells_of_the_order_as_it_is_by_then() {
    let (world, request) = turned_down();
    money_goes_back(&world, &request);
    let (other, the_same) = (world.ports(), request.clone());
    let ports = before(
        &world,
        |call| match call {
            Call::Get(table, _) => table.name == REFUNDS.name,
            Call::Query(query) => query.table.name == REFUNDS.name,
            _ => false,
        },
        move || {
            invoked(&other, "RecordRefund", &the_same).unwrap();
        },
    );
    invoked(&ports, "RecordRefund", &request).unwrap();
    let kinds: Vec<String> = rows::<NotificationRow>(&world)
        .into_iter()
        .map(|row| row.kind)
        .filter(|kind| kind.contains("REFUND"))
        .collect();
    assert_eq!(kinds, ["STATUS#REFUNDED"]);
}

/// The customer paid another amount, and what is heard first is that it went back.
#[test]
fn a_refund_proves_what_came_in_and_not_what_was_asked() {
    let world = world("PIX", &json!({}));
    run(
        &world,
        &[
            accept(),
            request_payment(1, "PIX"),
            close("PAYMENT_EXPIRED"),
        ],
    );
    let asked = last_charge(&world).charge;
    let came = asked.amount.checked_sub(Money::from_centavos(100)).unwrap();
    world.provider.pay(&asked.id, came);
    run(
        &world,
        &[Step::Hear("evt_1", |world: &World| NewsKind::Refunded {
            charge_id: last_charge(world).charge.id,
            refunded: last_charge(world).captured,
            charged: Some(last_charge(world).captured),
        })],
    );
    let evidence = rows::<Charge>(&world)[0].evidence;
    assert_eq!((evidence.captured, evidence.refunded), (came, came));
    assert_eq!(order(&world).money_held(), Money::ZERO);
}

/// The customer chose another way, and the event of the charge that we delete comes while the next one is being made.
#[test]
fn a_charge_that_another_attempt_replaces_is_no_failure_of_that_attempt() {
    let world = world("PIX", &json!({}));
    let chosen: fn(&World) -> NewsKind = |_| NewsKind::MethodChosen {
        method: PaymentMethod::Credit,
        attempt: 1,
    };
    run(
        &world,
        &[
            accept(),
            request_payment(1, "PIX"),
            Step::Hear("choice_1", chosen),
        ],
    );
    let elsewhere = world.clone();
    let ports = before(
        &world,
        |call| matches!(call, Call::Provider(ProviderCall::CreateCharge)),
        move || {
            let deleted: fn(&World) -> NewsKind = |world| NewsKind::ChargeDeleted {
                charge_id: last_charge(world).charge.id,
            };
            run(&elsewhere, &[Step::Hear("evt_1", deleted)]);
        },
    );
    let step = request_payment(2, "CREDIT");
    block_on(step.take(&world, &ports, (9, 0))).unwrap();
    assert_eq!(world.workflows.token(&token(9, 0)), Some(TokenState::Open));
    let (order, made) = (order(&world), last_charge(&world).charge);
    assert_eq!(order.payment_id, Some(made.id));
    assert!(!made.deleted);
}

fn is_transaction(call: &Call<'_>) -> bool {
    matches!(call, Call::Write(writes) if writes.len() > 1)
}

pub(super) fn report(status: &str, event: &str) -> Value {
    json!({
        "order": key(), "status": status, "by": "RESTAURANT", "reason": null, "eventId": event, "readyInMinutes": null,
    })
}

/// A person has the unpaid order and cancels it in the moment in which the money comes.
#[test]
fn money_that_comes_with_a_cancel_goes_back() {
    let world = world("PIX", &json!({}));
    let person = json!({ "order": key(), "reason": "UNEXPECTED" });
    run(
        &world,
        &[
            accept(),
            request_payment(1, "PIX"),
            Step::Call("CallPerson", person),
        ],
    );
    let other = world.ports();
    let ports = before(&world, is_transaction, move || {
        invoked(&other, "ApplyStatus", &report("CANCELLED", "pos-1")).unwrap();
    });
    let heard = block_on(Step::Hear("evt_1", paid).take(&world, &ports, (9, 0)));
    assert_eq!(heard.unwrap(), json!("CarriedOut"));
    let order = order(&world);
    assert_eq!(
        (order.status(), order.waiting_for),
        (OrderStatus::Cancelled, Some(WaitingFor::Refund))
    );
    assert_eq!(rows::<RefundIntent>(&world)[0].amount, order.total);
    let started = world.workflows.started();
    assert!(started.iter().any(|begun| begun.workflow == "refund"));
}

/// A try of asking for a payment is slow. Its customer chooses another way to pay meanwhile, and is asked for that: what the slow one
/// then finds at the provider is not its own to take back.
#[test]
fn a_slow_try_takes_back_nothing_of_the_next() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept(), request_payment(1, "PIX")]);
    let world = Arc::new(world);
    let other = world.clone();
    let slow = before(
        &world,
        |call| matches!(call, Call::Provider(ProviderCall::FindCharges)),
        move || {
            let chosen: fn(&World) -> NewsKind = |_| NewsKind::MethodChosen {
                method: PaymentMethod::Credit,
                attempt: 1,
            };
            let ports = other.ports();
            block_on(Step::Hear("choice_1", chosen).take(&other, &ports, (3, 0))).unwrap();
            block_on(request_payment(2, "CREDIT").take(&other, &ports, (4, 0))).unwrap();
        },
    );
    block_on(request_payment(1, "PIX").take(&world, &slow, (2, 0))).unwrap();
    let charges = world.provider.charges().into_iter();
    let charges = charges.map(|truth| (truth.charge.method, truth.charge.deleted));
    let expected = [(ChargeMethod::Pix, true), (ChargeMethod::Card, false)];
    assert_eq!(charges.collect::<Vec<_>>(), expected);
    let told = last_charge(&world).charge.id;
    assert_eq!(order(&world).payment_id, Some(told));
}

/// Whose write loses against any other change of the order looks again.
#[test]
fn news_that_nothing_follows_from_is_noted_though_the_order_changes_meanwhile() {
    let world = paid_order(&json!({ "requiresConfirmation": false }));
    confirm(&world.ports()).unwrap();
    let other = world.ports();
    let ports = before(&world, is_transaction, move || {
        invoked(&other, "ApplyStatus", &report("PREPARING", "pos-1")).unwrap();
    });
    let failed: fn(&World) -> NewsKind = |world| NewsKind::PaymentFailed {
        charge_id: last_charge(world).charge.id,
        reason: "CAPTURE_REFUSED".into(),
    };
    block_on(Step::Hear("evt_2", failed).take(&world, &ports, (9, 0))).unwrap();
    assert_eq!(order(&world).status(), OrderStatus::Preparing);
    assert!(unheard(&world).is_empty(), "{:?}", unheard(&world));
}

pub(super) fn unheard(world: &World) -> Vec<News> {
    let mut news = rows::<News>(world);
    news.retain(|piece| piece.acknowledged_at.is_none());
    news
}

/// The step read the provider first, and the event comes after.
#[test]
fn the_event_of_a_refund_that_is_recorded_is_taken_note_of() {
    let (world, request) = turned_down();
    money_goes_back(&world, &request);
    invoked(&world.ports(), "RecordRefund", &request).unwrap();
    run(&world, &[Step::Hear("evt_2", refunded)]);
    assert!(unheard(&world).is_empty(), "{:?}", unheard(&world));
}

/// What `order-status` was kept from by an outage comes again: nothing is wrong that a person must see.
#[test]
fn a_report_that_an_outage_cut_short_is_an_outage() {
    let world = taken();
    confirm(&world.ports()).unwrap();
    for (error, is_outage) in [
        (OUTAGE, true),
        ("States.Timeout", true),
        ("Unexpected", false),
    ] {
        world.workflows.next_sync_end(SyncEnd::Failed {
            error: error.into(),
            cause: String::new(),
        });
        let cancelled: fn(&World) -> NewsKind = |_| NewsKind::CancelRequested {
            by: Actor::Customer,
            reason: None,
        };
        let ports = world.ports();
        let heard = block_on(Step::Hear("cancel_1", cancelled).take(&world, &ports, (9, 0)));
        let name = heard.unwrap_err().error_type;
        assert_eq!(name == OUTAGE, is_outage, "{error}: {name}");
    }
}

/// The order was saved and its answer was lost: nothing is to be paid for it.
#[test]
fn an_order_that_was_saved_and_refused_waits_for_no_payment() {
    let world = world("PIX", &json!({}));
    run(
        &world,
        &[accept(), Step::Call("RefuseOrder", json!(reference()))],
    );
    let order = order(&world);
    assert_eq!(
        (order.status(), order.payment_status()),
        (OrderStatus::Cancelled, PaymentStatus::Cancelled)
    );
}

/// A sweep that finds a checkout whose order lives has refused nothing, and says nothing of it.
#[test]
fn a_checkout_whose_order_lives_is_not_counted_as_refused() {
    let world = taken();
    confirm(&world.ports()).unwrap();
    // As a sweep reads it that began before the order was saved.
    let saved = rows::<CheckoutRow>(&world).remove(0);
    let open = CheckoutRow {
        is_order: false,
        ..saved
    };
    world
        .store
        .seed(CheckoutRow::TABLE, to_item(&open).unwrap());
    world.clock.advance(SignedDuration::from_mins(20));
    let walk = super::fixture::walk("CHECKOUTS", None);
    let walked = invoked(&world.ports(), "SweepPage", &walk).unwrap();
    assert_eq!(
        (&walked["lookedAt"], &walked["healed"]),
        (&json!(1), &json!(0))
    );
    assert!(rows::<Exception>(&world).is_empty());
}

/// What people write of themselves is kept where an erasure empties it: in no history, and in no execution's input.
#[test]
fn what_a_customer_writes_in_a_cancel_stays_in_the_inbox() {
    let world = taken();
    confirm(&world.ports()).unwrap();
    let cancelled: fn(&World) -> NewsKind = |_| NewsKind::CancelRequested {
        by: Actor::Customer,
        reason: Some("sou a Maria, mudei para a Rua X 12".into()),
    };
    let report = json!({
        "order": key(), "status": "CANCELLED", "by": "CUSTOMER", "eventId": "cancel_1", "readyInMinutes": null,
    });
    run(
        &world,
        &[
            Step::Hear("cancel_1", cancelled),
            Step::Call("ApplyStatus", report),
        ],
    );
    let order = order(&world);
    assert_eq!(order.status(), OrderStatus::Cancelled);
    assert!(!json!(order).to_string().contains("Maria"));
    let started = world.workflows.started();
    assert_eq!(started.len(), 1);
    assert!(!started[0].input.to_string().contains("Maria"));
    let told = world.queue.messages();
    let told = &told.last().expect("the store is told").body;
    assert!(told.contains("sou a Maria"), "{told}");
}

/// The customer is erased between the reading of their record and the saving of their order: it is somebody new's.
#[test]
fn an_order_is_not_saved_by_a_record_that_is_erased_meanwhile() {
    let world = world("CASH", &json!({}));
    let operation = Operation::new(&key().client_id, &key().store_id, "m1");
    let person = NewCustomer {
        address: ChannelAddress::new(CUSTOMER).unwrap(),
        name: PersonName::parse("Ana Souza").unwrap(),
        cpf: None,
        source: Source::WhatsappBot,
        id: None,
    };
    let made = block_on(create_customer(&world.ports(), &operation, &person)).unwrap();
    let (other, id) = (world.ports(), made.customer_id.clone());
    let ports = before(&world, is_transaction, move || {
        block_on(erase_customer(&other, &operation, &id)).unwrap();
    });
    invoked(&ports, "AcceptOrder", &json!(reference())).unwrap();
    assert_ne!(order(&world).customer_id, made.customer_id);
}

/// A paid order of a customer who is on record, turned down by the store: the refund that is due, and how they are erased.
fn owed_to_a_customer() -> (
    World,
    Value,
    impl Fn(&World) -> Result<(), Failure<EraseRefusal>>,
) {
    let world = world("PIX", &json!({}));
    let (tenant, store) = (reference().client_id, reference().store_id);
    let operation = Operation::new(&tenant, &store, "erase".to_owned());
    let person = NewCustomer {
        address: ChannelAddress::new(CUSTOMER).unwrap(),
        name: PersonName::parse("Ana Souza").unwrap(),
        cpf: None,
        source: Source::WhatsappBot,
        id: None,
    };
    let made = block_on(create_customer(&world.ports(), &operation, &person)).unwrap();
    let request = refund_due(&world, "PIX");
    assert_eq!(order(&world).customer_id, made.customer_id);
    let erase = move |world: &World| {
        let ports = world.ports();
        block_on(erase_customer(&ports, &operation, &made.customer_id)).map(drop)
    };
    (world, request, erase)
}

/// Whoever was promised money is told when it is back, and only then forgotten.
#[test]
fn a_customer_whose_money_is_here_is_not_erased_before_it_is_back() {
    let (world, request, erase) = owed_to_a_customer();
    let refused = Err(Failure::Refused(EraseRefusal::MoneyOwed("0001".to_owned())));
    assert_eq!(erase(&world), refused);
    money_goes_back(&world, &request);
    run(&world, &[Step::Call("RecordRefund", request)]);
    assert_eq!(erase(&world), Ok(()));
}

/// An alarm that was about another refund says nothing about this one.
#[test]
fn a_closed_alarm_of_another_refund_lets_nobody_be_erased() {
    let (world, _, erase) = owed_to_a_customer();
    let now = crate::ports::Clock::now(world.clock.as_ref());
    let detail = "the provider refused it";
    let known = Exception::of_order(&order(&world), ExceptionKind::RefundDenied, detail, now);
    let closed = Exception {
        state: ExceptionState::Closed,
        ..known
    };
    world
        .store
        .seed(Exception::TABLE, to_item(&closed).unwrap());
    let refused = Err(Failure::Refused(EraseRefusal::MoneyOwed("0001".to_owned())));
    assert_eq!(erase(&world), refused);
}

/// A person has given it back in another way, and says so by closing the alarm. What comes of it later is told to nobody.
#[test]
fn a_customer_whom_a_person_has_paid_can_be_erased() {
    let (world, request, erase) = owed_to_a_customer();
    let denied = json!({ "order": key(), "reason": "REFUND_DENIED", "refund": request });
    run(&world, &[Step::Call("CallPerson", denied)]);
    erase(&world).unwrap_err();
    let of = (
        &reference().client_id,
        "order_1",
        ExceptionKind::RefundDenied,
    );
    let now = crate::ports::Clock::now(world.clock.as_ref());
    block_on(close_alarm(&world.ports(), of, "transferred", now)).unwrap();
    assert_eq!(erase(&world), Ok(()));
    let noted = rows::<NotificationRow>(&world).len();
    run(&world, &[Step::Call("RecordRefund", request)]);
    assert_eq!(order(&world).status(), OrderStatus::Refunded);
    assert_eq!(rows::<NotificationRow>(&world).len(), noted);
}
