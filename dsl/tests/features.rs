//! Each kind of step, printed as reviewed and run in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use comanda_dsl::{
    Ask, ChildCases, Deadline, Expr, Handles, Idempotent, Keyed, NoRefusal, Once, Outsider,
    OutsiderCases, Process, Queue, Retry, Scope, Table, Task, TaskError, Unexpected, constant,
    none, text, unchecked_jsonata,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::{LEVELS, Served, check_golden, check_run, payload, refusal};

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
struct Cart {
    customer_id: String,
    lines: Vec<Line>,
    coupon: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
struct Line {
    item_id: String,
    count: u32,
}

/// Declares a task; what matters here is how it is called.
macro_rules! tasks {
    ($($name:ident: $input:ty => $output:ty, $error:ty, $licence:ty;)*) => {$(
        struct $name;
        impl Task for $name {
            const NAME: &'static str = stringify!($name);
            const FUNCTION: &'static str = "orders";
            const TIMEOUT_SECONDS: u32 = 10;
            type Input = $input;
            type Output = $output;
            type Error = $error;
            type Licence = $licence;
        }
    )*};
}

tasks! {
    PriceLine: Line => u32, NoRefusal, Idempotent;
    FindName: String => String, NoRefusal, Idempotent;
    FindPoints: String => u32, NoRefusal, Idempotent;
    Charge: String => String, ChargeError, Keyed;
    SendOnce: String => (), NoRefusal, Once;
}

#[derive(Serialize, Deserialize, JsonSchema, TaskError)]
enum ChargeError {
    Declined { code: String },
    Closed,
}

fn task_of(arguments: &Value) -> (&str, &Value) {
    let payload = arguments.get("Payload").unwrap();
    (
        payload.get("task").and_then(Value::as_str).unwrap(),
        payload.get("input").unwrap(),
    )
}

/// Runs items side by side, and reads what is outside.
const MAP: Process<Cart, Priced> = Process::standard("map", |w, cart| {
    let prices = w.map("Price every line", cart.lines, 4, |w, line| {
        w.task("Price the line", PriceLine, line)
    });
    let large = cart
        .lines
        .keep(|line| line.count.more_than(1))
        .each(|line| line.item_id);
    PricedExpr {
        customer_id: cart.customer_id,
        prices,
        large,
        count: cart.lines.len(),
    }
    .expr()
});

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
struct Priced {
    customer_id: String,
    prices: Vec<u32>,
    large: Vec<String>,
    count: u32,
}

#[test]
fn a_map_prints_and_runs() {
    check_golden(MAP);
    let price = |_: &str, arguments: &Value| {
        let (task, line) = task_of(arguments);
        assert_eq!(task, "PriceLine");
        payload(json!(
            line.get("count").and_then(Value::as_u64).unwrap() * 10
        ))
    };
    let line = |id: &str, count: u32| json!({ "itemId": id, "count": count });
    // Lists of none, one and several: JSONata tells them apart where JSON does not.
    for (lines, prices, large) in [
        (vec![], json!([]), json!([])),
        (vec![line("a", 2)], json!([20]), json!(["a"])),
        (
            vec![line("a", 1), line("b", 3), line("c", 2)],
            json!([10, 30, 20]),
            json!(["b", "c"]),
        ),
    ] {
        let count = lines.len();
        let cart = json!({ "customerId": "c1", "lines": lines });
        check_run(
            MAP,
            cart,
            price,
            json!({ "customerId": "c1", "prices": prices, "large": large, "count": count }),
        );
    }
}

/// Two flows side by side.
const PARALLEL: Process<Cart, String> = Process::standard("parallel", |w, cart| {
    let (name, points) = w.both(
        "Look the customer up",
        |w| w.task("Find the name", FindName, cart.customer_id),
        |w| w.task("Find the points", FindPoints, cart.customer_id),
    );
    w.when(
        "Many points?",
        points.at_least(100),
        |_| text(&[&name, &"!"]),
        |_| name,
    )
});

#[test]
fn a_parallel_prints_and_runs() {
    check_golden(PARALLEL);
    for (points, greeting) in [(99, "Ana"), (100, "Ana!")] {
        let find = move |_: &str, arguments: &Value| match task_of(arguments).0 {
            "FindName" => payload(json!("Ana")),
            _ => payload(json!(points)),
        };
        check_run(
            PARALLEL,
            json!({ "customerId": "c1", "lines": [] }),
            find,
            json!(greeting),
        );
    }
}

fn greet(w: &mut Scope, customer_id: Expr<String>) -> Expr<String> {
    w.task("Find the name", FindName, customer_id)
}

const GREET: Process<String, String> = Process::standard("greet", greet);

/// Another workflow, awaited and started.
const CHILD: Process<Cart, String> = Process::standard("child", |w, cart| {
    w.start(
        "Greet beside",
        GREET,
        text(&[&"beside-", &cart.customer_id]),
        cart.customer_id,
    );
    w.child(
        "Greet",
        GREET,
        cart.customer_id,
        cart.customer_id,
        Deadline::within_seconds(60),
    )
    .or(ChildCases {
        already_ran: |_| constant("again".to_owned()),
        unexpected: |_, why| why.error,
    })
});

#[test]
fn a_child_prints_and_runs() {
    check_golden(CHILD);
    let exists = || {
        Err((
            "StepFunctions.ExecutionAlreadyExistsException",
            String::new(),
        ))
    };
    type Case = (fn() -> Served, &'static str);
    let cases: [Case; 3] = [
        (|| Ok(json!({ "Output": "Ana" })), "Ana"),
        (exists, "again"),
        (
            || Err(("States.TaskFailed", "{}".to_owned())),
            "States.TaskFailed",
        ),
    ];
    for (served, expected) in cases {
        let serve = move |action: &str, _: &Value| match action {
            // One that was started before is as good.
            "states:startExecution" => exists(),
            _ => served(),
        };
        check_run(
            CHILD,
            json!({ "customerId": "c1", "lines": [] }),
            serve,
            json!(expected),
        );
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
struct CustomerKey {
    client_id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
struct Customer {
    client_id: String,
    name: String,
    points: u32,
    active: bool,
    note: Option<String>,
    visits: Option<u32>,
    address: Address,
    tier: Tier,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Address {
    city: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Tier {
    /// Everyone.
    Basic,
    /// Few.
    Gold,
}

const CUSTOMERS: Table<CustomerKey, Customer> = Table::named("WhatsAppBotCustomers");

/// Reads a row, makes one where there is none, and changes it.
const DYNAMODB: Process<String, String> = Process::standard("dynamodb", |w, client_id| {
    let found = w.get_item(
        "Read the customer",
        CUSTOMERS,
        CustomerKeyExpr { client_id },
    );
    w.if_some(
        "Is there one?",
        found,
        |w, customer| {
            w.update_item(
                "Count the visit",
                CUSTOMERS,
                CustomerKeyExpr { client_id },
                |row| row.points(customer.points.plus(1)).note(customer.name),
            );
            text(&[&customer.name, &" of ", &customer.address.city])
        },
        |w| {
            let customer = CustomerExpr {
                client_id,
                name: "new",
                points: 1,
                active: true,
                note: none(),
                visits: 1,
                address: AddressExpr { city: "São Paulo" },
                tier: Tier::Basic,
            };
            w.put_new_item("Write the customer", CUSTOMERS, customer, |_| ());
            constant("welcome".to_owned())
        },
    )
});

#[test]
fn rows_are_read_and_written_without_a_function() {
    check_golden(DYNAMODB);
    let row = json!({
        "clientId": { "S": "c1" }, "name": { "S": "Ana" }, "points": { "N": "41" }, "active": { "BOOL": true },
        "visits": { "NULL": true }, "address": { "M": { "city": { "S": "Recife" } } }, "tier": { "S": "Gold" },
    });
    let known = move |action: &str, arguments: &Value| match action {
        "dynamodb:getItem" => Ok(json!({ "Item": row })),
        _ => {
            let values = arguments.get("ExpressionAttributeValues").unwrap();
            assert_eq!(
                values,
                &json!({ ":points": { "N": "42" }, ":note": { "S": "Ana" } })
            );
            Ok(json!({}))
        }
    };
    check_run(DYNAMODB, json!("c1"), known, json!("Ana of Recife"));
    let unknown = |action: &str, arguments: &Value| match action {
        "dynamodb:getItem" => Ok(json!({})),
        _ => {
            let item = json!({
                "clientId": { "S": "c1" }, "name": { "S": "new" }, "points": { "N": "1" }, "active": { "BOOL": true },
                "note": { "NULL": true }, "visits": { "N": "1" }, "address": { "M": { "city": { "S": "São Paulo" } } },
                "tier": { "S": "Basic" },
            });
            assert_eq!(arguments.get("Item"), Some(&item));
            Err(("DynamoDB.ConditionalCheckFailedException", String::new()))
        }
    };
    check_run(DYNAMODB, json!("c1"), unknown, json!("welcome"));
}

const EVENTS: Queue<Line> = Queue::fifo("events");

/// Sends a message, with an identifier made once.
const QUEUE: Process<Cart, String> = Process::standard("queue", |w, cart| {
    let id = w.uuid("Message id");
    let line = LineExpr {
        item_id: "a",
        count: cart.lines.len(),
    };
    w.send("Send the line", EVENTS, line, cart.customer_id, id);
    w.wait("Let it arrive", Deadline::within_seconds(5));
    id
});

#[test]
fn messages_are_sent_without_a_function() {
    check_golden(QUEUE);
    let workflow = QUEUE.build().unwrap();
    let used: Vec<_> = workflow
        .integrations
        .iter()
        .map(|used| (used.resource, used.target.as_str()))
        .collect();
    assert_eq!(used, [("arn:aws:states:::sqs:sendMessage", "events")]);
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(tag = "kind", content = "data", rename_all = "camelCase")]
enum Reply {
    Yes(String),
    Later { minutes: u32 },
    No,
}

struct AskOwner;

impl Ask for AskOwner {
    const NAME: &'static str = "AskOwner";
    const FUNCTION: &'static str = "pos";
    type Input = String;
    type Signal = Reply;
    type Error = ChargeError;
    type Licence = Idempotent;
}

/// A signal with a deadline and refusals, a keyed task, a task that must not be repeated, a sub-flow used twice.
const ASK: Process<Cart, String> = Process::standard("ask", |w, cart| {
    let reply = w
        .await_signal(
            "Ask the owner",
            AskOwner,
            cart.customer_id,
            Deadline::within_seconds(30),
            |_| ReplyExpr::no(),
        )
        .retry(Retry::TRANSIENT)
        .or(ChargeErrorCases {
            declined: |_, declined| ReplyExpr::yes(declined.code),
            closed: |_| ReplyExpr::no(),
            unexpected: |_, _| ReplyExpr::later(5),
        });
    let words = w.match_on(
        "What is the reply?",
        reply,
        ReplyCases {
            yes: |_, words| words,
            later: |w, later| {
                w.wait(
                    "Wait a little",
                    Deadline::within_seconds(later.minutes.times(60)),
                );
                w.prefixed("Later", |w| greet(w, cart.customer_id))
            },
            no: |w| w.prefixed("No", |w| greet(w, cart.customer_id)),
        },
    );
    w.call("Send it", SendOnce, words).or(Unexpected {
        unexpected: |_, _| constant(()),
    });
    w.call("Charge it", Charge, words)
        .key(cart.customer_id)
        .retry(Retry::new(2, 1, 4))
        .or(ChargeErrorCases {
            declined: |w, declined| w.end(declined.code),
            closed: |w| w.fail("The till is closed", "TillClosed", "nobody is there"),
            unexpected: |_, why| why.cause,
        })
});

#[test]
fn an_ask_prints_and_runs() {
    check_golden(ASK);
    #[track_caller]
    fn check(reply: Served, expected: &str) {
        let serve = move |action: &str, arguments: &Value| match task_of(arguments) {
            ("AskOwner", _) if action.ends_with("waitForTaskToken") => reply.clone(),
            ("FindName", _) => payload(json!("Ana")),
            ("SendOnce", _) => payload(Value::Null),
            ("Charge", words) => payload(json!(format!("charged {}", words.as_str().unwrap()))),
            (other, _) => panic!("nobody expects {other}"),
        };
        check_run(
            ASK,
            json!({ "customerId": "c1", "lines": [] }),
            serve,
            json!(expected),
        );
    }
    check(Ok(json!({ "kind": "yes", "data": "sim" })), "charged sim");
    check(
        Ok(json!({ "kind": "later", "data": { "minutes": 2 } })),
        "charged Ana",
    );
    check(Ok(json!({ "kind": "no" })), "charged Ana");
    check(
        refusal("ChargeError.Declined", &json!({ "code": "51" })),
        "charged 51",
    );
    check(refusal("ChargeError.Closed", &Value::Null), "charged Ana");
    // Nonsense, an outage: unexpected.
    check(Ok(json!({ "kind": "perhaps" })), "charged Ana");
    // Half of a signal is none: found here, and not by a Choice, where nothing is caught.
    check(Ok(json!({ "kind": "later", "data": {} })), "charged Ana");
    check(Err(("Outage", "{}".to_owned())), "charged Ana");
}

struct AskNeighbour;

impl Ask for AskNeighbour {
    const NAME: &'static str = "AskNeighbour";
    const FUNCTION: &'static str = "pos";
    type Input = String;
    type Signal = Reply;
    type Error = Outsider;
    type Licence = Idempotent;
}

/// Others have the token: what they fail it by is an answer, by whatever name, and only our own failure is asked again after.
const OUTSIDER: Process<Cart, String> = Process::standard("outsider", |w, cart| {
    w.await_signal(
        "Ask the neighbour",
        AskNeighbour,
        cart.customer_id,
        Deadline::within_seconds(30),
        |_| constant("too late".to_owned()),
    )
    .retry(Retry::TRANSIENT)
    .then(
        |w, reply| {
            w.match_on(
                "What is the reply?",
                reply,
                ReplyCases {
                    yes: |_, words| words,
                    later: |_, _| constant("later".to_owned()),
                    no: |_| constant("no".to_owned()),
                },
            )
        },
        OutsiderCases {
            says_no: |_, no| no.error,
            unreadable: |_, _| constant("nonsense".to_owned()),
            unexpected: |_, why| why.error,
        },
    )
});

#[test]
fn what_an_outsider_says_is_told_from_what_our_asking_fails_by() {
    check_golden(OUTSIDER);
    #[track_caller]
    fn check(reply: Served, asked: usize, expected: &str) {
        let calls = std::cell::Cell::new(0);
        let serve = |_: &str, _: &Value| {
            calls.set(calls.get() + 1);
            reply.clone()
        };
        check_run(
            OUTSIDER,
            json!({ "customerId": "c1", "lines": [] }),
            serve,
            json!(expected),
        );
        assert_eq!(calls.get(), asked * LEVELS.len(), "{expected}");
    }
    check(Ok(json!({ "kind": "yes", "data": "sim" })), 1, "sim");
    check(Ok(json!({ "kind": "perhaps" })), 1, "nonsense");
    check(Ok(json!({ "kind": "later" })), 1, "nonsense");
    check(Err(("States.Timeout", String::new())), 1, "too late");
    for no in ["Busy", "States.TaskFailed", "Neighbour.Away"] {
        check(Err((no, "{}".to_owned())), 1, no);
    }
    for own in [
        "Outage",
        "Unexpected",
        "Lambda.Unknown",
        "Lambda.ResourceNotReadyException",
        "Extension.InitError",
        "Runtime.InvalidEntrypoint",
        "Sandbox.Timedout",
        "States.Permissions",
    ] {
        check(Err((own, "{}".to_owned())), 6, own);
    }
}

#[test]
fn texts_that_look_like_jsonata_stay_texts() {
    const TEXT: Process<String, Vec<String>> = Process::standard("text", |w, name| {
        let names = w.task("Find the name", FindName, "{% $states.input %}");
        let _ = (name, names);
        constant(vec!["{% 1 + 1 %}".to_owned(), " {% 2 %}".to_owned()])
    });
    let find = |_: &str, arguments: &Value| {
        assert_eq!(task_of(arguments).1, &json!("{% $states.input %}"));
        payload(Value::Null)
    };
    check_run(TEXT, json!("x"), find, json!(["{% 1 + 1 %}", " {% 2 %}"]));
}

#[test]
fn loops_count_their_rounds_and_carry_their_state() {
    const LOOP: Process<u32, u32> = Process::standard("loop", |w, limit| {
        w.repeat(
            "Once more?",
            5,
            constant(1_u32),
            |w, again, sum| {
                let name = w.task("Find the points", FindPoints, "c1");
                w.when(
                    "Enough?",
                    sum.at_least(limit),
                    |_| sum.plus(name),
                    |w| again.with(w, sum.plus(again.round())),
                )
            },
            |_, sum| sum.times(100),
        )
    });
    let points = |_: &str, _: &Value| payload(json!(0));
    check_run(LOOP, json!(1), points, json!(1));
    check_run(LOOP, json!(4), points, json!(4));
    check_run(LOOP, json!(11), points, json!(11));
    // 1 + 1 + 2 + 3 + 4 + 5, and no sixth round.
    check_run(LOOP, json!(12), points, json!(1600));
}

#[test]
fn a_part_is_left_from_anywhere_inside_and_comes_to_what_it_was_left_with() {
    const LEFT: Process<u32, u32> = Process::standard("left", |w, limit| {
        w.until_left("It", |w, leave| {
            let points = w.task("Find the points", FindPoints, "c1");
            w.repeat(
                "Once more?",
                3,
                points,
                |w, again, sum| {
                    w.when(
                        "Enough?",
                        sum.at_least(limit),
                        |w| leave.with(w, sum.times(100)),
                        |w| again.with(w, sum.plus(1)),
                    )
                },
                |_, sum| sum,
            )
        })
    });
    let points = |_: &str, _: &Value| payload(json!(7));
    check_run(LEFT, json!(1), points, json!(700));
    check_run(LEFT, json!(9), points, json!(900));
    // The loop's own end, without being left.
    check_run(LEFT, json!(99), points, json!(10));
}

#[test]
fn bodies_without_a_step_have_states_of_their_own() {
    const EMPTY: Process<Cart, Vec<String>> = Process::standard("empty", |w, cart| {
        let ids = w.map("Every line's item", cart.lines, 2, |_, line| line.item_id);
        let counts = w.map("Every line's count", cart.lines, 2, |_, line| line.count);
        w.when(
            "Is it one?",
            counts.len().equals(1),
            |_| ids,
            |w| w.map("Every item", ids, 2, |_, id| text(&[&id, &"?"])),
        )
    });
    let nobody = |_: &str, _: &Value| panic!("there is no task");
    let line = |id: &str| json!({ "itemId": id, "count": 1 });
    for (lines, expected) in [
        (vec![line("a")], json!(["a"])),
        (vec![line("a"), line("b")], json!(["a?", "b?"])),
    ] {
        check_run(
            EMPTY,
            json!({ "customerId": "c1", "lines": lines }),
            nobody,
            expected,
        );
    }
}

/// An identifier of the domain: a leaf, without a derive of ours.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ItemId(String);

impl From<ItemId> for String {
    fn from(id: ItemId) -> Self {
        id.0
    }
}

#[test]
fn lists_of_leaves_are_worked_on_too() {
    const IDS: Process<Vec<ItemId>, String> = Process::standard("ids", |w, ids| {
        let named = w.map("Name each", ids, 2, |_, id| text(&[&id, &"!"]));
        w.if_some(
            "Is there one?",
            named.keep(|name| name.differs_from("b!")).first(),
            |_, first| first,
            |_| constant("none".to_owned()),
        )
    });
    let nobody = |_: &str, _: &Value| panic!("there is no task");
    for (ids, expected) in [
        (json!([]), "none"),
        (json!(["b"]), "none"),
        (json!(["b", "c"]), "c!"),
    ] {
        check_run(IDS, ids, nobody, json!(expected));
    }
}

#[test]
fn what_nobody_checked_is_counted() {
    const UNCHECKED: Process<String, u32> = Process::standard("unchecked", |w, name| {
        let length = unchecked_jsonata::<u32>("$length($states.context.Execution.Input)");
        w.when(
            "Is it long?",
            length.more_than(3),
            |_| length,
            |w| w.task("Find the points", FindPoints, name),
        )
    });
    // One expression in several places is one use.
    assert_eq!(UNCHECKED.build().unwrap().unchecked_expressions, 1);
    let points = |_: &str, _: &Value| payload(json!(0));
    check_run(UNCHECKED, json!("four"), points, json!(4));
    check_run(UNCHECKED, json!("one"), points, json!(0));
}
