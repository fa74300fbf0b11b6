//! Telling a customer once, where the channel makes it hard: answers that are lost, templates, reports that come first, and
//! a channel that is away.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ChargeId,
    inbox::NewsKind,
    money::Money,
    order::{Actor, Order, OrderEvent, OrderStatus, Reason},
    payment::{RefundIntent, RefundReason},
    people::ChannelAddress,
    store::StoreConfig,
    tables::{self, Row, from_item, to_item},
};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;
use serde_json::json;

use super::{
    fixture::{CUSTOMER, Step, call, first_try, key, order, tenant, walk, world},
    found::before,
    races::{accept, close, confirm, hand_over, paid, paid_order, request_payment, run},
};
use crate::{
    casefile::refund_request,
    customers::{Operation, erase_addresses},
    fault::Fault,
    ports::{
        Clock, Content, OutboundMessage, Ports,
        intercept::{Call, Fate, Interceptor, intercepted},
    },
    raise::{close as close_alarm, raise},
    registry::{Invocation, OUTAGE, invoke},
    rows::{DeliveryStatus, NotificationRow, NotificationState, ReceiptRow},
    shop::sender,
    tell::{A_MOMENT, CLAIM, Hearer, Saying, tell, tell_hearer},
    testing::{World, block_on},
};

const LINES: &str = "Total: R$ 39,80.\nPague com PIX.";
const IN_A_TEMPLATE: &str = "HX1: Total: R$ 39,80. Pague com PIX.. Obrigado!";

fn all<R: Row>(world: &World) -> Vec<R> {
    let rows = world.store.rows(R::TABLE).into_iter();
    rows.map(|row| from_item(&row).unwrap()).collect()
}

fn store(world: &World) -> StoreConfig {
    all::<StoreConfig>(world).remove(0)
}

fn customer() -> ChannelAddress {
    ChannelAddress::new(CUSTOMER).unwrap()
}

/// Tells the fixture's customer something of a kind that has a template, in a try that another may follow.
fn told(world: &World, ports: &Ports, subject: &str, text: &str) -> Result<(), Fault> {
    let store = store(world);
    let hearer = Hearer {
        store: &store,
        subject,
        address: &customer(),
    };
    let saying = Saying {
        kind: "STATUS#X".to_owned(),
        text: text.to_owned(),
    };
    let ports = Ports {
        is_tried_again: true,
        ..ports.clone()
    };
    block_on(tell_hearer(&ports, &hearer, saying))
}

fn row_of(world: &World, subject: &str) -> NotificationRow {
    let rows = all::<NotificationRow>(world).into_iter();
    let mut own = rows.filter(|row| row.subject_id == subject);
    own.next().unwrap()
}

/// Every message's answer is lost, and the message too.
struct Away;

impl Interceptor for Away {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Message(_) => Fate::LostBefore,
            _ => Fate::Proceed,
        }
    }
}

pub(super) fn away(world: &World) -> Ports {
    intercepted(&world.ports(), Arc::new(Away))
}

/// The first message meets with this.
struct First {
    fate: Fate,
    met: AtomicBool,
}

impl Interceptor for First {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if matches!(call, Call::Message(_)) && !self.met.swap(true, Ordering::Relaxed) {
            return self.fate.clone();
        }
        Fate::Proceed
    }
}

/// Tells it, with the first message's answer lost, and again when the claim has ended.
fn told_with_a_lost_answer(world: &World, fate: Fate, subject: &str, text: &str) {
    let met = AtomicBool::new(false);
    let disturbed = intercepted(&world.ports(), Arc::new(First { fate, met }));
    told(world, &disturbed, subject, text).unwrap_err();
    world.clock.advance(SignedDuration::from_secs(26));
    told(world, &world.ports(), subject, text).unwrap();
}

#[test]
fn a_text_of_several_lines_is_sent_as_a_template_in_one() {
    let world = world("PIX", &json!({}));
    world.clock.advance(SignedDuration::from_hours(25));
    told(&world, &world.ports(), "a", LINES).unwrap();
    assert_eq!(world.channel.texts(CUSTOMER), [IN_A_TEMPLATE]);
    assert_eq!(row_of(&world, "a").state, NotificationState::Sent);
}

