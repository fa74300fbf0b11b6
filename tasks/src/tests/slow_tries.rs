//! A try that the order went on without undoes nothing of what came after it; and what a try left half done is the next one's.

use std::sync::Arc;

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::ChargeId,
    inbox::NewsKind,
    money::Money,
    order::{OrderStatus, PaymentMethod, WaitingFor},
    payment::RefundIntent,
    tables::{CHECKOUTS, NOTIFICATIONS},
};
use comanda_dsl::Task;
use comanda_workflows::contracts::ConfirmOrder;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    decisions::ask,
    fixture::{CUSTOMER, Step, call, key, last_charge, news, order, reference, token, world},
    found::{before, report, unheard},
    races::{accept, cancel, close, confirm, hand_over, paid, refund_due, request_payment, run},
    reconciliation::{pass, rows, sweep, sweep_through},
    telling::away,
};
use crate::{
    ports::{
        Account, ChargeMethod, Environment, NewCharge, NewPayer,
        intercept::{Call, Fate, Interceptor, ProviderCall, intercepted},
    },
    registry::{OUTAGE, invoke},
    rows::put_if_absent,
    testing::{TokenState, World, block_on},
};

fn offer(attempt: u32) -> Step {
    Step::Ask(
        "OfferAnotherMethod",
        json!({ "order": key(), "attempt": attempt, "reason": "CAPTURE_REFUSED" }),
    )
}

fn chosen(method: PaymentMethod, attempt: u32) -> NewsKind {
    NewsKind::MethodChosen { method, attempt }
}

fn account() -> Account {
    Account {
        api_key: "key".into(),
        environment: Environment::Local,
    }
}

/// Step Functions has gone on without it: nobody would hear what it did, and what was refused meanwhile would be done all the same.
#[test]
fn a_try_that_was_given_up_reaches_nobody_any_more() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept()]);
    let confirm = confirm();
    let seconds = <ConfirmOrder as Task>::TIMEOUT_SECONDS;
    for (slow, ends) in [(seconds - 1, true), (seconds, false)] {
        let clock = world.clock.clone();
        let ports = before(
            &world,
            |call| matches!(call, Call::Get(..)),
            move || clock.advance(SignedDuration::from_secs(slow.into())),
        );
        let before = order(&world);
        let ended = block_on(confirm.take(&world, &ports, (1, 0)));
        if ends {
            ended.expect("in time");
            run(&world, &[]);
        } else {
            assert_eq!(ended.unwrap_err().error_type, OUTAGE);
            assert_eq!(order(&world), before);
        }
    }
}

/// A try of an attempt that was paid meanwhile registers its token, which is dead, over the store's wait: nobody would hear the
/// store's yes.
#[test]
fn a_slow_try_of_asking_for_money_leaves_the_store_s_wait_alone() {
    for slow in [request_payment(1, "PIX"), offer(1)] {
        let world = world("PIX", &json!({}));
        let steps = [
            accept(),
            request_payment(1, "PIX"),
            Step::Hear("evt_1", paid),
            hand_over(),
            slow,
        ];
        run(&world, &steps);
        let order = order(&world);
        assert_eq!(order.waiting_for, Some(WaitingFor::Store));
        let waits = order.wait.expect("a wait");
        assert_eq!(waits.token.expose(), token(3, 0));
    }
}

/// The same for the wait of the next attempt, and for its way to pay.
#[test]
fn a_slow_try_of_an_attempt_leaves_the_next_alone() {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("choice_1", |_| chosen(PaymentMethod::Credit, 1)),
        request_payment(2, "CREDIT"),
        request_payment(1, "PIX"),
        offer(1),
    ];
    run(&world, &steps);
    let order = order(&world);
    assert_eq!(
        (order.payment_attempt, order.payment_method),
        (2, PaymentMethod::Credit)
    );
    assert_eq!(order.wait.expect("a wait").token.expose(), token(3, 0));
    assert!(!last_charge(&world).charge.deleted);
}

/// The second attempt's first try failed behind its words, and its customer chose again before the next.
#[test]
fn what_is_chosen_between_two_tries_is_heard_by_the_second() {
    let world = world("CREDIT", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "CREDIT"),
        Step::Hear("choice_1", |_| chosen(PaymentMethod::Pix, 1)),
        request_payment(2, "PIX"),
        Step::World(|world| world.workflows.close_token(&token(3, 0))),
        Step::Hear("choice_2", |_| chosen(PaymentMethod::Credit, 2)),
        request_payment(2, "PIX"),
    ];
    run(&world, &steps);
    let heard = json!({ "methodChosen": { "newsId": "choice_2", "method": "CREDIT" } });
    let state = world.workflows.token(&token(6, 0));
    assert_eq!(state, Some(TokenState::Succeeded(heard)));
}

