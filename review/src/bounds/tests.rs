//! Small machines whose bounds can be counted by hand, and one that the engine counts.

use serde_json::{Value, json};

use super::{Bounds, bounds};
use crate::release::{Contract, Machine, Release};

fn release(definition: Value) -> Release {
    let mut release = Release::default();
    let machine = Machine {
        definition,
        ..Machine::default()
    };
    release.machines.insert("it".into(), machine);
    release
}

fn of(definition: Value) -> Bounds {
    bounds(&release(definition), "it").unwrap()
}

fn task(more: Value) -> Value {
    let mut task = json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 10,
        "Arguments": {"Payload": {"task": "Look"}}});
    let members = more.as_object().unwrap().clone();
    task.as_object_mut().unwrap().extend(members);
    task
}

#[test]
fn a_call_with_its_tries_and_pauses() {
    let found = of(json!({"StartAt": "A", "States": {"A": task(json!({
        "End": true, "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 0},
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 4, "BackoffRate": 2, "MaxDelaySeconds": 3}]}))}}));
    // Two of the execution, two of the state, three of a try.
    assert_eq!(found.events_undisturbed.most, 2 + 2 + 3);
    assert_eq!(found.events.most, 2 + 2 + 5 * 4);
    assert_eq!(found.seconds.most, 5 * 10 + 1 + 2 + 3 + 3);
    assert_eq!(found.beyond(), Vec::<String>::new());
}

#[test]
fn a_counted_loop_ends_where_its_counter_says() {
    let found = of(json!({"StartAt": "Begin", "States": {
        "Begin": {"Type": "Pass", "Assign": {"round": 1, "pause": 5}, "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": "{% $pause %}", "Next": "More?"},
        "More?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.more and $round < 4 %}",
            "Assign": {"round": "{% $round + 1 %}", "pause": "{% $pause * 2 %}"}, "Next": "Wait"}], "Default": "Done"},
        "Done": {"Type": "Succeed"}}}));
    assert_eq!(found.events.most, 2 + 2 + 4 * (2 + 2) + 2);
    assert_eq!(found.seconds.most, 5 + 10 + 20 + 40);
    assert_eq!(found.events.by["Wait"], 4);
}

#[test]
fn a_loop_that_nobody_counts_is_said() {
    let found = of(json!({"StartAt": "Look", "States": {
        "Look": task(json!({"Next": "More?"})),
        "More?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.more %}", "Next": "Look"}], "Default": "Done"},
        "Done": {"Type": "Succeed"}}}));
    let said = found.beyond();
    assert_eq!(
        said[0],
        "its history has no bound: nobody counts the rounds of the loop through \"Look\", \"More?\""
    );
}

#[test]
fn a_counter_that_nothing_asks_about_is_no_bound() {
    let found = of(json!({"StartAt": "Begin", "States": {
        "Begin": {"Type": "Pass", "Assign": {"round": 1}, "Next": "More?"},
        "More?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.more or $round > 0 %}",
            "Assign": {"round": "{% $round + 1 %}"}, "Next": "More?"}], "Default": "Done"},
        "Done": {"Type": "Succeed"}}}));
    assert!(!found.events.unbounded.is_empty());
}

#[test]
fn a_map_runs_its_body_for_each_item_of_the_contract() {
    let mut release = release(json!({"StartAt": "Look", "States": {
        "Look": task(json!({"Assign": {"found": "{% $states.result.Payload %}"}, "Next": "Each"})),
        "Each": {"Type": "Map", "Items": "{% $found.items %}", "MaxConcurrency": 2, "End": true, "ItemProcessor":
            {"StartAt": "Do", "States": {"Do": {"Type": "Wait", "Seconds": 7, "End": true}}}}}}));
    assert_eq!(
        bounds(&release, "it").unwrap().beyond()[0],
        "its history has no bound: nothing says how many items \"Each\" has"
    );
    let output = json!({"type": "object", "properties": {"items": {"type": "array", "maxItems": 5, "items": {"type": "integer"}}}});
    let contract = Contract {
        output,
        input: json!({"type": "string", "maxLength": 10, "pattern": "^[a-z]+$"}),
        ..Contract::default()
    };
    release.tasks.insert("Look".into(), contract);
    let found = bounds(&release, "it").unwrap();
    assert_eq!(found.events_undisturbed.most, 2 + 5 + 4 + 5 * (2 + 2));
    assert_eq!(found.seconds.most, 10 + 3 * 7);
    assert_eq!(found.payload.of, "the input of Look");
    assert_eq!(found.payload.most_bytes, 512 + 12);
    assert!(found.payload.unbounded.is_empty());
}

#[test]
fn a_moment_is_waited_for_once_however_often_it_is_asked_again() {
    let mut release = release(json!({"StartAt": "Look", "States": {
        "Look": task(json!({"Assign": {"found": "{% $states.result.Payload %}"}, "Next": "Ask"})),
        "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": true,
            "TimeoutSeconds": "{% $max([1, $floor(($toMillis($found.until) - $millis()) / 1000)]) %}",
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}}}));
    let found = bounds(&release, "it").unwrap();
    assert_eq!(found.until[0].moment, "$found.until");
    assert_eq!(found.seconds_in_all(), None);
    let output = json!({"type": "object", "properties": {"until": {"type": "string", "x-withinSeconds": 600}}});
    release.tasks.insert(
        "Look".into(),
        Contract {
            output,
            ..Contract::default()
        },
    );
    let found = bounds(&release, "it").unwrap();
    assert_eq!(found.seconds_in_all(), Some(10 + 3 + 1 + 2 + 600));
    assert!(found.payload.unbounded.contains("Look.until"));
}

