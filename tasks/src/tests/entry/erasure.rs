//! Erasing whoever has no record, with accidents in between and with somebody who registers meanwhile.

use std::sync::{Arc, Mutex};

use comanda_domain::{
    audit::{AuditAction, AuditEntry},
    ids::OrderId,
    keys::Key,
    people::{Customer, CustomerKey},
    tables::Index,
};
use comanda_workflows::contracts::TalkKey;

use super::*;
use crate::{
    api,
    customers::{NewCustomer, Operation, create_customer},
    ports::{Answer, Page, Query, Store, StoreError, StoredRow, Write},
    registry::{Invocation, invoke},
    rows::{CounterRow, TalkRow},
};

/// Somebody who ordered in vain and talked until they were shown what they had said.
pub(super) fn talked() -> World {
    let world = world();
    let shop = shop();
    let address = ChannelAddress::new(CUSTOMER).expect("an address");
    let mut order = an_order();
    order.move_to(OrderEvent::Cancel).expect("allowed");
    put(&world, &order);
    let mut talk = TalkRow::begun((&shop.client_id, &shop.store_id), &address, at(OPEN));
    talk.draft.name = Some(PersonName::parse("Joana Canario").expect("a name"));
    put(&world, &talk);
    let mut said = super::told("SMout1");
    said.subject_id = talk.execution_name();
    said.text = "Nome: Joana Canario".into();
    said.channel_address = address;
    put(&world, &said);
    world
}

fn erased(ports: &Ports) -> u16 {
    block_on(api::erase_customer(ports, &shop(), CUSTOMER)).status
}

fn times_on_record(world: &World) -> usize {
    let entries = rows::<AuditEntry>(world).into_iter();
    entries
        .filter(|entry| entry.action == AuditAction::CustomerErased)
        .count()
}

#[track_caller]
pub(super) fn names_nobody(world: &World) {
    let all = state(world);
    for canary in ["987654321", "Canario", "João da Silva"] {
        let mut tables = all.lines().filter(|line| line.starts_with("WhatsApp"));
        assert_eq!(tables.find(|line| line.contains(canary)), None, "{canary}");
    }
}

/// One call that is lost; every other goes through.
struct Lost {
    at: usize,
    fate: Fate,
    calls: AtomicUsize,
}

impl Interceptor for Lost {
    fn fate(&self, _: &Call<'_>) -> Fate {
        if self.calls.fetch_add(1, Ordering::Relaxed) == self.at {
            return self.fate.clone();
        }
        Fate::Proceed
    }
}

/// Wherever an erasure is cut short, the next one leaves nothing, and that there was one is on record.
#[test]
fn an_erasure_that_was_cut_short_is_done_again_and_leaves_its_trace() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        let mut at = 0;
        loop {
            let world = talked();
            let lost = Arc::new(Lost {
                at,
                fate: fate.clone(),
                calls: AtomicUsize::new(0),
            });
            let first = erased(&intercepted(&world.ports(), lost.clone()));
            if lost.calls.load(Ordering::Relaxed) <= at {
                assert!(at > 10, "an erasure makes more than {at} calls");
                break;
            }
            let second = erased(&world.ports());
            assert!(
                first != 404 && [200, 404].contains(&second),
                "{fate:?} at {at}: {first}, {second}"
            );
            assert!(times_on_record(&world) >= 1, "{fate:?} at {at}");
            names_nobody(&world);
            at += 1;
        }
    }
}

/// Somebody else's doing, at the first write to a table.
struct Meanwhile {
    table: &'static Table,
    does: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Interceptor for Meanwhile {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let meant = matches!(call, Call::Write(writes)
            if writes.iter().any(|write| write.table.name == self.table.name));
        let does = if meant {
            self.does.lock().expect("not poisoned").take()
        } else {
            None
        };
        if let Some(does) = does {
            does();
        }
        Fate::Proceed
    }
}

/// Somebody who talked, and their registration.
fn registers() -> (World, impl FnOnce() + Send + 'static) {
    let world = talked();
    let ports = world.ports();
    let registers = move || {
        let shop = shop();
        let operation = Operation::new(&shop.client_id, &shop.store_id, "m1");
        let new = NewCustomer {
            address: ChannelAddress::new(CUSTOMER).expect("an address"),
            name: PersonName::parse("Joana Canario").expect("a name"),
            cpf: None,
            source: Source::WhatsappBot,
            id: None,
        };
        let made = async { create_customer(&ports, &operation, &new).await };
        assert!(block_on(made).is_ok());
    };
    (world, registers)
}

#[test]
fn who_registers_while_they_are_erased_is_erased_with_it() {
    let (world, registers) = registers();
    let meanwhile = Meanwhile {
        table: &tables::TALKS,
        does: Mutex::new(Some(Box::new(registers))),
    };
    let status = erased(&intercepted(&world.ports(), Arc::new(meanwhile)));
    assert_eq!((status, times_on_record(&world)), (200, 2));
    assert_eq!(rows::<Customer>(&world).len(), 1);
    assert_eq!(rows::<CustomerKey>(&world), []);
    names_nobody(&world);
}

/// The store has given so many numbers.
fn numbered(world: &World, last: u64) {
    let shop = shop();
    put(
        world,
        &CounterRow::order_numbers(&shop.client_id, &shop.store_id, last),
    );
}

/// Indexes of orders that do not name what was written in the last moments.
struct Lagging {
    truth: Arc<dyn Store>,
    indexes: &'static [&'static Index],
}

