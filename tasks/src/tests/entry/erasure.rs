//! Erasing whoever has no record, with accidents in between and with somebody who registers meanwhile.

use std::sync::Mutex;

use comanda_domain::{
    audit::{AuditAction, AuditEntry},
    people::{Customer, CustomerKey},
};

use super::*;
use crate::{
    api,
    customers::{NewCustomer, Operation, create_customer},
    rows::TalkRow,
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

#[test]
fn who_registers_while_they_are_erased_is_erased_with_it() {
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

/// An order under way refuses before anything is written, that they were erased included.
#[test]
fn nobody_without_a_record_is_erased_while_food_is_on_its_way() {
    let world = talked();
    put(&world, &an_order());
    assert_eq!(erased(&world.ports()), 409);
    assert_eq!(times_on_record(&world), 0);
    assert!(state(&world).contains("Canario"));
}
