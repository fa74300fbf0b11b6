//! The stories of the standard tests: every way that an order can be paid, confirmed, answered and ended, every talk, and
//! the sweep. Together they must visit every state of every workflow.

use std::sync::Arc;

use comanda_domain::{
    store::{Minutes, OrderConfig},
    tables::{Row, to_item},
};
use comanda_simulation::{
    restaurant,
    script::Script,
    world::{World, WorldError},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::attending::{Attending, Plan, Seen};

/// A story.
pub struct Scenario {
    pub name: &'static str,
    plot: Plot,
}

enum Plot {
    Order {
        order: &'static str,
        store: fn(&mut OrderConfig),
        world: fn(&World),
        placed: fn(&World),
        steps: Value,
    },
    Talk(&'static [&'static str]),
    Sweep,
}

/// A story that was lived.
pub struct Lived {
    pub world: World,
    pub seen: Seen,
    /// Whether it came to rest.
    pub rested: bool,
}

/// Every customer of the talks writes from here.
pub const CUSTOMER: &str = "whatsapp:+5511987654321";

impl Scenario {
    /// Lives it; what happens after the end of the story is the caller's.
    pub fn live(&self, plan: Plan) -> Lived {
        self.live_beside(plan, &|_| {})
    }

    /// Lives it in a world that was prepared before anything happens in it.
    pub fn live_beside(&self, plan: Plan, prepare_world: &dyn Fn(&World)) -> Lived {
        let attending = Arc::new(Attending::new(plan));
        let script = match &self.plot {
            Plot::Order { steps, .. } => Script::parse(&steps.to_string()).unwrap(),
            Plot::Talk(_) | Plot::Sweep => Script::default(),
        };
        let mut world = World::new(script, 7).unwrap();
        world.attend(attending.clone());
        prepare_world(&world);
        let rested = match &self.plot {
            Plot::Order {
                order,
                store,
                world: prepare,
                placed,
                ..
            } => {
                configure(&world, *store);
                prepare(&world);
                world.place(&example(order)).unwrap();
                placed(&world);
                rests(world.run())
            }
            Plot::Talk(lines) => talk(&mut world, lines),
            Plot::Sweep => sweep(&mut world, 1),
        };
        Lived {
            rested,
            world,
            seen: attending.seen(),
        }
    }
}

/// One sweep of the tenant's books, as the schedule starts them.
pub fn sweep(world: &mut World, number: u32) -> bool {
    let tenant = restaurant::tenant().unwrap();
    let name = format!("sweep-{number}");
    let request = json!({ "clientId": tenant });
    world.start("reconciliation", &name, request).unwrap();
    rests(world.run())
}

/// Whether a world came to rest; what else can go wrong with it is a mistake of the story.
#[track_caller]
fn rests(ran: Result<(), WorldError>) -> bool {
    match ran {
        Err(WorldError::Endless { .. }) => false,
        ran => {
            ran.unwrap();
            true
        }
    }
}

fn talk(world: &mut World, lines: &[&str]) -> bool {
    for (number, line) in lines.iter().enumerate() {
        let id = format!("SM{number:032}");
        world.customer_writes(CUSTOMER, (&id, line));
        if !rests(world.pass(SignedDuration::from_secs(30))) {
            return false;
        }
    }
    rests(world.run())
}

fn configure(world: &World, change: fn(&mut OrderConfig)) {
    let [mut open, _] = restaurant::stores().unwrap();
    change(&mut open.orders);
    let row = to_item(&open.orders).unwrap();
    world.outside.store.seed(OrderConfig::TABLE, row);
}

