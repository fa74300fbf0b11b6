//! The operations on customers: done once under any accident, within one tenant, told to the store; export and erasure.

use std::fmt::Debug;

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    loyalty::{LoyaltyEntry, balance},
    people::{Address, Customer, CustomerEvent, CustomerKey, CustomerRefusal, CustomerUpdate},
    talk::{EmailAnswer, Offered, Said},
};

use comanda_workflows::contracts::{Walk, WalkKind};

use super::*;
use crate::{
    api,
    customers::{
        AddressChange, Consent, NewCustomer, Operation, Points, acknowledge, add_address,
        change_from_store, create_customer, get_customer_by_address, record_consent, record_order,
        remove_address, update_address, update_customer, update_loyalty_points,
    },
    fault::Failure,
    pos::events,
    rows::{ConsentRow, LastRead, TalkRow},
};

fn operation(id: &str) -> Operation {
    let shop = shop();
    Operation::new(&shop.client_id, &shop.store_id, id)
}

fn person(address: &str) -> NewCustomer {
    NewCustomer {
        address: ChannelAddress::new(address).expect("an address"),
        name: PersonName::parse("João da Silva").expect("a name"),
        cpf: None,
        source: Source::WhatsappBot,
        id: None,
    }
}

fn street(street: &str) -> Address {
    serde_json::from_value(json!({
        "street": street, "number": "1", "neighborhood": "Centro", "city": "São Paulo", "state": "SP",
    }))
    .expect("an address")
}

fn registered() -> World {
    let world = world();
    block_on(create_customer(
        &world.ports(),
        &operation("m1"),
        &person(CUSTOMER),
    ))
    .expect("made");
    world
}

fn customer(world: &World) -> Customer {
    rows::<Customer>(world).remove(0)
}

fn id(world: &World) -> CustomerId {
    customer(world).customer_id
}

fn done<T, E: Debug>(result: Result<T, Failure<E>>) -> T {
    match result {
        Ok(done) => done,
        Err(failure) => panic!("{failure:?}"),
    }
}

fn email(text: &str) -> CustomerUpdate {
    serde_json::from_value(json!({ "email": { "given": text } })).expect("an update")
}

fn eats_no(what: &str) -> CustomerUpdate {
    serde_json::from_value(json!({ "preferences": { "allergies": [what] } })).expect("an update")
}

#[test]
fn one_customer_for_an_address_and_one_for_a_phone() {
    let world = world();
    let ports = world.ports();
    for (number, address) in [
        CUSTOMER,
        CUSTOMER,
        // The same number as before the ninth digit.
        "whatsapp:+551187654321",
    ]
    .into_iter()
    .enumerate()
    {
        let operation = operation(&format!("m{number}"));
        block_on(create_customer(&ports, &operation, &person(address))).expect("made");
    }
    let customer = customer(&world);
    assert_eq!(rows::<Customer>(&world).len(), 1);
    assert_eq!(customer.channel_addresses.len(), 2, "answered on both");
    assert_eq!(rows::<CustomerKey>(&world).len(), 3);
    let hidden = person("whatsapp:BR.1502576394655843");
    block_on(create_customer(&ports, &operation("m9"), &hidden)).expect("made");
    assert_eq!(rows::<Customer>(&world).len(), 2);
}

#[test]
fn nobody_of_another_tenant_is_found() {
    let world = registered();
    let other = ClientId::new("other").expect("an id");
    let address = ChannelAddress::new(CUSTOMER).expect("an address");
    let found = block_on(get_customer_by_address(&world.ports(), &other, &address));
    assert_eq!(found, Ok(None));
    let foreign = Operation {
        tenant: other,
        ..operation("m2")
    };
    let refused = block_on(update_customer(
        &world.ports(),
        &foreign,
        &id(&world),
        &email("a@b.com"),
    ));
    assert_eq!(refused, Err(Failure::Refused(CustomerRefusal::Unknown)));
    let shop = Shop::parse("other", "centro").expect("ids");
    for answer in [
        block_on(api::show_customer(&world.ports(), &shop, CUSTOMER)),
        block_on(api::export_customer(&world.ports(), &shop, CUSTOMER)),
        block_on(api::erase_customer(&world.ports(), &shop, CUSTOMER)),
    ] {
        assert_eq!(answer.status, 404);
    }
}