/// One whose answer never came was made after all, before the one that the customer was told of.
#[test]
fn of_two_charges_the_one_that_was_told_stays() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept()]);
    let other = world.ports();
    let twin = NewCharge {
        payer: block_on(other.provider.create_payer(
            &account(),
            &NewPayer {
                name: "Ana Souza".into(),
                cpf: "52998224725".into(),
                external_reference: "customer_1".into(),
            },
        ))
        .unwrap(),
        method: ChargeMethod::Pix,
        amount: order(&world).total,
        due_date: comanda_domain::ledger::day_of(world.ports().clock.now()),
        order: key().order_id,
        description: "Pedido".into(),
    };
    let other = Arc::new(other);
    let make = move || {
        block_on(other.provider.create_charge(&account(), &twin)).unwrap();
    };
    let ports = before(
        &world,
        |call| matches!(call, Call::Provider(ProviderCall::CreateCharge)),
        make.clone(),
    );
    block_on(request_payment(1, "PIX").take(&world, &ports, (1, 0))).unwrap();
    let told = order(&world).payment_id.expect("a charge");
    // And one after it: whichever the provider lists first.
    make();
    run(&world, &[accept(), request_payment(1, "PIX")]);
    let live = world.provider.charges().into_iter();
    let live = live.filter(|truth| !truth.charge.deleted);
    let live: Vec<_> = live.map(|truth| truth.charge.id).collect();
    assert_eq!(live, [told]);
}

/// The first try's word arrived after the second had looked.
#[test]
fn a_refund_that_is_refused_as_a_second_is_under_way() {
    let world = world("PIX", &json!({}));
    let request = refund_due(&world, "PIX");
    let (other, charge) = (world.ports(), last_charge(&world).charge);
    let ports = before(
        &world,
        |call| matches!(call, Call::Provider(ProviderCall::Refund)),
        move || {
            let account = account();
            let refund = other.provider.refund(
                &account,
                &charge.id,
                charge.amount,
                "Reembolso do pedido (whole)",
            );
            block_on(refund).unwrap();
        },
    );
    block_on(Step::Ask("RequestRefund", request).take(&world, &ports, (9, 0))).unwrap();
    let back = last_charge(&world).charge.refunds;
    assert_eq!(back.len(), 1);
}

/// The queues of stores are away.
struct NoQueue;

impl Interceptor for NoQueue {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Send(_) => Fate::Throttled,
            _ => Fate::Proceed,
        }
    }
}

/// A cancel that came as the order was confirmed was written, and its store could not be told: it is followed until that was done.
#[test]
fn a_cancel_is_followed_until_its_store_was_told() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let confirm = confirm();
    run(&world, &[accept(), confirm.clone()]);
    // `order-status` is not run here: its one task is.
    run(&world, &[Step::Hear("cancel_1", cancel)]);
    let report = report("CANCELLED", "cancel_1");
    let ports = intercepted(&world.ports(), Arc::new(NoQueue));
    let failed = block_on(invoke(&ports, call("ApplyStatus", &report, None))).unwrap_err();
    assert_eq!(failed.error_type, OUTAGE);
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    assert_eq!(unheard(&world).len(), 1);
    let started = world.workflows.started().len();
    let ports = world.ports();
    let ended = block_on(confirm.take(&world, &ports, (5, 0))).unwrap_err();
    assert_eq!(ended.error_type, "ConfirmOrderError.Ended");
    let again = &world.workflows.started()[started..];
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0].input["eventId"], "cancel_1");
    run(&world, &[Step::Call("ApplyStatus", report)]);
    assert!(unheard(&world).is_empty());
    let told = world.queue.messages().into_iter();
    let told = told.filter(|message| message.body.contains("ORDER_CANCELLED"));
    assert_eq!(told.count(), 1);
}

/// A key that was deleted at the provider: one alarm for all orders, and each customer hears that theirs is off.
#[test]
fn an_account_that_cannot_be_used_calls_a_person_and_customers_hear_of_it() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept()]);
    world.provider.revoke("key");
    for _ in 0..2 {
        let input = json!({ "order": key(), "method": "PIX", "attempt": 1 });
        let (name, _) = ask(&world, "RequestPayment", &input).expect_err("refused");
        assert_eq!(name, "RequestPaymentError.AccountUnusable");
    }
    let raised = rows::<Exception>(&world);
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert_eq!(
        (raised[0].kind, raised[0].subject_id.as_str()),
        (ExceptionKind::UnexpectedFailure, "asaas")
    );
    let ports = world.ports();
    let closed = block_on(close("PAYMENT_UNAVAILABLE").take(&world, &ports, (3, 0)));
    closed.expect_err("what is live cannot be taken back yet");
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    let told = world.channel.texts(CUSTOMER);
    assert!(
        told.iter().any(|text| text.contains("cancelado")),
        "{told:?}"
    );
}