fn example(name: &str) -> Value {
    let path = format!(
        "{}/../examples/orders/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn minutes(value: u32) -> Minutes {
    Minutes::try_from(value).unwrap()
}

fn order(name: &'static str, order: &'static str, steps: &Value) -> Scenario {
    Scenario {
        name,
        plot: Plot::Order {
            order,
            store: |_| {},
            world: |_| {},
            placed: |_| {},
            steps: json!({ "steps": steps }),
        },
    }
}

impl Scenario {
    fn store(mut self, change: fn(&mut OrderConfig)) -> Self {
        if let Plot::Order { store, .. } = &mut self.plot {
            *store = change;
        }
        self
    }

    fn world(mut self, change: fn(&World)) -> Self {
        if let Plot::Order { world, .. } = &mut self.plot {
            *world = change;
        }
        self
    }

    fn placed(mut self, change: fn(&World)) -> Self {
        if let Plot::Order { placed, .. } = &mut self.plot {
            *placed = change;
        }
        self
    }

    /// The provider's refunds end by the script's word only.
    fn slow_refunds(mut self) -> Self {
        if let Plot::Order { steps, .. } = &mut self.plot {
            steps["refundsByItself"] = json!(false);
        }
        self
    }
}

/// Every story.
pub fn all() -> Vec<Scenario> {
    let mut all = payments();
    all.extend(answers());
    all.extend(refunds());
    all.extend(reports());
    all.extend(talks());
    all.push(Scenario {
        name: "a sweep with nothing to do",
        plot: Plot::Sweep,
    });
    all
}

fn pays() -> Value {
    json!({ "when": "charged", "after": "40s", "customer": "pays" })
}

fn says_yes() -> Value {
    json!({ "when": "handedOver", "after": "2m", "store": { "confirms": { "readyInMinutes": 35 } } })
}

fn says_no() -> Value {
    json!({ "when": "handedOver", "after": "2m", "store": { "rejects": { "reason": "Acabou o bacon" } } })
}

fn payments() -> Vec<Scenario> {
    let declined = json!({ "when": "charged", "after": "1m", "provider": "declines" });
    vec![
        order(
            "PIX, paid and confirmed",
            "pix-delivery",
            &json!([pays(), says_yes()]),
        ),
        order(
            "card at pickup, paid and confirmed",
            "card-pickup",
            &json!([pays(), says_yes()]),
        ),
        order(
            "cash at the door, confirmed",
            "cash-delivery",
            &json!([says_yes()]),
        ),
        order("nobody pays", "pix-delivery", &json!([])),
        order(
            "money comes too late",
            "pix-delivery",
            &json!([{ "when": "charged", "after": "31m", "customer": "pays" }]),
        ),
        order(
            "money comes with the deadline",
            "pix-delivery",
            &json!([{ "when": "placed", "after": "30m", "customer": "pays" }, says_yes()]),
        ),
        order(
            "another amount comes",
            "pix-delivery",
            &json!([{ "when": "charged", "after": "40s", "customer": { "paysOnly": 100 } }]),
        ),
        order(
            "the customer cancels before paying",
            "pix-delivery",
            &json!([{ "when": "charged", "after": "1m", "customer": "cancels" }]),
        ),
        order(
            "a declined card, then PIX",
            "card-pickup",
            &json!([
                declined,
                { "when": "charged", "after": "3m", "customer": { "chooses": "PIX" } },
                { "when": "charged", "occurrence": 2, "after": "30s", "customer": "pays" },
                says_yes(),
            ]),
        ),
        order(
            "a declined card, then nothing",
            "card-pickup",
            &json!([declined]),
        ),
        order(
            "a declined card, then a cancel",
            "card-pickup",
            &json!([declined, { "when": "charged", "after": "3m", "customer": "cancels" }]),
        ),
        order("no charge can be made", "pix-delivery", &json!([]))
            .world(|world| world.outside.provider.refuse_charges(Some("invalid_value"))),
        order("the key is gone", "pix-delivery", &json!([])).world(|world| {
            world
                .outside
                .secrets
                .set("comanda/sabor-brasileiro/asaas-api-key", "")
        }),
        order("refused when it is accepted", "pix-delivery", &json!([])).placed(|world| {
            configure(world, |orders| {
                orders.minimum_order_value = comanda_domain::money::Money::from_centavos(99_900);
            });
        }),
        order(
            "the provider repeats itself",
            "pix-delivery",
            &json!([
                pays(),
                { "when": "charged", "after": "41s", "provider": "repeatsTheWebhook" },
                says_yes(),
                { "when": "confirmed", "after": "1m", "provider": "repeatsTheWebhook" },
            ]),
        ),
    ]
}

fn answers() -> Vec<Scenario> {
    vec![
        order("nobody needs to confirm", "pix-delivery", &json!([pays()]))
            .store(|orders| orders.requires_confirmation = false),
        order(
            "cash, and nobody needs to confirm",
            "cash-delivery",
            &json!([]),
        )
        .store(|orders| orders.requires_confirmation = false),
        order(
            "the store's silence means yes",
            "pix-delivery",
            &json!([pays()]),
        )
        .store(|orders| orders.auto_confirmation_timeout = minutes(10)),
        order(
            "the store is silent, and the money goes back",
            "pix-delivery",
            &json!([pays()]),
        ),
        order(
            "the store is silent, and a person decides",
            "pix-delivery",
            &json!([pays()]),
        )
        .store(|orders| orders.refund_unconfirmed_orders = false),
        order(
            "the store is silent about cash",
            "cash-delivery",
            &json!([]),
        )
        .store(|orders| orders.refund_unconfirmed_orders = false),
        order(
            "the store rejects cash",
            "cash-delivery",
            &json!([says_no()]),
        ),
        order(
            "the store rejects, and the money goes back",
            "pix-delivery",
            &json!([pays(), says_no()]),
        ),
        order(
            "the customer cancels while the store thinks, and the store says yes",
            "pix-delivery",
            &json!([
                pays(),
                { "when": "handedOver", "after": "1m", "customer": "cancels" },
                says_yes(),
            ]),
        ),
        order(
            "the customer cancels at the moment of the yes",
            "pix-delivery",
            &json!([
                pays(),
                says_yes(),
                { "when": "handedOver", "after": "2m", "customer": "cancels" },
            ]),
        ),
        order(
            "the store answers twice",
            "pix-delivery",
            &json!([
                pays(),
                says_yes(),
                { "when": "handedOver", "after": "4m", "store": { "confirms": { "readyInMinutes": 50 } } },
            ]),
        ),
        order(
            "the store says yes after its time",
            "pix-delivery",
            &json!([
                pays(),
                { "when": "handedOver", "after": "61m", "store": { "confirms": { "readyInMinutes": 20 } } },
            ]),
        ),
    ]
}

fn refunds() -> Vec<Scenario> {
    let broke = json!({ "when": "handedOver", "after": "1m", "provider": "runsOutOfBalance" });
    vec![
        order(
            "a refund that the balance blocks for a while",
            "pix-delivery",
            &json!([
                pays(), broke, says_no(),
                { "when": "handedOver", "after": "20m", "provider": "hasBalanceAgain" },
            ]),
        ),
        order(
            "a refund that stays blocked",
            "pix-delivery",
            &json!([pays(), broke, says_no()]),
        ),
        order(
            "a refund that is denied",
            "pix-delivery",
            &json!([pays(), says_no(), { "when": "refundAsked", "after": "10s", "provider": "deniesTheRefund" }]),
        )
        .slow_refunds(),
        order(
            "a refund that takes two hours",
            "pix-delivery",
            &json!([pays(), says_no(), { "when": "refundAsked", "after": "2h", "provider": "refunds" }]),
        )
        .slow_refunds(),
        order(
            "a refund that never ends",
            "pix-delivery",
            &json!([pays(), says_no()]),
        )
        .slow_refunds(),
    ]
}

fn reports() -> Vec<Scenario> {
    let report = |after: &str, status: &str| json!({ "when": "confirmed", "after": after, "store": { "reports": status } });
    vec![
        order(
            "from placing to the end",
            "pix-delivery",
            &json!([
                pays(),
                says_yes(),
                report("4m", "PREPARING"),
                report("24m", "READY"),
                report("29m", "DELIVERING"),
                report("46m", "DELIVERED"),
                report("1h 16m", "COMPLETED"),
            ]),
        ),
        order(
            "fetched, and reported out of order",
            "card-pickup",
            &json!([
                pays(),
                says_yes(),
                report("20m", "READY"),
                report("21m", "PREPARING"),
                report("30m", "COMPLETED")
            ]),
        ),
        order(
            "the customer cancels after the confirmation",
            "pix-delivery",
            &json!([pays(), says_yes(), { "when": "confirmed", "after": "5m", "customer": "cancels" }]),
        ),
        order(
            "the store cancels while it cooks",
            "pix-delivery",
            &json!([
                pays(),
                says_yes(),
                report("4m", "PREPARING"),
                report("9m", "CANCELLED")
            ]),
        ),
    ]
}

fn talks() -> Vec<Scenario> {
    const REGISTERED: [&str; 5] = [
        "Oi",
        "Meu nome é João Silva",
        "joao.silva@email.com",
        "Rua das Flores, 123, Apto 45, Jardim Primavera",
        "sim",
    ];
    macro_rules! talk {
        ($name:literal, $($line:literal),*) => {
            Scenario {
                name: $name,
                plot: Plot::Talk(&[
                    REGISTERED[0], REGISTERED[1], REGISTERED[2], REGISTERED[3], REGISTERED[4], $($line),*
                ]),
            }
        };
    }
    vec![
        talk!("a customer registers",),
        talk!(
            "a customer changes name and e-mail",
            "mudar meu nome",
            "João Souza",
            "2",
            "novo@email.com"
        ),
        talk!(
            "a customer adds, chooses and corrects addresses",
            "meus endereços",
            "outro",
            "Rua Augusta, 10, Consolação",
            "endereços",
            "1",
            "endereços",
            "corrigir 2",
            "Rua Augusta, 20, Consolação"
        ),
        talk!(
            "a customer adds an address at once",
            "novo endereço",
            "Rua Augusta, 10, Consolação"
        ),
        talk!(
            "a customer removes an address",
            "endereços",
            "outro",
            "Rua Augusta, 10, Consolação",
            "endereços",
            "remover 1"
        ),
        talk!(
            "a customer wants to hear of offers, and no more",
            "quero receber promoções",
            "sair",
            "só isso"
        ),
        Scenario {
            name: "a customer corrects what was said",
            plot: Plot::Talk(&[
                "Oi",
                "quero uma pizza",
                "Joana",
                "joana arroba email",
                "voltar",
                "João",
                "pular",
                "Rua das Flores",
                "123",
                "Jardim Primavera",
                "não",
                "o nome",
                "João Silva",
                "1",
            ]),
        },
        talk!(
            "a customer is not understood at first when changing the name",
            "mudar meu nome",
            "?",
            "João Souza"
        ),
        talk!(
            "a customer is not understood at first when changing the e-mail",
            "2",
            "?",
            "novo@email.com"
        ),
        talk!(
            "a customer is not understood at first about addresses",
            "cadê o cardápio?",
            "novo endereço",
            "?",
            "Rua Augusta, 10, Consolação",
            "endereços",
            "?",
            "outro",
            "?",
            "Rua Augusta, 20, Consolação"
        ),
        Scenario {
            name: "a customer is never understood",
            plot: Plot::Talk(&["Oi", "?", "??", "???"]),
        },
    ]
}
