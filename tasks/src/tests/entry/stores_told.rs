//! What the sweep makes of events of customers: each store hears of its own, and one that is away keeps no other waiting.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    people::{CustomerEvent, CustomerUpdate},
};
use comanda_workflows::contracts::{Walk, WalkKind};

use super::*;
use crate::{
    customers::{NewCustomer, Operation, acknowledge, create_customer, update_customer},
    registry::{Invocation, invoke},
};

const KIND: ExceptionKind = ExceptionKind::CustomerUnacknowledged;

fn of_store(store: &str, id: &str) -> Operation {
    let store = StoreId::new(store).expect("an id");
    Operation::new(&shop().client_id, &store, id)
}

/// A second store of the tenant, with a queue of its own.
fn two_stores() -> World {
    let world = world();
    let mut second = rows::<StoreConfig>(&world).remove(0);
    second.store_id = StoreId::new("norte").expect("an id");
    second.queue_url = second.queue_url.replace("centro", "norte");
    put(&world, &second);
    world
}

fn customers_of(ports: &Ports, store: &str, phones: &[u32]) -> Vec<CustomerId> {
    let made = phones.iter().map(|phone| {
        let new = NewCustomer {
            address: ChannelAddress::new(format!("whatsapp:+55119{phone}")).expect("an address"),
            name: PersonName::parse("Ana Souza").expect("a name"),
            cpf: None,
            source: Source::WhatsappBot,
            id: None,
        };
        let operation = of_store(store, &format!("m{phone}"));
        let made = async { create_customer(ports, &operation, &new).await };
        block_on(made).expect("made").customer_id
    });
    made.collect()
}

fn swept(ports: &Ports) -> Walk {
    let sweep = Invocation {
        task: "SweepPage".into(),
        input: json!(Walk::begun(
            &shop().client_id,
            WalkKind::CustomerEvents,
            None
        )),
        token: None,
        execution: "execution".into(),
        retries: None,
    };
    let walked = block_on(invoke(ports, sweep)).expect("walked");
    serde_json::from_value(walked).expect("a walk")
}

/// Every message to one store's queue is lost.
struct Away(&'static str);

impl Interceptor for Away {
    fn fate(&self, call: &Call<'_>) -> Fate {
        match call {
            Call::Send(message) if message.queue_url.contains(self.0) => Fate::LostBefore,
            _ => Fate::Proceed,
        }
    }
}

#[test]
fn a_store_whose_queue_is_away_keeps_no_other_from_being_told() {
    let world = two_stores();
    let nothing_sent = intercepted(&world.ports(), Arc::new(Away("comanda")));
    // The first store's are the oldest.
    customers_of(&nothing_sent, "centro", &[11_111_111, 22_222_222]);
    customers_of(&nothing_sent, "norte", &[33_333_333]);
    assert_eq!(world.queue.messages().len(), 0);
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    let one_away = intercepted(&world.ports(), Arc::new(Away("centro")));
    let walk = swept(&one_away);
    assert_eq!((walk.healed, walk.left), (1, 2));
    assert!(walk.ended && !walk.complete, "a person is to see it");
    let messages = world.queue.messages();
    assert!(messages.len() == 1 && messages[0].queue_url.contains("norte"));
    let walk = swept(&world.ports());
    assert_eq!((walk.healed, walk.left, walk.complete), (2, 0, true));
    assert_eq!(world.queue.messages().len(), 3);
}

/// Two stores know one customer: what the one with the dead queue is not told, the other is, and it is that one that is taken for
/// away.
#[test]
fn a_customer_s_dead_queue_keeps_no_other_store_of_theirs_from_being_told() {
    let world = two_stores();
    let nothing_sent = intercepted(&world.ports(), Arc::new(Away("comanda")));
    let customer = customers_of(&nothing_sent, "centro", &[11_111_111]).remove(0);
    let renamed = |store: &str, id: &str, name: &str| {
        let update = CustomerUpdate {
            name: Some(PersonName::parse(name).expect("a name")),
            ..CustomerUpdate::default()
        };
        let operation = of_store(store, id);
        let changed = update_customer(&nothing_sent, &operation, &customer, &update);
        block_on(changed).expect("changed");
    };
    renamed("norte", "z1", "Ana de Souza");
    renamed("centro", "n2", "Ana Maria de Souza");
    customers_of(&nothing_sent, "norte", &[22_222_222]);
    world.clock.advance(jiff::SignedDuration::from_mins(10));
    let one_away = intercepted(&world.ports(), Arc::new(Away("centro")));
    let walk = swept(&one_away);
    let to = |world: &World| {
        let queues = world.queue.messages().into_iter();
        let mut queues: Vec<_> = queues.map(|message| message.queue_url).collect();
        queues.sort();
        queues
    };
    assert_eq!((walk.healed, walk.left), (1, 2), "{:?}", to(&world));
    assert_eq!(to(&world).len(), 2);
    assert!(to(&world).iter().all(|queue| queue.contains("norte")));
    let walk = swept(&world.ports());
    assert_eq!((walk.left, walk.complete), (0, true));
    let events = rows::<CustomerEvent>(&world);
    assert!(events.iter().all(|event| event.sent_at.is_some()));
    assert_eq!(to(&world).len(), 4);
}

/// Several customers of whom a POS says nothing are one fault of one store.
#[test]
fn a_store_that_acknowledges_nothing_is_one_alarm_until_it_acknowledges_something() {
    let world = two_stores();
    let ports = world.ports();
    let centro = customers_of(&ports, "centro", &[11_111_111, 22_222_222, 33_333_333]);
    let alarms = || {
        let alarms = rows::<Exception>(&world).into_iter();
        let of_stores = alarms.filter(|alarm| alarm.kind == KIND);
        let of_stores = of_stores.map(|alarm| (alarm.subject_id, alarm.state));
        of_stores.collect::<Vec<_>>()
    };
    world.clock.advance(jiff::SignedDuration::from_mins(20));
    assert_eq!((swept(&ports).raised, swept(&ports).raised), (1, 0));
    let open = ("centro".to_owned(), ExceptionState::Open);
    assert_eq!(alarms(), std::slice::from_ref(&open));
    // Another store's word says nothing of this one.
    let norte = customers_of(&ports, "norte", &[44_444_444]);
    let taken = |store: &str, phone: u32, customer: &CustomerId| {
        let operation = of_store(store, &format!("m{phone}"));
        block_on(acknowledge(&ports, &operation, customer)).expect("taken")
    };
    assert!(taken("norte", 44_444_444, &norte[0]));
    assert_eq!(alarms(), std::slice::from_ref(&open));
    assert!(taken("centro", 22_222_222, &centro[1]));
    assert_eq!(alarms(), [("centro".to_owned(), ExceptionState::Closed)]);
    // Silent again, it is seen again.
    customers_of(&ports, "centro", &[55_555_555]);
    world.clock.advance(jiff::SignedDuration::from_mins(20));
    assert_eq!(swept(&ports).raised, 1);
    assert_eq!(alarms(), [open]);
    let unheard = |event: &CustomerEvent| event.overdue_at.is_some();
    let events = rows::<CustomerEvent>(&world);
    assert_eq!(events.iter().filter(|event| unheard(event)).count(), 4);
}