#[test]
fn a_template_whose_answer_was_lost_is_not_said_twice() {
    for fate in [Fate::LostAfter, Fate::LostBefore] {
        let world = world("PIX", &json!({}));
        world.clock.advance(SignedDuration::from_hours(25));
        told_with_a_lost_answer(&world, fate, "a", LINES);
        assert_eq!(world.channel.texts(CUSTOMER), [IN_A_TEMPLATE]);
        let row = row_of(&world, "a");
        let receipts: Vec<ReceiptRow> = all(&world);
        assert_eq!(receipts.len(), 1);
        assert_eq!(receipts[0].intent(), Some(row.key()));
        assert_eq!(Some(&receipts[0].message_id), row.message_id.as_ref());
    }
}

#[test]
fn the_same_words_about_something_else_are_no_receipt() {
    let world = world("PIX", &json!({}));
    told(&world, &world.ports(), "session-1", "Seu nome, por favor?").unwrap();
    world.clock.advance(SignedDuration::from_secs(15));
    told_with_a_lost_answer(
        &world,
        Fate::LostBefore,
        "session-2",
        "Seu nome, por favor?",
    );
    assert_eq!(world.channel.texts(CUSTOMER).len(), 2);
    let ids = ["session-1", "session-2"].map(|subject| row_of(&world, subject).message_id);
    assert_ne!(ids[0], ids[1]);
}

/// The report of failure comes before the sender has written the receipt: its process was cut short, or is slow.
fn told_with_an_early_failure(world: &World, code: u32) -> NotificationRow {
    told_with_an_early_failure_through(world, &world.ports(), code)
}

fn told_with_an_early_failure_through(world: &World, ports: &Ports, code: u32) -> NotificationRow {
    let now = world.clock.now();
    let failed = ReceiptRow::failed(&tenant(), &format!("SM{:032x}", 1), Some(code), now);
    world
        .store
        .seed(&tables::RECEIPTS, to_item(&failed).unwrap());
    told(world, ports, "a", LINES).unwrap();
    let receipts: Vec<ReceiptRow> = all(world);
    let row = row_of(world, "a");
    assert!(receipts.iter().all(|one| one.intent() == Some(row.key())));
    row
}

#[test]
fn a_failure_that_was_reported_before_the_receipt_is_followed_by_the_template() {
    let world = world("PIX", &json!({}));
    let row = told_with_an_early_failure(&world, 63_016);
    assert_eq!(world.channel.texts(CUSTOMER), [LINES, IN_A_TEMPLATE]);
    assert_eq!(row.state, NotificationState::Sent);
    assert_eq!(row.failed_message_id, Some(format!("SM{:032x}", 1)));
    assert_eq!(all::<Exception>(&world).len(), 0);
}

#[test]
fn a_failure_that_was_reported_before_the_receipt_is_seen_by_a_person() {
    let world = world("PIX", &json!({}));
    told_with_an_early_failure(&world, 63_024);
    assert_eq!(world.channel.texts(CUSTOMER), [LINES]);
    let seen: Vec<Exception> = all(&world);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].kind, ExceptionKind::MessageFailed);
}

/// The alarm of another message of the same subject came in between: this one is noted all the same.
#[test]
fn a_failure_is_seen_though_another_s_alarm_came_in_between() {
    let world = world("PIX", &json!({}));
    let (other, now) = (world.ports(), world.clock.now());
    let raced = before(
        &world,
        |call| matches!(call, Call::Write(writes) if writes.iter().any(|one| one.table.name == tables::EXCEPTIONS.name)),
        move || {
            let subject = ("a", ExceptionKind::MessageFailed);
            let raised = Exception::raised(&tenant(), subject, "another message", now);
            block_on(raise(&other, &raised)).unwrap();
        },
    );
    let row = told_with_an_early_failure_through(&world, &raced, 63_024);
    assert_eq!(row.delivery, Some(DeliveryStatus::Failed));
    let seen: Vec<Exception> = all(&world);
    assert_ne!(seen[0].detail, "another message");
}

