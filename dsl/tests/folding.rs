//! Random workflows: folding changes what they cost, never what they do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::cell::Cell;

use comanda_dsl::{
    Expr, Folding, Handles, Idempotent, NoRefusal, Process, Scope, Task, TaskError, constant, text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::{LEVELS, Served, check_run, compile, payload, refusal, run};

thread_local! {
    /// Where the growing takes its decisions from. A workflow's function is a plain one and captures nothing.
    static SEED: Cell<u64> = const { Cell::new(0) };
    static GROWING: Cell<u64> = const { Cell::new(0) };
    static NAMES: Cell<u32> = const { Cell::new(0) };
}

/// A number below the limit (xorshift: the same seed grows the same workflow).
fn below(limit: u64) -> u64 {
    let mut state = GROWING.get();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    GROWING.set(state);
    state % limit
}

fn name(of: &str) -> String {
    NAMES.set(NAMES.get() + 1);
    format!("{of} {}", NAMES.get())
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
enum News {
    Paid { id: String, by: Option<String> },
    Chosen(String),
    Expired,
}

#[derive(Serialize, Deserialize, JsonSchema, TaskError)]
enum StepError {
    Refused(String),
}

struct Step;

impl Task for Step {
    const NAME: &'static str = "Step";
    const FUNCTION: &'static str = "steps";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = String;
    type Error = StepError;
    type Licence = Idempotent;
}

struct Plain;

impl Task for Plain {
    const NAME: &'static str = "Plain";
    const FUNCTION: &'static str = "steps";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = String;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

fn grown(w: &mut Scope, input: Expr<String>) -> Expr<String> {
    // A seed of zero would stay zero.
    GROWING.set(SEED.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    NAMES.set(0);
    grow(w, input, 2)
}

const GROWN: Process<String, String> = Process::standard("grown", grown);

fn grow(w: &mut Scope, mut value: Expr<String>, depth: u32) -> Expr<String> {
    for _ in 0..=below(3) {
        value = if depth == 0 {
            w.task(&name("Plain"), Plain, value)
        } else {
            step(w, value, depth - 1)
        };
    }
    value
}

fn step(w: &mut Scope, value: Expr<String>, depth: u32) -> Expr<String> {
    match below(7) {
        0 => w.task(&name("Plain"), Plain, value),
        1 => w.when(
            &name("Is it a?"),
            value.equals("a"),
            |w| grow(w, value, depth),
            |w| grow(w, value, depth),
        ),
        2 => decided_before(w, value, depth),
        3 => looped(w, value, depth),
        4 => w.when(
            &name("Ends at b?"),
            value.equals("b"),
            |w| w.end(value),
            |_| value,
        ),
        5 => w.call(&name("Step"), Step, value).or(StepErrorCases {
            refused: |w, why| grow(w, why, depth),
            unexpected: |_, why| why.error,
        }),
        _ => text(&[&value, &"c"]),
    }
}

/// A value that is decided on, made of another decision: what threading and flattening live on.
fn decided_before(w: &mut Scope, value: Expr<String>, depth: u32) -> Expr<String> {
    let news = w.when(
        &name("Paid?"),
        value.equals("a"),
        |_| {
            NewsExpr::paid(NewsPaidExpr {
                id: value,
                by: value.some(),
            })
        },
        |w| {
            w.when(
                &name("Chosen?"),
                value.equals("b"),
                |w| NewsExpr::chosen(grow(w, value, depth)),
                |_| NewsExpr::expired(),
            )
        },
    );
    w.match_on(
        &name("What came?"),
        news,
        NewsCases {
            paid: |w, paid| w.if_some(&name("By whom?"), paid.by, |_, by| by, |_| paid.id),
            chosen: |_, chosen| chosen,
            expired: |w| grow(w, value, depth),
        },
    )
}

fn looped(w: &mut Scope, value: Expr<String>, depth: u32) -> Expr<String> {
    let bound = u32::try_from(below(3) + 1).unwrap();
    w.repeat(
        &name("Again?"),
        bound,
        value,
        |w, again, value| {
            let next = grow(w, value, depth);
            w.when(
                &name("Enough?"),
                next.equals("c"),
                |_| value,
                |w| again.with(w, next),
            )
        },
        |_, value| value,
    )
}

/// The next letter; a refusal where the text is long.
fn serve(_: &str, arguments: &Value) -> Served {
    let payload_ = arguments.get("Payload").unwrap();
    let input = payload_.get("input").and_then(Value::as_str).unwrap();
    let next = match input.chars().last() {
        Some('a') => "b",
        Some('b') => "c",
        _ => "a",
    };
    if payload_.get("task") == Some(&json!("Step")) && next == "c" {
        return refusal("StepError.Refused", &json!("b"));
    }
    payload(json!(next))
}

#[test]
fn folding_changes_the_cost_and_nothing_else() {
    let (mut unfolded, mut folded) = (0, 0);
    for seed in 1..=60 {
        SEED.set(seed);
        let levels = LEVELS.map(|folding| compile(&GROWN, folding));
        for input in ["a", "b", "c"] {
            let [settled, threaded, flattened] = levels
                .each_ref()
                .map(|level| run(level, json!(input), &serve));
            assert_eq!(settled, threaded, "seed {seed}, input {input}");
            assert_eq!(settled, flattened, "seed {seed}, input {input}");
        }
        unfolded += GROWN
            .build_folded(Folding::Settled)
            .unwrap()
            .machine
            .states
            .len();
        folded += GROWN.build().unwrap().machine.states.len();
    }
    // That anything was folded at all.
    assert!(folded * 10 < unfolded * 9, "{folded} of {unfolded} states");
}

#[test]
fn a_decision_that_is_known_is_not_made_again() {
    const KNOWN: Process<String, String> = Process::standard("known", |w, input| {
        let news = w.when(
            "Is it a?",
            input.equals("a"),
            |w| NewsExpr::chosen(w.task("Choose", Plain, input)),
            |_| NewsExpr::expired(),
        );
        w.match_on(
            "What came?",
            news,
            NewsCases {
                paid: |_, _| constant("paid".to_owned()),
                chosen: |_, chosen| chosen,
                expired: |_| input,
            },
        )
    });
    #[track_caller]
    fn check(folding: Folding, expected: &[&str]) {
        let workflow = KNOWN.build_folded(folding).unwrap();
        let names: Vec<&str> = workflow.machine.states.keys().map(String::as_str).collect();
        assert_eq!(names, expected);
    }
    check(
        Folding::Settled,
        &["Is it a?", "Choose", "What came?", "Done"],
    );
    check(Folding::Threaded, &["Is it a?", "Choose", "Done"]);
    check(Folding::Flattened, &["Is it a?", "Choose", "Done"]);
    let workflow = KNOWN.build().unwrap();
    assert_eq!(
        workflow.graph.folded.get("Choose").unwrap(),
        &["Choose", "What came?"]
    );
    let costs: Vec<u32> = workflow
        .paths
        .paths
        .iter()
        .map(|path| path.transitions)
        .collect();
    assert_eq!(costs, [2, 2]);
}

#[test]
fn decisions_behind_decisions_become_one_up_to_a_limit() {
    const DECISIONS: Process<u32, u32> = Process::standard("decisions", |w, number| {
        let small = w.when(
            "Is it 1?",
            number.equals(1),
            |_| constant(10_u32),
            |_| constant(20_u32),
        );
        w.when("Is it 2?", number.equals(2), |_| small, |_| number)
    });
    let workflow = DECISIONS.build().unwrap();
    let names: Vec<&str> = workflow.machine.states.keys().map(String::as_str).collect();
    assert_eq!(names, ["Is it 1?", "Done"]);
    let nobody = |_: &str, _: &Value| panic!("there is no task");
    for (number, expected) in [(1, 1), (2, 20), (3, 3)] {
        check_run(DECISIONS, json!(number), nobody, json!(expected));
    }
}