#[test]
fn every_operation_is_done_once_whatever_is_lost() {
    check_crashes(world, async |ports: &Ports| {
        create_customer(ports, &operation("m1"), &person(CUSTOMER)).await
    });
    let id = id(&registered());
    check_crashes(registered, async |ports: &Ports| {
        update_customer(ports, &operation("m2"), &id, &email("a@b.com")).await
    });
    check_crashes(registered, async |ports: &Ports| {
        let address = street("Rua das Flores");
        add_address(ports, &operation("m2"), &id, (&address, true)).await
    });
    let points = Points {
        points: 10,
        reason: "Pedido #0001".into(),
    };
    check_crashes(registered, async |ports: &Ports| {
        update_loyalty_points(ports, &operation("m2"), &id, &points).await
    });
    let ordered = || {
        let world = world();
        put(&world, &delivered());
        world
    };
    check_crashes(ordered, async |ports: &Ports| {
        record_order(ports, &delivered()).await
    });
}

fn delivered() -> Order {
    let mut order = an_order();
    for event in [
        OrderEvent::Confirm,
        OrderEvent::Prepare,
        OrderEvent::MakeReady,
        OrderEvent::Complete,
    ] {
        order.move_to(event).expect("allowed");
    }
    order
}

#[test]
fn an_order_counts_once_and_who_was_not_registered_is() {
    let world = world();
    let order = delivered();
    put(&world, &order);
    for _ in 0..3 {
        block_on(record_order(&world.ports(), &order)).expect("recorded");
    }
    let customer = customer(&world);
    assert_eq!(customer.total_orders, 1);
    assert_eq!(customer.order_history.len(), 1);
    let ledger = rows::<LoyaltyEntry>(&world);
    assert_eq!(balance(&ledger), Some(customer.loyalty_points));
    assert_eq!(
        i64::try_from(customer.loyalty_points).expect("few"),
        order.total.centavos() / 100
    );
}

#[test]
fn points_are_not_overdrawn() {
    let world = registered();
    let points = Points {
        points: -1,
        reason: "Troca".into(),
    };
    let refused = block_on(update_loyalty_points(
        &world.ports(),
        &operation("m2"),
        &id(&world),
        &points,
    ));
    assert!(matches!(
        refused,
        Err(Failure::Refused(CustomerRefusal::PointsShort(_)))
    ));
    assert!(rows::<LoyaltyEntry>(&world).is_empty());
}

#[test]
fn addresses_are_changed_by_their_id() {
    let world = registered();
    let (ports, id) = (world.ports(), id(&world));
    for (operation_id, name) in [("m2", "Rua A"), ("m2", "Rua A"), ("m3", "Rua B")] {
        let address = street(name);
        let operation = operation(operation_id);
        let added = add_address(&ports, &operation, &id, (&address, true));
        done(block_on(added));
    }
    let record = customer(&world);
    assert_eq!(record.addresses.len(), 2);
    let first = record.addresses[0].address_id.clone().expect("an id");
    let change = AddressChange::MakeDefault;
    done(block_on(update_address(
        &ports,
        &operation("m4"),
        &id,
        (&first, &change),
    )));
    let anew = street("Rua C");
    let change = AddressChange::Rewrite(&anew);
    done(block_on(update_address(
        &ports,
        &operation("m5"),
        &id,
        (&first, &change),
    )));
    let used = customer(&world).default_address().cloned().expect("one");
    assert_eq!(used.street, "Rua C");
    done(block_on(remove_address(
        &ports,
        &operation("m6"),
        &id,
        &first,
    )));
    assert_eq!(customer(&world).unsound(), None);
    assert_eq!(customer(&world).addresses.len(), 1);
}