#[test]
fn two_intents_of_the_same_words_are_two_messages() {
    let world = world("PIX", &json!({}));
    let store = store(&world);
    let ports = world.ports();
    let sender = block_on(sender(&ports, &store, &customer())).unwrap();
    let message = OutboundMessage {
        to: CUSTOMER.to_owned(),
        content: Content::Text(LINES.to_owned()),
    };
    // Taken for the first, whose receipt was lost; the second finds it as well, and is looked up once more.
    block_on(ports.channel.send(&sender, &message)).unwrap();
    told_with_a_lost_answer(&world, Fate::LostBefore, "a", LINES);
    told_with_a_lost_answer(&world, Fate::LostBefore, "b", LINES);
    assert_eq!(world.channel.texts(CUSTOMER).len(), 2);
    assert_ne!(
        row_of(&world, "a").message_id,
        row_of(&world, "b").message_id
    );
}

/// WhatsApp opens the window for the number that was written to, not for all that a tenant has.
#[test]
fn who_wrote_to_one_store_is_told_by_another_with_a_template() {
    let world = world("PIX", &json!({}));
    let other = StoreConfig {
        channel_addresses: vec![ChannelAddress::new("whatsapp:+551140028923").unwrap()],
        ..store(&world)
    };
    for (store, expected) in [(&store(&world), LINES), (&other, IN_A_TEMPLATE)] {
        let hearer = Hearer {
            store,
            subject: expected,
            address: &customer(),
        };
        let saying = Saying {
            kind: "STATUS#X".to_owned(),
            text: LINES.to_owned(),
        };
        block_on(tell_hearer(&world.ports(), &hearer, saying)).unwrap();
        assert_eq!(world.channel.texts(CUSTOMER).pop().unwrap(), expected);
    }
}

pub(super) fn swept(world: &World, ports: &Ports) -> Walk {
    world.clock.advance(SignedDuration::from_mins(5));
    let walk = block_on(invoke(
        ports,
        call("SweepPage", &walk("MESSAGES", None), None),
    ));
    serde_json::from_value(walk.unwrap()).unwrap()
}

/// The store has it: that the channel is away is no reason to put it before a person.
#[test]
fn an_order_that_is_confirmed_while_the_channel_is_away_is_told_by_the_sweep() {
    let world = paid_order(&json!({ "requiresConfirmation": false }));
    let before = world.channel.texts(CUSTOMER).len();
    block_on(confirm().take(&world, &away(&world), (9, 0))).unwrap();
    assert_eq!(order(&world).status(), OrderStatus::Confirmed);
    assert_eq!(swept(&world, &away(&world)).healed, 0);
    assert_eq!(world.channel.texts(CUSTOMER).len(), before);
    assert!(swept(&world, &world.ports()).healed > 0);
    let told = world.channel.texts(CUSTOMER);
    assert!(told[before].contains("Seu pagamento"), "{told:?}");
    assert!(told[before + 1].contains("foi confirmado!"), "{told:?}");
    assert_eq!(told.len(), before + 2);
    let again = swept(&world, &world.ports());
    assert_eq!((again.looked_at, again.healed), (0, 0));
}

#[test]
fn a_message_that_nobody_could_say_for_an_hour_is_seen_by_a_person_and_said_when_it_can_be() {
    let world = world("PIX", &json!({}));
    told(&world, &away(&world), "a", LINES).unwrap_err();
    assert_eq!(swept(&world, &away(&world)).raised, 0);
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(swept(&world, &away(&world)).raised, 1);
    assert_eq!(swept(&world, &away(&world)).raised, 0, "once");
    let seen: Vec<Exception> = all(&world);
    assert_eq!(seen[0].kind, ExceptionKind::MessageFailed);
    assert_eq!(swept(&world, &world.ports()).healed, 1);
    assert_eq!(world.channel.texts(CUSTOMER), [LINES]);
}

