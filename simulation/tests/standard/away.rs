//! A channel that is away: for a moment, and the step that speaks says it a moment later; for longer, and the order goes on, and
//! the sweep says it.

use std::sync::{Arc, Mutex};

use comanda_domain::{
    order::{OrderStatus, WaitingFor},
    store::{Minutes, StoreConfig},
    tables::{Row, to_item},
};
use comanda_simulation::{
    restaurant,
    script::Script,
    story::{Happening, Of},
    world::World,
};
use comanda_tasks::ports::intercept::{Call, Fate, Interceptor};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::attending::{Attending, Plan};

/// The messages that meet with something, by their number from 0.
struct Channel {
    fate: Fate,
    /// How many messages were tried, and which of them are lost.
    tried: Mutex<(usize, std::ops::Range<usize>)>,
}

impl Channel {
    fn losing(fate: Fate, lost: std::ops::Range<usize>) -> Arc<Self> {
        let tried = Mutex::new((0, lost));
        Arc::new(Self { fate, tried })
    }

    /// How many messages were lost so far.
    fn has_lost(&self) -> usize {
        let tried = self.tried.lock().unwrap();
        let (number, lost) = &*tried;
        lost.clone().take_while(|one| one < number).count()
    }

    fn is_back(&self) {
        self.tried.lock().unwrap().1 = 0..0;
    }
}

impl Interceptor for Channel {
    fn fate(&self, call: &Call<'_>) -> Fate {
        if !matches!(call, Call::Message(_)) {
            return Fate::Proceed;
        }
        let mut tried = self.tried.lock().unwrap();
        let (number, lost) = &mut *tried;
        let is_lost = lost.contains(number);
        *number += 1;
        if is_lost {
            self.fate.clone()
        } else {
            Fate::Proceed
        }
    }
}

fn example(folder: &str, name: &str) -> Value {
    let path = format!(
        "{}/../examples/{folder}/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A PIX order, placed and not yet looked after.
fn placed(script: &Value, channel: &Arc<Channel>) -> World {
    let script = Script::parse(&script.to_string()).unwrap();
    let mut world = World::new(script, 7).unwrap();
    world.watch(channel.clone());
    let [mut open, _] = restaurant::stores().unwrap();
    open.store.payment_timeout = Minutes::try_from(120).unwrap();
    let row = to_item(&open.store).unwrap();
    world.outside.store.seed(StoreConfig::TABLE, row);
    world.place(&example("orders", "pix-delivery")).unwrap();
    world
}

/// What the customer read, and when.
fn read(world: &World) -> Vec<(Timestamp, String)> {
    let lines = world.story().into_iter();
    let told = lines.filter(|line| line.of == Of::ToCustomer);
    told.map(|Happening { at, says, .. }| (at, says)).collect()
}

/// Whatever text it is that the channel has no time for: it is read a moment later, and all others are.
#[test]
fn a_text_that_is_turned_away_once_is_said_a_moment_later() {
    for script in ["from-placing-to-the-end", "store-rejects"] {
        let live = |lost: std::ops::Range<usize>| {
            let turned_away = lost.len();
            let channel = Channel::losing(Fate::Throttled, lost);
            let mut world = placed(&example("scripts", script), &channel);
            world.run().unwrap();
            assert_eq!(channel.has_lost(), turned_away, "{script}");
            read(&world)
        };
        let fair = live(0..0);
        assert!(fair.len() > 4, "{fair:#?}");
        for number in 0..fair.len() {
            let told = live(number..number + 1);
            assert_eq!(told.len(), fair.len(), "{script}: {number}: {told:#?}");
            for ((at, text), (due, expected)) in told.iter().zip(&fair) {
                assert_eq!(text, expected, "{script}: {number}");
                let late = at.duration_since(*due).as_secs();
                assert!(late <= 4, "{script}: {number}: {late} s: {text}");
            }
        }
    }
}

/// Nobody knows whether the code was said: whoever looks waits for the end of the claim.
#[test]
fn a_code_whose_answer_is_lost_is_read_within_a_minute() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        let channel = Channel::losing(fate, 0..1);
        let mut world = placed(&serde_json::json!({}), &channel);
        world.pass(SignedDuration::from_mins(1)).unwrap();
        let order = world.order().unwrap();
        let code = order.payment_details.pix_code.unwrap();
        let told = read(&world);
        assert_eq!(told.len(), 3, "{told:#?}");
        assert!(told[1].1.contains(&code), "{told:#?}");
        assert_eq!(world.outside.provider.charges().len(), 1);
    }
}

/// The payment is not given up, whatever the step tried; and it is asked for once.
#[test]
fn a_channel_that_is_away_for_an_hour_costs_no_order() {
    let script = serde_json::json!({ "steps": [
        { "when": "placed", "after": "5m", "customer": "pays" },
        { "when": "handedOver", "after": "2m", "store": { "confirms": { "readyInMinutes": 35 } } },
    ]});
    let channel = Channel::losing(Fate::LostBefore, 0..usize::MAX);
    let mut world = placed(&script, &channel);
    let attending = Arc::new(Attending::new(Plan::Fair));
    world.attend(attending.clone());
    world.pass(SignedDuration::from_hours(1)).unwrap();
    assert!(read(&world).is_empty(), "it is away");
    let order = world.order().unwrap();
    assert_eq!(order.waiting_for, Some(WaitingFor::Payment));
    // All of its thirteen, but for the three that are left to the asking itself.
    let tries = attending.seen().calls.into_iter();
    assert_eq!(
        tries.filter(|call| call.task == "RequestPayment").count(),
        10
    );
    let charges = world.outside.provider.charges();
    assert_eq!((charges.len(), charges[0].charge.deleted), (1, false));

    channel.is_back();
    let tenant = restaurant::tenant().unwrap();
    let sweep = serde_json::json!({ "clientId": tenant });
    world.start("reconciliation", "sweep-1", sweep).unwrap();
    world.pass(SignedDuration::from_mins(1)).unwrap();
    let code = order.payment_details.pix_code.unwrap();
    let told = read(&world);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[1].1.contains(&code), "{told:#?}");

    // Its script begins here.
    world.run().unwrap();
    assert_eq!(world.order().unwrap().status(), OrderStatus::Confirmed);
}