#[test]
fn the_store_hears_of_every_change_and_of_no_cpf() {
    let world = registered();
    let ports = world.ports();
    let update: CustomerUpdate =
        serde_json::from_value(json!({ "cpf": "52998224725" })).expect("an update");
    for (name, update) in [("m2", &update), ("m3", &eats_no("amendoim"))] {
        let operation = operation(name);
        done(block_on(update_customer(
            &ports,
            &operation,
            &id(&world),
            update,
        )));
    }
    let bodies: Vec<Value> = world
        .queue
        .messages()
        .iter()
        .map(|message| serde_json::from_str(&message.body).expect("JSON"))
        .collect();
    let kinds: Vec<&Value> = bodies.iter().map(|body| &body["type"]).collect();
    assert_eq!(
        kinds,
        ["CUSTOMER_CREATED", "CUSTOMER_UPDATED", "CUSTOMER_UPDATED"]
    );
    assert_eq!(bodies[0]["data"]["name"], "João da Silva");
    let preferences = json!({ "allergies": ["amendoim"] });
    assert_eq!(bodies[2]["data"]["preferences"], preferences);
    assert!(!format!("{bodies:?}").contains("52998224725"));
    let acknowledged = block_on(acknowledge(&ports, &operation("m1"), &id(&world)));
    assert_eq!(acknowledged, Ok(true));
    let unknown = block_on(acknowledge(&ports, &operation("m7"), &id(&world)));
    assert_eq!(unknown, Ok(false));
    let events = rows::<CustomerEvent>(&world);
    let acknowledged = events
        .iter()
        .filter(|event| event.acknowledged_at.is_some());
    assert_eq!(acknowledged.count(), 1);
}

#[test]
fn a_store_that_saw_an_old_record_overwrites_nothing() {
    let world = registered();
    let (ports, id) = (world.ports(), id(&world));
    let from_store = |event: &str, seen: u64, update: &CustomerUpdate| {
        done(block_on(change_from_store(
            &ports,
            &operation(event),
            &id,
            (seen, update),
        )))
    };
    let filled = from_store("pos-1", 1, &email("loja@b.com"));
    assert_eq!((filled.version, filled.email.is_some()), (2, true));
    let said = queued(&world);
    let kept = from_store("pos-2", 1, &email("velho@b.com"));
    assert_eq!(kept.email.expect("kept").as_str(), "loja@b.com");
    assert_eq!(
        queued(&world),
        said + 1,
        "the store is told the record as it stands"
    );
    let renamed: CustomerUpdate =
        serde_json::from_value(json!({ "name": "Outro Nome" })).expect("an update");
    assert_eq!(
        from_store("pos-3", 1, &renamed).name.as_str(),
        "João da Silva"
    );
    assert_eq!(from_store("pos-4", 2, &renamed).name.as_str(), "Outro Nome");
    let allergic = from_store("pos-5", 1, &eats_no("amendoim")).preferences;
    assert!(!allergic.is_empty(), "it fills what is empty");
    let kept = from_store("pos-6", 1, &eats_no("soja")).preferences;
    assert_eq!(kept, allergic);
    let changed = from_store("pos-7", 4, &eats_no("soja")).preferences;
    assert_ne!(changed, allergic);
}

fn queued(world: &World) -> usize {
    world.queue.messages().len()
}