#[test]
fn what_is_not_true_any_more_is_not_said_by_the_sweep() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept()]);
    block_on(confirm().take(&world, &away(&world), (9, 0))).unwrap();
    run(&world, &[Step::World(prepare)]);
    told(&world, &away(&world), "talk-1-1", "Seu nome, por favor?").unwrap_err();
    world.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(swept(&world, &world.ports()).healed, 0);
    assert!(world.channel.texts(CUSTOMER).is_empty());
    let dropped = all::<NotificationRow>(&world);
    assert_eq!(dropped.len(), 2);
    assert!(
        dropped
            .iter()
            .all(|row| row.state == NotificationState::Overtaken)
    );
    assert_eq!(swept(&world, &world.ports()).looked_at, 0);
}

fn prepare(world: &World) {
    let confirmed = order(world);
    let reason = Reason::new(Actor::Restaurant, confirmed.updated_at(), "na cozinha");
    let prepared = confirmed.apply(reason, |order| order.move_to(OrderEvent::Prepare));
    let prepared = to_item(&prepared.unwrap()).unwrap();
    world.store.seed(Order::TABLE, prepared);
}

/// Whoever was telling that the order was received may be telling it still: whoever calls the order off waits for them.
#[test]
fn what_came_later_is_not_said_while_somebody_may_be_saying_what_came_before() {
    let world = world("CASH", &json!({}));
    run(&world, &[accept()]);
    let (fate, met) = (Fate::LostBefore, AtomicBool::new(false));
    let disturbed = intercepted(&world.ports(), Arc::new(First { fate, met }));
    block_on(hand_over().take(&world, &disturbed, (1, 0))).unwrap();
    let Step::Call(task, input) = close("CANCELLED") else {
        unreachable!()
    };
    let first = first_try(call(task, &input, None));
    let held_up = block_on(invoke(&world.ports(), first.clone())).unwrap_err();
    assert_eq!(held_up.error_type, OUTAGE);
    assert_eq!(order(&world).status(), OrderStatus::Cancelled);
    assert_eq!(world.channel.texts(CUSTOMER), [""; 0]);
    world.clock.advance(CLAIM);
    block_on(invoke(&world.ports(), first)).unwrap();
    let told = world.channel.texts(CUSTOMER);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("foi cancelado"), "{told:?}");
}

/// A second payment of an order whose own is back already is told of by itself.
#[test]
fn money_that_goes_back_is_told_by_what_it_was() {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        Step::Hear("evt_1", paid),
        hand_over(),
        Step::Hear("evt_2", paid_again),
        close("REJECTED"),
    ];
    run(&world, &steps);
    let is_surplus = |intent: &&RefundIntent| intent.reason == RefundReason::PaidTwice;
    let intents: Vec<RefundIntent> = all(&world);
    let second = intents.iter().find(is_surplus).unwrap();
    let own = intents.iter().find(|intent| !is_surplus(intent)).unwrap();
    gives_back(&world, own);
    let last = || world.channel.texts(CUSTOMER).pop().unwrap();
    assert_eq!(last(), "Devolvemos R$ 39,80 do pedido #0001.");
    gives_back(&world, second);
    assert_eq!(order(&world).status(), OrderStatus::Refunded);
    assert!(last().contains("foi cancelado e o valor"), "{}", last());
    run(&world, &[Step::Hear("evt_3", paid_late)]);
    let intents: Vec<RefundIntent> = all(&world);
    let late = intents
        .iter()
        .find(|intent| intent.charge_id.as_str() == "pay_late");
    for _ in 0..2 {
        gives_back(&world, late.unwrap());
    }
    let told = world.channel.texts(CUSTOMER);
    let back = "Devolvemos R$ 20,00, o segundo pagamento do pedido #0001.";
    assert_eq!(told.iter().filter(|text| *text == back).count(), 1);
    assert_eq!(last(), back);
}

fn receives(world: &World, id: &str, amount: i64) -> NewsKind {
    let (charge_id, amount) = (ChargeId::new(id).unwrap(), Money::from_centavos(amount));
    let order = key().order_id;
    let reference = Some(order.as_str());
    world
        .provider
        .receive_foreign(&charge_id, amount, reference);
    NewsKind::Paid { charge_id, amount }
}