/// A paid order that was confirmed and called off while no store could be told.
fn paid_and_cancelled_without_a_queue() -> World {
    let world = world("PIX", &json!({ "requiresConfirmation": false }));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        confirm(),
        Step::Hear("cancel_1", cancel),
    ];
    run(&world, &steps);
    let cancelled = report("CANCELLED", "cancel_1");
    let ports = intercepted(&world.ports(), Arc::new(NoQueue));
    block_on(invoke(&ports, call("ApplyStatus", &cancelled, None))).unwrap_err();
    world
}

/// The money was back before the store's queue was: the store would cook what is paid back.
#[test]
fn a_cancel_is_followed_though_its_money_is_back() {
    let world = paid_and_cancelled_without_a_queue();
    let refund = json!({
        "order": key(),
        "chargeId": last_charge(&world).charge.id,
        "intentId": "whole",
        "amount": order(&world).total,
        "reason": "CANCELLED",
    });
    run(&world, &[Step::Call("RecordRefund", refund)]);
    assert_eq!(order(&world).status(), OrderStatus::Refunded);
    assert_eq!(unheard(&world).len(), 1);
    let started = world.workflows.started().len();
    // Whoever called it off was not answered, and says so again.
    run(&world, &[Step::Hear("cancel_1", cancel)]);
    let again = &world.workflows.started()[started..];
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!(again[0].input["eventId"], "cancel_1");
    let cancelled = report("CANCELLED", "cancel_1");
    let ended = run(&world, &[Step::Call("ApplyStatus", cancelled)]);
    assert!(ended[0].get("applied").is_some(), "{ended:?}");
    assert!(unheard(&world).is_empty());
    let told = world.queue.messages().into_iter();
    let told = told.filter(|message| message.body.contains("ORDER_CANCELLED"));
    assert_eq!(told.count(), 1);
}

/// Whoever called it off was not answered, and does not come back. The sweep looks after what is owed of the order, and finds it.
#[test]
fn a_cancel_that_is_not_said_again_is_followed_by_the_sweep() {
    let world = paid_and_cancelled_without_a_queue();
    pass(&world, 1);
    let started = world.workflows.started().len();
    sweep(&world);
    let started = world.workflows.started().split_off(started);
    let reports = started
        .iter()
        .filter(|execution| execution.workflow == "order-status");
    assert_eq!(reports.count(), 1, "{started:?}");
}

/// No report can be carried out.
struct NoReports;

impl Interceptor for NoReports {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::StartSync(..) => Fate::Throttled,
            _ => Fate::Proceed,
        }
    }
}

/// A store that cannot be told keeps the sweep from no refund, and is told by a later one.
#[test]
fn a_cancel_that_cannot_be_followed_holds_up_no_sweep() {
    let world = paid_and_cancelled_without_a_queue();
    pass(&world, 1);
    let away = intercepted(&world.ports(), Arc::new(NoReports));
    assert!(sweep_through(&away).complete);
    assert_eq!(unheard(&world).len(), 1);
    let mut started = world.workflows.started().into_iter();
    assert!(started.any(|execution| execution.workflow == "refund"));
}

/// The store said yes to what a person had, and its own queue was away: it would wait for an order that it has confirmed.
#[test]
fn a_yes_is_followed_until_its_store_has_the_order() {
    let world = world("CASH", &json!({}));
    let person = json!({ "order": key(), "reason": "UNEXPECTED" });
    let yes: fn(&World) -> NewsKind = |_| NewsKind::StoreConfirmed {
        ready_in_minutes: None,
    };
    let steps = [
        accept(),
        Step::Call("CallPerson", person),
        Step::Hear("yes_1", yes),
    ];
    run(&world, &steps);
    let confirmed = report("CONFIRMED", "yes_1");
    let ports = intercepted(&world.ports(), Arc::new(NoQueue));
    block_on(invoke(&ports, call("ApplyStatus", &confirmed, None))).unwrap_err();
    assert_eq!(order(&world).status(), OrderStatus::Confirmed);
    assert_eq!(unheard(&world).len(), 1);
    let started = world.workflows.started().len();
    run(&world, &[Step::Hear("yes_1", yes)]);
    assert_eq!(world.workflows.started().len(), started + 1);
    run(&world, &[Step::Call("ApplyStatus", confirmed)]);
    assert!(unheard(&world).is_empty());
    let told = world.queue.messages();
    assert_eq!(told.len(), 1);
    assert!(told[0].body.contains("REMOTE_ORDER_RECEIVED"));
}