#[test]
fn events_of_the_queue_reach_the_customer_or_are_parked() {
    let world = registered();
    let post = |body: Value| {
        let taken = block_on(events::receive(&world.ports(), &body.to_string()));
        assert_eq!(taken, events::Taken::Done, "{body}");
    };
    let mut changed = json!({
        "type": "CUSTOMER_CHANGED", "clientId": "sabor", "storeId": "centro", "customerId": id(&world),
        "eventId": "e1", "seenVersion": 1, "changes": { "email": { "given": "a@b.com" } },
    });
    post(changed.clone());
    assert!(customer(&world).email.is_some());
    changed["customerId"] = json!("customer_nobody");
    changed["eventId"] = json!("e2");
    post(changed.clone());
    assert_eq!(parked(&world).len(), 1);
    changed["changes"] = json!({ "loyaltyPoints": 9000 });
    post(changed);
    assert_eq!(parked(&world).len(), 2, "a field that nobody may set");
}

#[test]
fn consents_are_kept_as_they_were_said() {
    let world = registered();
    let id = id(&world);
    for given in [true, true, false] {
        let said = Consent {
            customer: &id,
            given,
            channel: "whatsapp",
            at: at(OPEN),
        };
        let operation = operation(&format!("consent-{given}"));
        block_on(record_consent(&world.ports(), &operation, &said)).expect("kept");
    }
    let consents = rows::<ConsentRow>(&world);
    let given: Vec<bool> = consents.iter().map(|row| row.given).collect();
    assert_eq!(given, [false, true], "in the order of their operations");
    assert!(consents.iter().all(|row| !row.text_version.is_empty()));
}

/// C5: what a person gave is in no table afterwards, and the sums are.
#[test]
fn an_erased_customer_is_nowhere() {
    let world = world();
    let order = delivered();
    put(&world, &order);
    let ports = world.ports();
    block_on(record_order(&ports, &order)).expect("recorded");
    let record = customer(&world);
    done(block_on(update_customer(
        &ports,
        &operation("m2"),
        &record.customer_id,
        &email("joao.silva@email.com"),
    )));
    done(block_on(update_customer(
        &ports,
        &operation("m3"),
        &record.customer_id,
        &eats_no("amendoim"),
    )));
    let offered = Offered::new("usar addr_1", "Rua joao.silva, 1");
    put(
        &world,
        &NotificationRow {
            offered: vec![offered],
            ..told("SM1")
        },
    );
    let cancel = comanda_domain::inbox::NewsKind::CancelRequested {
        by: Actor::Customer,
        reason: Some("Joao.Silva mudou de ideia: joao.silva".into()),
    };
    let said = comanda_domain::inbox::NewsId::new("cancel-customer").expect("an id");
    let (tenant, order_id) = (&order.client_id, &order.order_id);
    put(
        &world,
        &comanda_domain::inbox::News::heard(tenant, order_id, said, cancel, at(OPEN)),
    );
    let export = block_on(api::export_customer(&ports, &shop(), CUSTOMER));
    assert_eq!(export.status, 200);
    assert_eq!(export.body["orders"].as_array().map(Vec::len), Some(1));
    let preferences = &export.body["customer"]["preferences"];
    assert_eq!(preferences["allergies"][0], "amendoim");
    assert_eq!(export.body["messages"].as_array().map(Vec::len), Some(1));
    for _ in 0..2 {
        let name = record.customer_id.as_str();
        let erased = block_on(api::erase_customer(&ports, &shop(), name));
        assert_eq!(erased.status, 200, "{:?}", erased.body);
    }
    let all = state(&world);
    let tables: Vec<&str> = all
        .lines()
        .filter(|line| line.starts_with("WhatsApp"))
        .collect();
    for canary in [
        "987654321",
        "joao.silva",
        "amendoim",
        order.customer_name.as_str(),
    ] {
        let found: Vec<_> = tables.iter().filter(|line| line.contains(canary)).collect();
        assert!(found.is_empty(), "{canary}: {found:#?}");
    }
    assert_eq!(customer(&world).total_orders, 1);
    // A report that is repeated finds nobody, and makes nobody.
    let report = order_in(&world);
    block_on(record_order(&ports, &report)).expect("nothing to do");
    assert_eq!(rows::<Customer>(&world).len(), 1);
    let again = async { create_customer(&ports, &operation("m8"), &person(CUSTOMER)).await };
    let again = block_on(again).expect("registered anew");
    assert_ne!(again.customer_id, record.customer_id);
}