fn paid_again(world: &World) -> NewsKind {
    receives(world, "pay_again", 3_980)
}

fn paid_late(world: &World) -> NewsKind {
    receives(world, "pay_late", 2_000)
}

fn gives_back(world: &World, intent: &RefundIntent) {
    let request = json!(refund_request(intent));
    run(world, &[Step::Ask("RequestRefund", request.clone())]);
    world.provider.settle_refunds(&intent.charge_id, true);
    run(world, &[Step::Call("RecordRefund", request)]);
}

/// The person was called while the channel was away, and is done: the customer is not told that somebody looks.
#[test]
fn that_a_person_looks_is_not_said_when_they_have_looked() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept()]);
    let calls = json!({ "order": key(), "reason": "UNEXPECTED", "refund": null });
    block_on(invoke(&away(&world), call("CallPerson", &calls, None))).unwrap();
    let confirmed = json!({
        "order": key(), "status": "CONFIRMED", "by": "OPERATOR", "eventId": "person-1", "readyInMinutes": null,
    });
    run(&world, &[Step::Call("ApplyStatus", confirmed)]);
    assert_eq!(swept(&world, &world.ports()).healed, 0);
    assert!(world.channel.texts(CUSTOMER).is_empty());
    assert_eq!(
        row_of(&world, "order_1").state,
        NotificationState::Overtaken
    );
    // Another time it is true again.
    for _ in 0..2 {
        run(&world, &[Step::Call("CallPerson", calls.clone())]);
        let told = world.channel.texts(CUSTOMER);
        assert!(
            told.len() == 1 && told[0].contains("nossa equipe"),
            "{told:?}"
        );
    }
}

/// A talk's step that is tried again after its customer was erased says nothing, to nobody, and raises nothing.
#[test]
fn a_question_to_who_is_erased_is_not_asked_again() {
    let world = world("PIX", &json!({}));
    told(&world, &away(&world), "talk-1-1", "Seu nome, por favor?").unwrap_err();
    let operation = Operation::new(&key().client_id, &key().store_id, "erase".to_owned());
    block_on(erase_addresses(&world.ports(), &operation, &[customer()])).unwrap();
    assert_eq!(row_of(&world, "talk-1-1").text, "");
    world.clock.advance(SignedDuration::from_secs(26));
    told(&world, &world.ports(), "talk-1-1", "Seu nome, por favor?").unwrap();
    for address in [CUSTOMER, "whatsapp:erased"] {
        assert!(world.channel.texts(address).is_empty());
    }
    assert!(all::<Exception>(&world).is_empty());
}

/// Whoever tells it has read the order before its customer was erased: what was dropped with them is not noted anew.
#[test]
fn what_was_dropped_with_its_customer_stays_dropped() {
    let world = world("CASH", &json!({ "requiresConfirmation": false }));
    run(&world, &[accept()]);
    let calls = json!({ "order": key(), "reason": "UNEXPECTED", "refund": null });
    block_on(invoke(&away(&world), call("CallPerson", &calls, None))).unwrap();
    let read_before = order(&world);
    let said = row_of(&world, "order_1");
    let cancelled = json!({
        "order": key(), "status": "CANCELLED", "by": "OPERATOR", "eventId": "person-1", "readyInMinutes": null,
    });
    run(&world, &[Step::Call("ApplyStatus", cancelled)]);
    let operation = Operation::new(&key().client_id, &key().store_id, "erase".to_owned());
    block_on(erase_addresses(&world.ports(), &operation, &[customer()])).unwrap();
    let dropped = row_of(&world, "order_1");
    assert_eq!(dropped.state, NotificationState::Overtaken);
    let saying = Saying {
        kind: said.kind,
        text: said.text,
    };
    let (ports, store) = (world.ports(), store(&world));
    block_on(tell(&ports, &store, &read_before, vec![saying])).unwrap();
    assert!(row_of(&world, "order_1") == dropped, "it is as it was");
    for address in [CUSTOMER, "whatsapp:erased"] {
        assert!(world.channel.texts(address).is_empty());
    }
}