/// A person confirmed it, so that its store has it though its workflow never handed it over.
#[test]
fn a_cancel_of_what_a_person_confirmed_is_told_to_its_store() {
    let world = world("CASH", &json!({}));
    let operator = |status: &str, event: &str| {
        let report = json!({
            "order": key(), "status": status, "by": "OPERATOR", "eventId": event, "readyInMinutes": null,
        });
        Step::Call("ApplyStatus", report)
    };
    let person = json!({ "order": key(), "reason": "UNEXPECTED" });
    let steps = [
        accept(),
        Step::Call("CallPerson", person),
        operator("CONFIRMED", "person-1"),
        operator("CANCELLED", "person-2"),
    ];
    run(&world, &steps);
    let told: Vec<String> = world
        .queue
        .messages()
        .into_iter()
        .map(|message| message.body)
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("REMOTE_ORDER_RECEIVED"));
    assert!(told[1].contains("ORDER_CANCELLED"));
}

/// And what no store ever got is not taken back from it.
#[test]
fn a_cancel_of_what_no_store_has_is_told_to_none() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    let person = json!({ "order": key(), "reason": "UNEXPECTED" });
    let cancelled = Step::Call("ApplyStatus", report("CANCELLED", "person-1"));
    run(
        &world,
        &[accept(), Step::Call("CallPerson", person), cancelled],
    );
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    assert!(world.queue.messages().is_empty());
}

/// Two payments were kept for a workflow that gave its order up: the one that pays for it is its payment.
#[test]
fn of_two_payments_that_were_kept_the_exact_one_pays() {
    let world = world("PIX", &json!({}));
    run(&world, &[accept(), request_payment(1, "PIX")]);
    let exact = last_charge(&world).charge;
    let other = ChargeId::new("pay_0").unwrap();
    let short = Money::from_centavos(exact.amount.centavos() - 1);
    let provider = &world.provider;
    provider.receive_foreign(&other, short, Some("order_1"));
    provider.pay(&exact.id, exact.amount);
    for (id, charge_id, amount) in [
        ("evt_1", other.clone(), short),
        ("evt_2", exact.id.clone(), exact.amount),
    ] {
        let news = news(&world, id, NewsKind::Paid { charge_id, amount });
        block_on(put_if_absent(world.store.as_ref(), &news)).unwrap();
    }
    let person = json!({ "order": key(), "reason": "UNEXPECTED" });
    run(&world, &[Step::Call("CallPerson", person)]);
    assert_eq!(order(&world).payment_id, Some(exact.id));
    let owed: Vec<RefundIntent> = rows(&world);
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].charge_id, other);
}

/// A try of accepting it saves the order while it is being refused, and its workflow has ended: nobody would look after it.
#[test]
fn an_order_that_a_slow_try_saves_is_called_off() {
    let world = world("CASH", &json!({}));
    let other = world.ports();
    let ports = before(
        &world,
        |call| matches!(call, Call::Write(writes) if writes[0].table.name == CHECKOUTS.name),
        move || {
            block_on(invoke(
                &other,
                call("AcceptOrder", &json!(reference()), None),
            ))
            .expect("saved");
        },
    );
    block_on(Step::Call("RefuseOrder", json!(reference())).take(&world, &ports, (1, 0))).unwrap();
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    assert_eq!(world.channel.texts(CUSTOMER).len(), 1);
}

/// The table of what is to be said is away.
struct NoNotes;

impl Interceptor for NoNotes {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Write(writes) if writes[0].table.name == NOTIFICATIONS.name => Fate::Throttled,
            _ => Fate::Proceed,
        }
    }
}

/// Nobody forgets whom it is to be told to before it is noted what is to be said.
#[test]
fn a_refusal_that_cannot_be_noted_is_not_over() {
    let world = world("CASH", &json!({}));
    let refused: Value = json!(reference());
    let ports = intercepted(&world.ports(), Arc::new(NoNotes));
    let failed = block_on(invoke(&ports, call("RefuseOrder", &refused, None)));
    assert_eq!(failed.unwrap_err().error_type, OUTAGE);
    run(&world, &[Step::Call("RefuseOrder", refused)]);
    assert_eq!(world.channel.texts(CUSTOMER).len(), 1);
}

/// A refusal that cannot be said now is noted, and said by the sweep: it holds up nobody.
#[test]
fn a_refusal_that_cannot_be_said_is_the_sweep_s() {
    let world = world("CASH", &json!({}));
    let refused: Value = json!(reference());
    block_on(invoke(&away(&world), call("RefuseOrder", &refused, None))).expect("it ends");
    assert!(world.channel.texts(CUSTOMER).is_empty());
    pass(&world, 1);
    sweep(&world);
    assert_eq!(world.channel.texts(CUSTOMER).len(), 1);
}