/// An order that came to nothing makes no record, and a talk that was left makes none: both name a person.
#[test]
fn who_has_no_record_is_exported_and_erased_by_where_they_write_from() {
    let world = super::erasure::talked();
    let (ports, shop) = (world.ports(), shop());
    assert_eq!(
        block_on(api::show_customer(&ports, &shop, CUSTOMER)).status,
        404
    );
    for name in [CUSTOMER, "+5511987654321"] {
        let export = block_on(api::export_customer(&ports, &shop, name));
        assert_eq!(export.status, 200, "{name}: {:?}", export.body);
        for part in ["orders", "messages", "talks"] {
            assert_eq!(
                export.body[part].as_array().map(Vec::len),
                Some(1),
                "{part}"
            );
        }
    }
    let other = block_on(api::erase_customer(&ports, &shop, "+5511912345678"));
    assert_eq!(other.status, 404);
    let erased = block_on(api::erase_customer(&ports, &shop, "+5511987654321"));
    assert_eq!(erased.status, 200, "{:?}", erased.body);
    super::erasure::names_nobody(&world);
    // There is nobody left to erase.
    let again = block_on(api::erase_customer(&ports, &shop, CUSTOMER));
    assert_eq!(again.status, 404);
}

/// What was said is kept for as long as somebody may ask about it, and what a talk read back for less.
#[test]
fn what_was_said_goes_away() {
    let world = world();
    let expiry = |subject: &str| {
        let mut said = super::told("SMout1");
        said.subject_id = subject.into();
        put(&world, &said);
        let row = world.store.rows(&tables::NOTIFICATIONS).into_iter();
        let mut row = row.filter(|row| {
            row["subjectId"]
                .as_str()
                .is_some_and(|id| id.ends_with(subject))
        });
        let at = row.next().expect("a row")["expiresAt"]
            .as_i64()
            .expect("a number");
        (at - said.created_at.as_second()) / 86_400
    };
    assert_eq!((expiry("order_1"), expiry("talk-1-1")), (180, 30));
}

#[test]
fn nobody_is_erased_while_food_is_on_its_way() {
    let world = registered();
    put(&world, &an_order());
    let answer = block_on(api::erase_customer(&world.ports(), &shop(), CUSTOMER));
    assert_eq!(answer.status, 409);
    assert_eq!(customer(&world).name.as_str(), "João da Silva");
}

/// An order after an erasure is a new customer's, whichever id it names: what was erased is not filled again.
#[test]
fn who_orders_after_an_erasure_is_somebody_new() {
    let world = world();
    let ports = world.ports();
    put(&world, &delivered());
    block_on(record_order(&ports, &delivered())).expect("recorded");
    let erased = id(&world);
    let answer = block_on(api::erase_customer(&ports, &shop(), erased.as_str()));
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let mut order = delivered();
    order.order_id = OrderId::new("order_after").expect("an id");
    order.customer_id = erased.clone();
    put(&world, &order);
    block_on(record_order(&ports, &order)).expect("recorded");
    for customer in rows::<Customer>(&world) {
        let is_erased = customer.customer_id == erased;
        assert_eq!(customer.total_orders, 1);
        assert_eq!(customer.channel_addresses.is_empty(), is_erased);
    }
    assert_eq!(rows::<Customer>(&world).len(), 2);
}

/// What a store's people enter of somebody who was erased since is refused: nothing of the person comes back.
#[test]
fn a_store_adds_nothing_to_who_was_erased() {
    let world = registered();
    let (ports, id) = (world.ports(), id(&world));
    let answer = block_on(api::erase_customer(&ports, &shop(), CUSTOMER));
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let erased = customer(&world);
    let update = email("loja@b.com");
    let seen = (erased.version, &update);
    let added = block_on(change_from_store(&ports, &operation("pos-9"), &id, seen));
    assert_eq!(added, Err(Failure::Refused(CustomerRefusal::Unknown)));
    assert_eq!(customer(&world), erased);
}