/// A token that was made anew elsewhere costs no message: a person is called to it once, and what waited is said by the sweep.
#[test]
fn what_an_unknown_account_says_waits_until_it_is_known_again() {
    let world = world("PIX", &json!({}));
    world.channel.accept_nobody(true);
    for (subject, text) in [("a", LINES), ("b", "Oi."), ("a", LINES)] {
        let fault = told(&world, &world.ports(), subject, text).unwrap_err();
        assert!(fault.is_retryable(), "{fault}");
    }
    let waits = |subject| row_of(&world, subject).state == NotificationState::Intended;
    assert!(waits("a") && waits("b"));
    let called: Vec<Exception> = all(&world);
    let told_of = called.iter().map(|alarm| {
        let (kind, state) = (alarm.kind, alarm.state);
        (
            kind,
            state,
            alarm.subject_id.as_str(),
            alarm.detail.as_str(),
        )
    });
    let the_token = (
        ExceptionKind::UnexpectedFailure,
        ExceptionState::Open,
        "token",
        "the channel does not accept the account's token",
    );
    assert_eq!(told_of.collect::<Vec<_>>(), [the_token]);
    world.channel.accept_nobody(false);
    assert_eq!(swept(&world, &world.ports()).healed, 2);
    assert_eq!(world.channel.texts(CUSTOMER), [LINES, "Oi."]);
}

/// What was surely not taken is said by the next try, at once; what may have been taken, when the claim of the first has ended.
#[test]
fn a_claim_is_given_back_where_nothing_was_taken() {
    for (fate, waits) in [(Fate::Throttled, false), (Fate::LostBefore, true)] {
        let world = world("PIX", &json!({}));
        let met = AtomicBool::new(false);
        let disturbed = intercepted(&world.ports(), Arc::new(First { fate, met }));
        told(&world, &disturbed, "a", LINES).unwrap_err();
        assert_eq!(told(&world, &disturbed, "a", LINES).is_err(), waits);
        assert_eq!(world.channel.texts(CUSTOMER).len(), usize::from(!waits));
        world.clock.advance(SignedDuration::from_secs(26));
        told(&world, &disturbed, "a", LINES).unwrap();
        assert_eq!(world.channel.texts(CUSTOMER), [LINES]);
    }
}

/// Who is held up tries what was surely not said again, while there is another try, and waits for nothing else.
#[test]
fn who_is_held_up_tries_again_only_what_was_surely_not_said() {
    let confirmed = || {
        let world = world("CASH", &json!({ "requiresConfirmation": false }));
        run(&world, &[accept(), confirm()]);
        let report = json!({
            "order": key(), "status": "PREPARING", "by": "RESTAURANT", "eventId": "pos-1", "readyInMinutes": null,
        });
        let applied = run(&world, &[Step::Call("ApplyStatus", report)]).remove(0);
        (world, applied["applied"]["notice"].clone())
    };
    for (fate, fails) in [(Fate::Throttled, true), (Fate::LostBefore, false)] {
        let (world, notice) = confirmed();
        let met = AtomicBool::new(false);
        let ports = intercepted(&world.ports(), Arc::new(First { fate, met }));
        let said = || {
            let texts = world.channel.texts(CUSTOMER);
            let said = texts.iter().filter(|text| text.contains("preparado"));
            said.count()
        };
        let notifies = || call("NotifyStatus", &notice, None);
        let first = block_on(invoke(&ports, first_try(notifies())));
        assert_eq!((first.is_err(), said()), (fails, 0));
        // A repetition within the claim: what was surely not said is said.
        block_on(invoke(&ports, notifies())).unwrap();
        assert_eq!(said(), usize::from(fails));
    }
    let (world, notice) = confirmed();
    let ports = intercepted(&world.ports(), Arc::new(Throttled));
    let last = Invocation {
        retries: Some(A_MOMENT),
        ..call("NotifyStatus", &notice, None)
    };
    block_on(invoke(&ports, last)).unwrap();
}

/// The channel takes nothing, and says so.
struct Throttled;

impl Interceptor for Throttled {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Message(_) => Fate::Throttled,
            _ => Fate::Proceed,
        }
    }
}