/// What is computed may come out as badly as it can: one at a time, the longest variant, the greatest number.
#[test]
fn what_is_computed_is_taken_at_its_worst() {
    let map = |at_once: Value| {
        of(
            json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "Items": [1, 2, 3, 4],
            "MaxConcurrency": at_once, "End": true, "ItemProcessor":
            {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 7, "End": true}}}}}}),
        )
    };
    assert_eq!(map(json!(2)).seconds.most, 14);
    assert_eq!(map(json!("{% $states.input.many %}")).seconds.most, 28);

    let waits = |output: Value, seconds: &str| {
        let mut release = release(json!({"StartAt": "Look", "States": {
            "Look": task(json!({"Assign": {"found": "{% $states.result.Payload %}"}, "Next": "Wait"})),
            "Wait": {"Type": "Wait", "Seconds": seconds, "End": true}}}));
        let contract = Contract {
            output,
            ..Contract::default()
        };
        release.tasks.insert("Look".into(), contract);
        bounds(&release, "it").unwrap().seconds_in_all()
    };
    let pause = |stated: Value| json!({"type": "object", "properties": {"pause": stated}});
    let (short, long) = (json!({"maximum": 60}), json!({"maximum": 600}));
    assert_eq!(
        waits(pause(short.clone()), "{% $found.pause %}"),
        Some(10 + 60)
    );
    for (seconds, most) in [
        ("{% $max([3600, $found.pause]) %}", Some(10 + 3_600)),
        ("{% $found.pause / 0.5 %}", None),
        ("{% 0 - (0 - $found.pause) %}", None),
    ] {
        assert_eq!(waits(pause(short.clone()), seconds), most, "{seconds}");
    }
    let either =
        |one: &Value, other: &Value| json!({"oneOf": [pause(one.clone()), pause(other.clone())]});
    let of_either = |one, other| waits(either(one, other), "{% $found.pause %}");
    assert_eq!(of_either(&short, &long), Some(10 + 600));
    assert_eq!(of_either(&short, &json!({"type": "integer"})), None);
}

#[test]
fn a_workflow_is_awaited_for_as_long_as_it_may_take() {
    let awaits = |within: Value| {
        let mut release = release(json!({"StartAt": "Run", "States": {"Run": {
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true,
            "TimeoutSeconds": within, "Arguments": {"StateMachineArn": "${OtherStateMachine}"}}}}));
        let other = json!({"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 100, "End": true}}});
        let machine = Machine {
            definition: other,
            ..Machine::default()
        };
        release.machines.insert("other".into(), machine);
        bounds(&release, "it").unwrap().beyond()
    };
    assert_eq!(awaits(json!(100)), Vec::<String>::new());
    assert_eq!(
        awaits(json!(99)),
        ["\"Run\" awaits other for 99 s, which may take 100 s"]
    );
    let itself = of(json!({"StartAt": "Run", "States": {"Run": {
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": true,
        "TimeoutSeconds": 9, "Arguments": {"StateMachineArn": "${ItStateMachine}"}}}}));
    assert_eq!(
        itself.beyond(),
        ["\"Run\" awaits it for 9 s, which may take nobody knows how long"]
    );
}

/// The engine that AWS's recordings judge writes as many events, and takes as long, as the bound says, where every call fails
/// until its last try. It writes one event less a try: an answer that cannot be read is the worst case, and none is here.
#[test]
fn the_bound_is_what_the_engine_does() {
    use std::sync::Arc;

    use comanda_asl::{WorkflowKind, from_value};
    use comanda_engine::{
        Definition, Json,
        virtual_time::{Answer, TaskCall, VirtualTime},
    };
    use jiff::Timestamp;

    let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Begin", "States": {
        "Begin": {"Type": "Pass", "Assign": {"round": 1}, "Next": "Call"},
        "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 10,
            "Arguments": {"FunctionName": "f", "Payload": {"task": "Look"}}, "Next": "More?",
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2, "MaxDelaySeconds": 5}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "More?"}]},
        "More?": {"Type": "Choice", "Choices": [{"Condition": "{% $round < 3 %}",
            "Assign": {"round": "{% $round + 1 %}"}, "Next": "Call"}], "Default": "Each"},
        "Each": {"Type": "Map", "Items": [1, 2, 3, 4], "MaxConcurrency": 2, "End": true, "ItemProcessor":
            {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 7, "End": true}}}}}});
    let machine = from_value(&definition).unwrap();
    let start = Timestamp::UNIX_EPOCH;
    let mut time = VirtualTime::new(start, 1);
    let compiled = Arc::new(Definition::compile(&machine).unwrap());
    time.register("it", WorkflowKind::Standard, compiled);
    let arn = time.start("it", "one", Json::new(json!({}))).unwrap();
    let mut silent = |_: &TaskCall, _: Timestamp| Answer::Later;
    time.run(&mut silent, None);
    let events = time.history(&arn).len() as u64;
    let seconds = time.now().duration_since(start).as_secs();

    let found = of(definition);
    let tries = 3 * 4;
    assert_eq!(found.events.most - tries, events);
    assert_eq!(found.seconds.most, u64::try_from(seconds).unwrap());
}