impl Store for Lagging {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        self.truth.get(table, key)
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        self.truth.write(writes)
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        let lags = query
            .index
            .is_some_and(|index| self.indexes.contains(&index));
        if lags && query.table == Order::TABLE {
            return Box::pin(async {
                Ok(Page {
                    items: Vec::new(),
                    next: None,
                })
            });
        }
        self.truth.query(query)
    }
}

fn lagging(world: &World, indexes: &'static [&'static Index]) -> Ports {
    let ports = world.ports();
    let truth = ports.store.clone();
    Ports {
        store: Arc::new(Lagging { truth, indexes }),
        ..ports
    }
}

const BY_PERSON: &[&Index] = &[
    &tables::orders::BY_CUSTOMER,
    &tables::orders::BY_CHANNEL_ADDRESS,
];

/// An order that was placed a moment ago is found by its number, which was given with it.
#[test]
fn an_order_that_no_list_of_the_person_s_names_yet_is_erased_with_them() {
    let world = talked();
    numbered(&world, 1);
    assert_eq!(erased(&lagging(&world, BY_PERSON)), 200);
    names_nobody(&world);
    // Nor does somebody who has done nothing but to order, and that in vain.
    let world = super::world();
    let mut order = an_order();
    order.move_to(OrderEvent::Cancel).expect("allowed");
    put(&world, &order);
    numbered(&world, 1);
    assert_eq!(erased(&lagging(&world, BY_PERSON)), 200);
    names_nobody(&world);
}

#[test]
fn an_order_that_no_list_names_yet_is_under_way_all_the_same() {
    let world = talked();
    put(&world, &an_order());
    numbered(&world, 1);
    assert_eq!(erased(&lagging(&world, BY_PERSON)), 409);
    assert!(state(&world).contains("Canario"));
}

/// A number that is given and not listed may be anybody's: it is asked again in a moment, and nothing was touched.
#[test]
fn nobody_is_erased_past_an_order_that_cannot_be_found_yet() {
    let world = talked();
    numbered(&world, 1);
    const BY_NUMBER: &[&Index] = &[&tables::orders::BY_NUMBER];
    let before = state(&world);
    assert_eq!(erased(&lagging(&world, BY_NUMBER)), 503);
    assert_eq!(state(&world), before);
    assert_eq!(erased(&world.ports()), 200);
    names_nobody(&world);
}

/// The order is accepted by the record in the very moment before that goes.
#[test]
fn an_order_that_is_accepted_just_before_the_record_goes_is_found() {
    let (world, registers) = registers();
    registers();
    let record = rows::<Customer>(&world).remove(0);
    let at_last = {
        let world = world.clone();
        move || {
            let mut order = an_order();
            order.customer_id = record.customer_id.clone();
            order.order_id = OrderId::new("order_2").expect("an id");
            order.order_number = 2;
            order.move_to(OrderEvent::Cancel).expect("allowed");
            put(&world, &order);
            numbered(&world, 2);
        }
    };
    let meanwhile = Meanwhile {
        table: &tables::CUSTOMERS,
        does: Mutex::new(Some(Box::new(at_last))),
    };
    assert_eq!(
        erased(&intercepted(&world.ports(), Arc::new(meanwhile))),
        200
    );
    assert_eq!(rows::<Order>(&world).len(), 2);
    names_nobody(&world);
}

/// Whoever is erased between two reads of a step is not made anew by it.
#[track_caller]
fn is_not_made_anew(world: &World, task: &str, input: Value) {
    let erases = {
        let ports = world.ports();
        move || assert_eq!(erased(&ports), 200)
    };
    let meanwhile = Meanwhile {
        table: &tables::CUSTOMERS,
        does: Mutex::new(Some(Box::new(erases))),
    };
    let call = Invocation {
        task: task.into(),
        input,
        token: None,
        execution: "execution".into(),
        retries: None,
    };
    let ports = intercepted(&world.ports(), Arc::new(meanwhile));
    let _refused = block_on(invoke(&ports, call));
    assert_eq!(times_on_record(world), 1);
    assert_eq!(rows::<Customer>(world), []);
    names_nobody(world);
}

#[test]
fn who_is_erased_while_their_registration_is_written_is_not_registered() {
    let world = talked();
    let mut talk = rows::<TalkRow>(&world).remove(0);
    talk.begin_session();
    put(&world, &talk);
    let key = TalkKey {
        client_id: talk.client_id,
        store_id: talk.store_id,
        talk_id: talk.talk_id,
        session: talk.session,
    };
    is_not_made_anew(&world, "RegisterCustomer", json!(key));
}

#[test]
fn who_is_erased_while_their_order_is_remembered_is_not_registered() {
    let world = super::world();
    let events = [
        OrderEvent::Confirm,
        OrderEvent::Prepare,
        OrderEvent::MakeReady,
        OrderEvent::Dispatch,
    ];
    put(
        &world,
        &events
            .iter()
            .fold(an_order(), |order, event| moved(&order, *event)),
    );
    let report = json!({
        "order": key(), "status": "DELIVERED", "by": "RESTAURANT", "eventId": "e1", "readyInMinutes": null,
    });
    is_not_made_anew(&world, "ApplyStatus", report);
}

/// An order under way refuses before anything is written, that they were erased included.
#[test]
fn nobody_without_a_record_is_erased_while_food_is_on_its_way() {
    let world = talked();
    put(&world, &an_order());
    assert_eq!(erased(&world.ports()), 409);
    assert_eq!(times_on_record(&world), 0);
    assert!(state(&world).contains("Canario"));
}