/// Nothing is on its way when it is back: not what began, and not what took longer.
#[test]
fn that_money_goes_back_is_not_said_when_it_is_back() {
    let world = world("PIX", &json!({}));
    let steps = [
        accept(),
        request_payment(1, "PIX"),
        close("PAYMENT_EXPIRED"),
    ];
    run(&world, &steps);
    let told = world.channel.texts(CUSTOMER).len();
    block_on(Step::Hear("evt_1", paid).take(&world, &away(&world), (3, 0))).unwrap();
    let request = json!(refund_request(&all::<RefundIntent>(&world)[0]));
    for task in ["MarkRefundBlocked", "RecordRefund"] {
        block_on(invoke(&away(&world), call(task, &request, None))).unwrap();
    }
    swept(&world, &world.ports());
    let said = world.channel.texts(CUSTOMER).split_off(told);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("foi reembolsado"), "{said:?}");
}

/// Its step still tries to ask it when a sweep comes by, and waits for the answer once it has.
#[test]
fn a_question_that_is_still_being_asked_is_asked() {
    let ask = |world: &World, ports: &Ports| told(world, ports, "talk-1-1", "Seu nome, por favor?");
    for minutes in [0, 60] {
        let world = world("PIX", &json!({}));
        ask(&world, &away(&world)).unwrap_err();
        world.clock.advance(SignedDuration::from_mins(minutes));
        swept(&world, &world.ports());
        let is_dropped = row_of(&world, "talk-1-1").state == NotificationState::Overtaken;
        assert_eq!(is_dropped, minutes > 0);
        ask(&world, &world.ports()).unwrap();
        assert_eq!(world.channel.texts(CUSTOMER), ["Seu nome, por favor?"]);
    }
}

fn exceptions_swept(world: &World) -> Vec<ExceptionState> {
    let walked = call("SweepPage", &walk("EXCEPTIONS", None), None);
    block_on(invoke(&world.ports(), walked)).unwrap();
    let seen = all::<Exception>(world).into_iter();
    seen.map(|exception| exception.state).collect()
}

#[test]
fn a_message_that_is_said_after_all_needs_nobody() {
    let world = world("PIX", &json!({}));
    told(&world, &away(&world), "a", LINES).unwrap_err();
    world.clock.advance(SignedDuration::from_hours(1));
    swept(&world, &away(&world));
    assert_eq!(exceptions_swept(&world), [ExceptionState::Open]);
    swept(&world, &world.ports());
    assert_eq!(world.channel.texts(CUSTOMER), [LINES]);
    assert_eq!(exceptions_swept(&world), [ExceptionState::Closed]);
    // The next outage is one more.
    let again = NotificationRow {
        kind: "STATUS#Y".to_owned(),
        state: NotificationState::Intended,
        created_at: world.clock.now(),
        ..row_of(&world, "a")
    };
    let again = to_item(&again).unwrap();
    world.store.seed(NotificationRow::TABLE, again);
    assert_eq!(swept(&world, &away(&world)).raised, 0);
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(swept(&world, &away(&world)).raised, 1);
}

#[test]
fn an_alarm_that_a_person_has_closed_stays_closed() {
    let world = world("PIX", &json!({}));
    told(&world, &away(&world), "a", LINES).unwrap_err();
    world.clock.advance(SignedDuration::from_hours(1));
    swept(&world, &away(&world));
    let of = (&tenant(), "a", ExceptionKind::MessageFailed);
    let now = world.clock.now();
    block_on(close_alarm(&world.ports(), of, "telephoned", now)).unwrap();
    assert_eq!(swept(&world, &away(&world)).raised, 0);
    assert_eq!(exceptions_swept(&world), [ExceptionState::Closed]);
}

/// What the channel refused for good is a person's, whatever else of the order is said.
#[test]
fn a_message_that_was_refused_stays_with_a_person() {
    let world = world("PIX", &json!({}));
    told_with_an_early_failure(&world, 63_024);
    assert_eq!(exceptions_swept(&world), [ExceptionState::Open]);
}
