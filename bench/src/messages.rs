//! How many messages a second the local stack takes in, answers in order and loses none of, and the processor time of one;
//! beside it, the processor time of our own of it: the same messages in virtual time, where nothing else is.
//!
//! Customers write by the channel's simulator, which signs and calls the stack's webhook as Twilio does; what they are
//! answered is read on their phones. Each waits for the answer before it goes on, so that the rate is the stack's own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use comanda_domain::people::ChannelAddress;
use comanda_simulation::{script::Script, world::World};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{Failure, client::Client, scaling::processor_time, servers::Server};

/// Messages, answers and their processor time.
#[derive(clap::Args)]
pub struct MessagesArguments {
    /// How many customers write at the same time.
    #[arg(long, default_value_t = 16)]
    conversations: usize,
    /// For how long new conversations are begun.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// How often each customer changes their name after they are registered.
    #[arg(long, default_value_t = 3)]
    changes: usize,
}

/// Nobody waits longer for an answer; a lost message is found by it.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Surplus messages would have come by then.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// Enough for a time that is a second or more.
const CUSTOMERS_OF_OUR_OWN: usize = 100;
/// How often a phone is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a customer writes, and the words by which the answer is known.
const REGISTRATION: [(&str, &str); 5] = [
    ("Oi", "gostaria de saber seu nome"),
    ("Ana Souza", "seu e-mail"),
    ("pular", "endereço completo"),
    ("Rua Augusta, 100, Consolação", "Confira, por favor"),
    ("sim", "Como posso ajudá-lo hoje?"),
];
const CHANGE: [(&str, &str); 2] = [
    ("quero mudar meu nome", "Qual é o seu nome?"),
    ("Ana Lima", "dados foram atualizados"),
];

/// Measures, and prints.
pub async fn run(arguments: &MessagesArguments) -> Result<(), Failure> {
    let stack = Server::ephemeral()?;
    let place = Place {
        address: stack.console()?,
        store: stack.store_number()?,
    };
    // One conversation before the clock runs: code and connections are warm then.
    let mut warm = Phone::new(&place, 0).await?;
    warm.talk(arguments.changes).await?;
    let next = Arc::new(AtomicUsize::new(1));
    let until = Instant::now() + Duration::from_secs(arguments.seconds);
    let (begun, before) = (Instant::now(), stack.processor_seconds()?);
    let mut workers = Vec::new();
    for _ in 0..arguments.conversations {
        let (place, next, changes) = (place.clone(), Arc::clone(&next), arguments.changes);
        workers.push(tokio::spawn(async move {
            let mut talks: Vec<Talk> = Vec::new();
            while talks.is_empty() || Instant::now() < until {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let mut phone = Phone::new(&place, number).await?;
                talks.push(phone.talk(changes).await?);
            }
            Ok::<_, Failure>(talks)
        }));
    }
    let mut talks = Vec::new();
    for worker in workers {
        talks.extend(worker.await??);
    }
    let (seconds, processor) = (
        begun.elapsed().as_secs_f64(),
        stack.processor_seconds()? - before,
    );
    tokio::time::sleep(AFTERWARDS).await;
    for number in 0..next.load(Ordering::Relaxed) {
        let mut phone = Phone::new(&place, number).await?;
        let heard = phone.heard().await?;
        is_complete(&phone.customer, &heard, arguments.changes)?;
    }
    print(&talks, (seconds, processor), stack.resident_bytes()?);
    drop(stack);
    let own = of_our_own(arguments.changes)?;
    let messages: usize = talks.iter().map(|talk| talk.latencies.len()).sum();
    println!(
        "{own:.2} ms of it are our own: handlers and engine in virtual time, over tables in memory. The stack takes {:.1} times that.",
        processor * 1_000.0 / messages as f64 / own
    );
    Ok(())
}

/// Milliseconds of processor time for a message and its answer in virtual time.
fn of_our_own(changes: usize) -> Result<f64, Failure> {
    let mut world = World::new(Script::parse("{}")?, 1)?;
    let (mut messages, begun) = (0, processor_time()?);
    let addresses: Vec<String> = (0..CUSTOMERS_OF_OUR_OWN).map(address).collect();
    for from in &addresses {
        for (says, _) in script(changes) {
            messages += 1;
            world.customer_writes(from, (&format!("SM{messages:032}"), says));
            world.pass(SignedDuration::from_secs(1))?;
        }
    }
    let took = processor_time()?.saturating_sub(begun);
    for from in &addresses {
        let heard = world.heard(&ChannelAddress::new(from.as_str())?);
        is_complete(from, &heard, changes)?;
    }
    Ok(took.as_secs_f64() * 1_000.0 / f64::from(messages))
}

