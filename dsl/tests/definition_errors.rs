//! What the build refuses because rustc cannot see it: the words, and both places.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use comanda_dsl::{
    Ask, Data, Deadline, Expr, Handles, Idempotent, NoRefusal, Once, Process, Scope, Table, Task,
    Unexpected, constant,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

struct Tell;

impl Task for Tell {
    const NAME: &'static str = "Tell";
    const FUNCTION: &'static str = "notifications";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = String;
    type Error = NoRefusal;
    type Licence = Once;
}

struct TellElsewhere;

impl Task for TellElsewhere {
    const NAME: &'static str = "Tell";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = String;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
enum News {
    Paid(String),
    Expired,
}

struct AskPayment;

impl Ask for AskPayment {
    const NAME: &'static str = "AskPayment";
    const FUNCTION: &'static str = "payments";
    type Input = News;
    type Signal = News;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Builds the flow and compares what is wrong, without the places' files.
#[track_caller]
fn check<I: Data, O: Data>(process: Process<I, O>, expected: &[&str]) {
    let errors = process.build().err().map(|errors| errors.errors().to_vec());
    let errors = errors.unwrap_or_default();
    let problems: Vec<String> = errors
        .iter()
        .map(|error| error.problem().to_string())
        .collect();
    assert_eq!(problems, expected);
    for error in &errors {
        assert!(
            error.place().file.ends_with("definition_errors.rs"),
            "{error}"
        );
        assert_eq!(error.workflow(), process.name());
    }
}

fn standard<I: Data, O: Data>(body: fn(&mut Scope, Expr<I>) -> Expr<O>) -> Process<I, O> {
    Process::standard("wrong", body)
}

#[test]
fn a_name_used_twice_is_refused_with_both_places() {
    let twice = standard::<String, String>(|w, text| {
        let first = w.task("Tell", Tell, text);
        w.task("Tell", Tell, first)
    });
    check(
        twice,
        &[
            "the state name `Tell` is used twice; give one of the steps another name, or its sub-flow a prefix",
        ],
    );
    let errors = twice.build().unwrap_err();
    let error = errors.errors().first().unwrap();
    assert_eq!(error.place().line, error.other_place().unwrap().line + 1);
}

#[test]
fn a_name_must_fit_into_aws_limit() {
    check(
        standard::<String, String>(|w, text| {
            w.prefixed(&"long ".repeat(15), |w| w.task("Tell", Tell, text))
        }),
        &[&format!(
            "the state name `{}: Tell` has 81 characters, AWS allows 1 to 80",
            "long ".repeat(15)
        )],
    );
}

#[test]
fn a_step_behind_an_end_is_refused() {
    check(
        standard::<String, String>(|w, text| {
            let _ended = w.end(text);
            w.task("Tell", Tell, text)
        }),
        &[
            "the step `Tell` can never run, because every way to it has ended before; return the `Ended` of the step that ended it",
        ],
    );
}

#[test]
fn a_value_smuggled_out_of_its_branch_is_refused() {
    // A payload is not a variable: only the branch that was taken makes it readable.
    check(
        standard::<News, String>(|w, news| {
            let mut smuggled = None;
            w.match_on(
                "What came?",
                news,
                NewsCases {
                    paid: |_, id| {
                        smuggled = Some(id);
                    },
                    expired: |_| (),
                },
            );
            w.task("Tell", Tell, smuggled.unwrap())
        }),
        &[
            "`Tell` reads what the case `paid` carries, which is not there on every way to it; return the value from the branch that has it",
        ],
    );
    check(
        standard::<News, String>(|w, news| {
            let mut smuggled = None;
            w.match_on(
                "What came?",
                news,
                NewsCases {
                    paid: |w, id| {
                        smuggled = Some(w.task("Tell", Tell, id));
                    },
                    expired: |_| (),
                },
            );
            w.task("Tell again", Tell, smuggled.unwrap())
        }),
        &[
            "`Tell again` reads `tell`, which is not there on every way to it; return the value from the branch that has it",
        ],
    );
}

#[test]
fn a_value_out_of_a_parallel_is_refused() {
    check(
        standard::<String, String>(|w, text| {
            let mut smuggled = None;
            w.both(
                "Both",
                |w| {
                    let told = w.task("Tell one", Tell, text);
                    smuggled = Some(told);
                    told
                },
                |w| w.task("Tell other", Tell, text),
            );
            w.task("Tell again", Tell, smuggled.unwrap())
        }),
        &[
            "`Tell again` reads `tellOne`, which is not there on every way to it; return the value from the branch that has it",
        ],
    );
}

#[test]
fn a_value_of_an_earlier_round_is_refused() {
    check(
        standard::<String, String>(|w, text| {
            let mut before: Option<Expr<String>> = None;
            w.repeat(
                "Again?",
                3,
                text,
                |w, again, text| {
                    let told = w.task("Tell", Tell, text);
                    before = Some(told);
                    again.with(w, told)
                },
                |_, text| text,
            );
            before.unwrap()
        }),
        // It is there: every way out of the loop has passed the step.
        &[],
    );
}

#[test]
fn an_end_of_another_type_is_refused() {
    check(
        standard::<String, String>(|w, text| {
            w.when(
                "Is it `x`?",
                text.equals("x"),
                |w| w.end(constant(1_u32)),
                |_| text,
            )
        }),
        &["this ends with a `u32`, but the workflow ends with a `String`"],
    );
}

#[test]
fn loops_have_a_bound_and_a_way_round() {
    check(
        standard::<String, String>(|w, text| {
            w.repeat(
                "Again?",
                0,
                text,
                |w, again, text| {
                    let told = w.task("Tell", Tell, text);
                    again.with(w, told)
                },
                |_, text| text,
            )
        }),
        &["the bound of `Again?` is 0, so that it could never run; give 1 or more"],
    );
    check(
        standard::<String, String>(|w, text| {
            w.repeat(
                "Again?",
                3,
                text,
                |w, _, text| w.task("Tell", Tell, text),
                |_, text| text,
            )
        }),
        &[
            "the loop `Again?` never goes round again; use `again.with(…)` in it, or write its steps without `repeat`",
        ],
    );
    check(
        standard::<Vec<String>, Vec<String>>(|w, texts| {
            w.repeat(
                "Again?",
                3,
                constant(()),
                |w, again, _| {
                    w.map("Each", texts, 2, |w, text| {
                        w.when(
                            "Is it `x`?",
                            text.equals("x"),
                            |w| again.with(w, ()),
                            |_| text,
                        )
                    })
                },
                |_, _| texts,
            )
        }),
        &[
            "`again` of `Again?` is used inside a Map or Parallel; end the item or the branch, and go round behind it",
            "the loop `Again?` never goes round again; use `again.with(…)` in it, or write its steps without `repeat`",
        ],
    );
}

#[test]
fn a_part_is_left_from_its_own_machine_and_somewhere() {
    check(
        standard::<Vec<String>, Vec<String>>(|w, texts| {
            w.until_left("Part", |w, leave| {
                w.map("Each", texts, 2, |w, text| {
                    w.when(
                        "Is it `x`?",
                        text.equals("x"),
                        |w| leave.with(w, texts),
                        |_| text,
                    )
                })
            })
        }),
        &[
            "`leave` of `Part` is used inside a Map or Parallel; end the item or the branch, and leave behind it",
            "nothing leaves `Part`; use `leave.with(…)` in it, or write its steps without `until_left`",
        ],
    );
}

#[test]
fn an_express_workflow_awaits_nobody_and_repeats_everything() {
    check(
        Process::express("wrong", |w: &mut Scope, news: Expr<News>| {
            let text = w.task("Tell", Tell, "once");
            w.await_signal(
                "Await",
                AskPayment,
                news,
                Deadline::within_seconds(60),
                |_| NewsExpr::expired(),
            )
            .or(Unexpected {
                unexpected: |_, _| NewsExpr::expired(),
            });
            text
        }),
        &[
            "`Tell` calls a task that may not be repeated, which an Express workflow cannot do; make the workflow Standard",
            "`Await` awaits a signal, which an Express workflow cannot do; make the workflow Standard",
        ],
    );
}

#[test]
fn two_contracts_of_one_name_are_refused() {
    check(
        standard::<String, String>(|w, text| {
            let told = w.task("Tell", Tell, text);
            w.task("Tell elsewhere", TellElsewhere, told)
        }),
        &["there are two contracts named `Tell`, of the functions `notifications` and `orders`"],
    );
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Key {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Row {
    id: String,
    texts: Vec<String>,
}

#[test]
fn a_row_that_attributes_cannot_hold_is_refused() {
    check(
        standard::<Row, String>(|w, row| {
            w.put_item("Write", Table::<Key, Row>::named("Rows"), row);
            row.id
        }),
        &[
            "`Write` cannot store `texts` in a table: only texts, numbers, truth values, unit enums and structs of them can; leave it to a task",
        ],
    );
}