/// Whoever read an order before it was anonymised does not write the names back.
#[test]
fn an_erasure_is_not_undone_by_a_writer_who_read_before() {
    let world = world();
    let ports = world.ports();
    put(&world, &delivered());
    block_on(record_order(&ports, &delivered())).expect("recorded");
    let read = order_in(&world);
    let next = changed(&read, |_| ());
    let answer = block_on(api::erase_customer(&ports, &shop(), CUSTOMER));
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let writes = vec![crate::rows::put_order(&next).expect("a write")];
    let written = block_on(crate::rows::write(ports.store.as_ref(), writes));
    assert_eq!(written, Ok(false));
    assert_eq!(order_in(&world).customer_name.as_str(), "Removido");
}

/// Ids are not derived from what a person is called or reached by.
#[test]
fn a_customer_s_id_cannot_be_guessed() {
    let ids: Vec<CustomerId> = [7, 8]
        .into_iter()
        .map(|seed| {
            let world = World::new(at(OPEN), seed);
            let store = super::world().store.rows(&tables::STORE_CONFIG).remove(0);
            world.store.seed(&tables::STORE_CONFIG, store);
            let ports = world.ports();
            let made = async { create_customer(&ports, &operation("m1"), &person(CUSTOMER)).await };
            block_on(made).expect("made").customer_id
        })
        .collect();
    assert_ne!(ids[0], ids[1]);
}

/// The queue was away when the customer was made: the sweep tells the store.
#[test]
fn what_a_store_was_not_told_is_told_by_the_sweep() {
    let world = registered();
    let mut event = rows::<CustomerEvent>(&world).remove(0);
    event.sent_at = None;
    put(&world, &event);
    let told = queued(&world);
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    let walk = json!(Walk::begun(
        &shop().client_id,
        WalkKind::CustomerEvents,
        None
    ));
    for healed in [1, 0] {
        let sweep = crate::registry::Invocation {
            task: "SweepPage".into(),
            input: walk.clone(),
            token: None,
            execution: "execution".into(),
            retries: None,
        };
        let walked = block_on(crate::registry::invoke(&world.ports(), sweep)).expect("walked");
        assert_eq!(walked["healed"], healed);
    }
    let sent = rows::<CustomerEvent>(&world).remove(0).sent_at;
    assert!(sent.is_some());
    // The queue itself knows the repetition within its five minutes, and here no more.
    assert_eq!(queued(&world), told + 1);
}

/// A POS that never says that it has a new customer is a person's to look at, once; saying so late closes the alarm.
#[test]
fn a_store_that_acknowledges_nothing_is_seen_and_one_that_does_late_is_forgiven() {
    let world = registered();
    let sweep = || {
        let walk = json!(Walk::begun(
            &shop().client_id,
            WalkKind::CustomerEvents,
            None
        ));
        let sweep = crate::registry::Invocation {
            task: "SweepPage".into(),
            input: walk,
            token: None,
            execution: "execution".into(),
            retries: None,
        };
        let walked = block_on(crate::registry::invoke(&world.ports(), sweep)).expect("walked");
        walked["raised"].clone()
    };
    let alarms = || {
        let raised = rows::<Exception>(&world).into_iter();
        raised
            .map(|alarm| (alarm.kind, alarm.state))
            .collect::<Vec<_>>()
    };
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    assert_eq!((sweep(), alarms()), (json!(0), Vec::new()));
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    assert_eq!(sweep(), 1);
    assert_eq!(sweep(), 0);
    let kind = ExceptionKind::CustomerUnacknowledged;
    assert_eq!(alarms(), [(kind, ExceptionState::Open)]);
    for _ in 0..2 {
        let late = block_on(acknowledge(&world.ports(), &operation("m1"), &id(&world)));
        assert_eq!(late, Ok(true));
        assert_eq!(alarms(), [(kind, ExceptionState::Closed)]);
    }
}