fn print(talks: &[Talk], (seconds, processor): (f64, f64), resident_bytes: u64) {
    let mut latencies: Vec<Duration> = talks
        .iter()
        .flat_map(|talk| talk.latencies.iter().copied())
        .collect();
    latencies.sort_unstable();
    let looks: usize = talks.iter().map(|talk| talk.looks).sum();
    let messages = latencies.len();
    let at = |share: usize| {
        let position = (messages * share / 100).min(messages.saturating_sub(1));
        latencies.get(position).map_or(0, Duration::as_millis)
    };
    println!(
        "{messages} messages of {} customers in {seconds:.1} s, each answered once, in order, none lost.",
        talks.len()
    );
    println!("{:.0} messages a second.", messages as f64 / seconds);
    println!(
        "{:.2} ms of the stack's processor time for a message and its answer, the channel's simulator, its reports of \
         delivery and {:.1} looks at the phone included; {:.0} % of one processor.",
        processor * 1_000.0 / messages as f64,
        looks as f64 / messages as f64,
        processor * 100.0 / seconds
    );
    println!(
        "Answered within {} ms (median), {} ms (99 of 100). {} MiB in memory at the end.",
        at(50),
        at(99),
        resident_bytes / 1_048_576
    );
}

/// Where the stack is, and which store is written to.
#[derive(Clone)]
struct Place {
    address: String,
    store: String,
}

/// What came of a conversation.
struct Talk {
    latencies: Vec<Duration>,
    looks: usize,
}

/// One customer's phone.
struct Phone {
    client: Client,
    customer: String,
    store: String,
}

impl Phone {
    async fn new(place: &Place, number: usize) -> Result<Self, Failure> {
        Ok(Self {
            client: Client::connect(&place.address).await?,
            customer: address(number),
            store: place.store.clone(),
        })
    }

    /// A whole conversation: each message is written when the one before is answered.
    async fn talk(&mut self, changes: usize) -> Result<Talk, Failure> {
        let mut talk = Talk {
            latencies: Vec::new(),
            looks: 0,
        };
        for (at, (says, expected)) in script(changes).enumerate() {
            let begun = Instant::now();
            self.write(says).await?;
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                talk.looks += 1;
                let heard = self.heard().await?;
                if let Some(answer) = heard.get(at) {
                    is_right(&self.customer, answer, (at, expected))?;
                    break;
                }
                if begun.elapsed() > ANSWER_WITHIN {
                    return Err(format!("{}: message {at} was lost", self.customer).into());
                }
            }
            talk.latencies.push(begun.elapsed());
        }
        Ok(talk)
    }

    async fn write(&mut self, text: &str) -> Result<(), Failure> {
        let body = json!({ "from": self.customer, "to": self.store, "body": text });
        let path = "/simulators/twilio/control/inbound";
        self.client.post_json(path, &body).await.map(|_| ())
    }

    /// What the phone shows of the store's messages, oldest first.
    async fn heard(&mut self) -> Result<Vec<String>, Failure> {
        let address = self.customer.replace('+', "%2B");
        let path = format!("/simulators/twilio/control/messages?to={address}");
        let shown = self.client.get_json(&path).await?;
        let messages = shown.get("messages").and_then(Value::as_array);
        let bodies = messages.into_iter().flatten().map(|message| {
            let body = message.get("body").and_then(Value::as_str);
            body.unwrap_or_default().to_owned()
        });
        Ok(bodies.collect())
    }
}

fn address(number: usize) -> String {
    format!("whatsapp:+55119{:08}", 80_000_000 + number)
}

fn is_right(customer: &str, answer: &str, (at, expected): (usize, &str)) -> Result<(), Failure> {
    match answer.contains(expected) {
        true => Ok(()),
        false => Err(format!("{customer}: answer {at} is not “{expected}”: {answer}").into()),
    }
}

/// Each message was answered once, in order, and nothing else was said.
fn is_complete(customer: &str, heard: &[String], changes: usize) -> Result<(), Failure> {
    let expected = script(changes).count();
    if heard.len() != expected {
        let heard = heard.len();
        return Err(format!("{customer}: {heard} answers to {expected} messages").into());
    }
    for (at, ((_, words), answer)) in script(changes).zip(heard).enumerate() {
        is_right(customer, answer, (at, words))?;
    }
    Ok(())
}

fn script(changes: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    let changes = std::iter::repeat_n(CHANGE, changes).flatten();
    REGISTRATION.into_iter().chain(changes)
}