/// Whoever was held up in an operation that had nothing to change does not do it later, over what came meanwhile.
#[test]
fn an_operation_that_changed_nothing_is_done_all_the_same() {
    let world = registered();
    let (ports, id) = (world.ports(), id(&world));
    let says = |by: &str, update: &CustomerUpdate| {
        done(block_on(update_customer(
            &ports,
            &operation(by),
            &id,
            update,
        )))
    };
    says("m2", &email("a@b.com"));
    let said = queued(&world);
    says("held-up", &email("a@b.com"));
    assert_eq!(queued(&world), said, "nothing to tell");
    says("m3", &email("c@d.com"));
    let after = says("held-up", &email("a@b.com"));
    assert_eq!(after.email.expect("an e-mail").as_str(), "c@d.com");
}

/// What a talk changed is not changed back by its next answer: the store's people may have corrected it meanwhile.
#[test]
fn an_answer_that_was_entered_is_not_entered_again() {
    let world = registered();
    let ports = world.ports();
    let (shop, address) = (shop(), ChannelAddress::new(CUSTOMER).expect("an address"));
    let keys = (&shop.client_id, &shop.store_id);
    let mut talk = TalkRow::begun(keys, &address, at(OPEN));
    talk.version = 1;
    talk.ended = false;
    let key = json!({
        "clientId": shop.client_id, "storeId": shop.store_id, "talkId": talk.talk_id, "session": 0,
    });
    let save = || {
        let call = super::super::fixture::call("SaveCustomer", &key, None);
        let said = block_on(crate::registry::invoke(&ports, call));
        assert_eq!(said, Ok(json!("SAVED")));
    };
    talk.draft.name = Some(PersonName::parse("Ana").expect("a name"));
    put(&world, &talk);
    save();
    assert_eq!(customer(&world).name.as_str(), "Ana");
    let corrected: CustomerUpdate =
        serde_json::from_value(json!({ "name": "Ana Lima" })).expect("an update");
    done(block_on(update_customer(
        &ports,
        &operation("m5"),
        &id(&world),
        &corrected,
    )));
    let mut talk = rows::<TalkRow>(&world).remove(0);
    talk.draft.email = Some(EmailAnswer::Removed);
    // Another message, and so another operation.
    talk.last_read = Some(LastRead {
        message_id: "SM2".into(),
        at: at(OPEN),
        said: Said::default(),
        outcome: Value::Null,
    });
    put(&world, &talk);
    save();
    assert_eq!(customer(&world).name.as_str(), "Ana Lima");
}

/// An index names an order as it was. What the order is by now is read, and refused for.
#[test]
fn an_order_that_is_under_way_by_now_is_not_anonymised() {
    let world = world();
    let ports = world.ports();
    put(&world, &delivered());
    block_on(record_order(&ports, &delivered())).expect("recorded");
    let under_way = an_order();
    let elsewhere = world.clone();
    let ports = intercepted(
        &ports,
        Arc::new(OnGet(
            &tables::ORDERS,
            Box::new(move || put(&elsewhere, &under_way)),
        )),
    );
    let name = id(&world);
    let answer = block_on(api::erase_customer(&ports, &shop(), name.as_str()));
    assert_eq!(answer.status, 409, "{:?}", answer.body);
    assert!(
        !order_in(&world)
            .channel_address
            .as_str()
            .ends_with("erased")
    );
}

/// Does something before each row of a table is read.
struct OnGet(&'static tables::Table, Box<dyn Fn() + Send + Sync>);

impl Interceptor for OnGet {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if matches!(call, Call::Get(table, _) if table.name == self.0.name) {
            (self.1)();
        }
        Fate::Proceed
    }
}
