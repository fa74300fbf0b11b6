//! Distributed Maps: what they read, the executions they start, how their runs are counted, and what they write.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests may fail a test"
)]

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::store::{MemoryStore, Store, serve};
use comanda_engine::virtual_time::{Answer, Child, TaskCall, TaskError, VirtualTime};
use comanda_engine::{
    Definition, Effect, Event, EventType, Execution, Json, MapRun, Outcome, Start, Status, step,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

struct Ran {
    world: VirtualTime,
    arn: Arc<str>,
    store: MemoryStore,
}

impl Ran {
    fn outcome(&self) -> &Outcome {
        let execution = self.world.execution(&self.arn).expect("it was started");
        execution.outcome().expect("it is over")
    }

    fn output(&self) -> Value {
        let outcome = self.outcome();
        let output = outcome.output.clone().map(Json::into_value);
        output.unwrap_or_else(|| json!([outcome.error, outcome.cause]))
    }

    fn map_run(&self) -> &MapRun {
        let execution = self.world.execution(&self.arn).expect("it was started");
        execution.map_runs().first().expect("it had a map run")
    }

    fn children(&self) -> Vec<&Child> {
        self.world
            .children_of(&self.map_run().map_run_arn)
            .collect()
    }

    fn files(&self) -> Vec<(&str, Value)> {
        let files = self.store.files("results");
        let read = |text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        files.map(|(key, text)| (key, read(text))).collect()
    }
}

/// Runs a Map with these fields; its one state is a function that fails where its input says so.
fn run(fields: &Value, input: Value, files: &[(&str, &str)]) -> Ran {
    let mut state = json!({
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "Try",
            "States": { "Try": { "Type": "Task", "Resource": "arn:aws:lambda:sa-east-1:000000000000:function:f", "End": true } }
        },
        "End": true
    });
    for (name, value) in fields.as_object().expect("fields") {
        state[name] = value.clone();
    }
    run_state(&state, input, files)
}

fn run_state(state: &Value, input: Value, files: &[(&str, &str)]) -> Ran {
    let document =
        json!({ "QueryLanguage": "JSONata", "StartAt": "Each", "States": { "Each": state } });
    let machine = comanda_asl::from_value(&document).expect("the document is a machine");
    let definition = Definition::compile(&machine).expect("the machine compiles");
    let mut world = VirtualTime::new(Timestamp::UNIX_EPOCH, 42);
    world.register("machine", WorkflowKind::Standard, Arc::new(definition));
    let mut store = MemoryStore::default();
    for (key, text) in files {
        store.put("items", key, (*text).to_owned()).expect("kept");
    }
    let arn = world
        .start("machine", "one", Json::new(input))
        .expect("it starts");
    world.run(
        &mut |call: &TaskCall, _: Timestamp| {
            if let Some(answer) = serve(&mut store, &call.request) {
                return Answer::Now(answer);
            }
            let given = &call.request.arguments;
            match given.get("fail").and_then(Value::as_str) {
                Some(error) => Answer::Now(Err(TaskError::new(error, "as asked"))),
                None => Answer::Now(Ok(given.clone())),
            }
        },
        None,
    );
    Ran { world, arn, store }
}

#[track_caller]
fn check_reader(
    resource: &str,
    config: &Value,
    key: &str,
    files: &[(&str, &str)],
    expected: Value,
) {
    let reader = json!({
        "Resource": format!("arn:aws:states:::s3:{resource}"),
        "ReaderConfig": config,
        "Arguments": { "Bucket": "items", "Key": key, "Prefix": key },
    });
    let ran = run(&json!({ "ItemReader": reader }), json!({}), files);
    assert_eq!(ran.output(), expected, "{config}");
}

#[test]
fn files_are_read_as_their_type_says() {
    let rows = json!([{ "a": "1", "b": "x, y" }, { "a": "2", "b": "" }]);
    let csv = "a,b\n1,\"x, y\"\n2\n";
    check_reader(
        "getObject",
        &json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" }),
        "f",
        &[("f", csv)],
        rows.clone(),
    );
    let given = json!({ "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "CSVDelimiter": "PIPE" });
    check_reader("getObject", &given, "f", &[("f", "1|x, y|lost\n2")], rows);
    let escaped = json!([{ "a": "1,5", "b": "C:\\x" }, { "a": "say \"so\"", "b": "t" }]);
    check_reader(
        "getObject",
        &json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" }),
        "f",
        &[("f", "a,b\n1\\,5,C:\\\\x\nsay \\\"so\\\",\\t\n")],
        escaped,
    );
    check_reader(
        "getObject",
        &json!({ "InputType": "JSON" }),
        "f",
        &[("f", "[1,2]")],
        json!([1, 2]),
    );
    check_reader(
        "getObject",
        &json!({ "InputType": "JSON", "ItemsPointer": "/a/b" }),
        "f",
        &[("f", r#"{"a":{"b":[3]}}"#)],
        json!([3]),
    );
    check_reader(
        "getObject",
        &json!({ "InputType": "JSON" }),
        "f",
        &[("f", r#"{"x":1,"y":[2]}"#)],
        json!([{ "Key": "x", "Value": 1 }, { "Key": "y", "Value": [2] }]),
    );
    check_reader(
        "getObject",
        &json!({ "InputType": "JSONL", "MaxItems": 2 }),
        "f",
        &[("f", "1\n\n[2]\n3\n")],
        json!([1, [2]]),
    );
    check_reader(
        "getObject",
        &json!({ "InputType": "JSONL" }),
        "g",
        &[("f", "1")],
        json!([
            "States.ItemReaderFailed",
            "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: local)"
        ]),
    );
    check_reader(
        "getObject",
        &json!({ "InputType": "PARQUET" }),
        "f",
        &[("f", "PAR1")],
        json!([
            "States.ItemReaderFailed",
            "Parquet files cannot be read here: only CSV, JSON and JSONL can. Convert the file, or run this on AWS."
        ]),
    );
}

#[test]
fn what_is_read_may_name_the_files_to_read() {
    let listed = [
        ("d/a.jsonl", "1\n2\n"),
        ("d/b.jsonl", "3\n"),
        ("d/sub/", ""),
        ("e", "4"),
    ];
    let flattened = json!({ "InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN" });
    check_reader("listObjectsV2", &flattened, "d/", &listed, json!([1, 2, 3]));
    let most = json!({ "InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 1 });
    check_reader("listObjectsV2", &most, "d/", &listed, json!([1]));
    let manifest = r#"{"destinationBucket":"arn:aws:s3:::items","fileFormat":"CSV","fileSchema":"Bucket, Key, Size","files":[{"key":"one.csv"},{"key":"two.csv"}]}"#;
    let inventory = [
        ("m", manifest),
        ("one.csv", "\"b\",\"k1\",\"5\"\n"),
        ("two.csv", "\"b\",\"k2\",\"6\"\n"),
    ];
    let rows = json!([{ "Bucket": "b", "Key": "k1", "Size": "5" }, { "Bucket": "b", "Key": "k2", "Size": "6" }]);
    check_reader(
        "getObject",
        &json!({ "InputType": "MANIFEST" }),
        "m",
        &inventory,
        rows.clone(),
    );
    check_reader(
        "getObject",
        &json!({ "ManifestType": "S3_INVENTORY" }),
        "m",
        &inventory,
        rows,
    );
    let athena = [
        ("m", "s3://items/one\ns3://items/two\n"),
        ("one", "{\"x\":1}\n"),
        ("two", "{\"x\":2}\n"),
    ];
    check_reader(
        "getObject",
        &json!({ "ManifestType": "ATHENA_DATA", "InputType": "JSONL" }),
        "m",
        &athena,
        json!([{ "x": 1 }, { "x": 2 }]),
    );
}

#[test]
fn a_listing_is_read_page_by_page() {
    let reader = json!({ "Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": { "Bucket": "items" } });
    let state = json!({ "Type": "Map", "ItemReader": reader, "End": true, "ItemSelector": { "key": "{% $states.context.Map.Item.Value.Key %}", "from": "{% $states.context.Map.Item.Source %}" },
        "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "Done", "States": { "Done": { "Type": "Succeed" } } } });
    let document =
        json!({ "QueryLanguage": "JSONata", "StartAt": "Each", "States": { "Each": state } });
    let machine = comanda_asl::from_value(&document).expect("the document is a machine");
    let definition = Definition::compile(&machine).expect("the machine compiles");
    let mut world = VirtualTime::new(Timestamp::UNIX_EPOCH, 42);
    world.register("machine", WorkflowKind::Standard, Arc::new(definition));
    let arn = world
        .start("machine", "one", Json::new(json!({})))
        .expect("it starts");
    let mut asked = Vec::new();
    world.run(
        &mut |call: &TaskCall, _: Timestamp| {
            let token = call.request.arguments.get("ContinuationToken").cloned();
            let page = json!({ "Contents": [{ "Key": format!("k{}", asked.len()) }], "NextContinuationToken": "more" });
            let last = json!({ "Contents": [{ "Key": "last" }] });
            asked.push(token.clone());
            Answer::Now(Ok(Json::new(if token.is_some() { last } else { page })))
        },
        None,
    );
    assert_eq!(asked, [None, Some(json!("more"))]);
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome())
        .expect("it is over");
    let from = json!("S3://items");
    assert_eq!(
        outcome.output.as_ref().map(|output| output.value().clone()),
        Some(json!([{ "key": "k0", "from": from }, { "key": "last", "from": from }]))
    );
}

#[test]
fn every_child_has_a_history_of_its_own() {
    let ran = run(
        &json!({ "Items": [1, { "fail": "Broken" }], "ToleratedFailurePercentage": 50 }),
        json!({}),
        &[],
    );
    assert_eq!(ran.outcome().status, Status::Succeeded);
    let children = ran.children();
    let types = |child: &Child| -> Vec<EventType> {
        child.history.iter().map(|event| event.event_type).collect()
    };
    let of = |status: Status| {
        let found = children
            .iter()
            .find(|child| child.outcome.as_ref().map(|outcome| outcome.status) == Some(status));
        *found.expect("a child that ended so")
    };
    assert_eq!(
        types(of(Status::Succeeded)),
        [
            EventType::ExecutionStarted,
            EventType::TaskStateEntered,
            EventType::LambdaFunctionScheduled,
            EventType::LambdaFunctionStarted,
            EventType::LambdaFunctionSucceeded,
            EventType::TaskStateExited,
            EventType::ExecutionSucceeded
        ]
    );
    assert_eq!(
        types(of(Status::Failed)).last(),
        Some(&EventType::ExecutionFailed)
    );
    for child in &children {
        assert!(
            child
                .history
                .iter()
                .zip(1..)
                .all(|(event, id)| event.id == id && event.previous_event_id < id)
        );
        assert!(
            child
                .started
                .execution_arn
                .contains(":execution:machine/Each:"),
            "{}",
            child.started.execution_arn
        );
    }
    let own: Vec<EventType> = ran
        .world
        .history(&ran.arn)
        .iter()
        .map(|event| event.event_type)
        .collect();
    assert!(!own.contains(&EventType::TaskStateEntered));
}

#[test]
fn a_map_run_is_counted_by_items_and_by_executions() {
    let batcher = json!({ "MaxItemsPerBatch": 2 });
    let ran = run(
        &json!({ "Items": [1, 2, 3], "ItemBatcher": batcher, "MaxConcurrency": 5 }),
        json!({}),
        &[],
    );
    assert_eq!(ran.output(), json!([{ "Items": [1, 2] }, { "Items": [3] }]));
    let map_run = ran.map_run();
    assert_eq!(
        (map_run.status, map_run.max_concurrency),
        (Status::Succeeded, 5)
    );
    let told = serde_json::to_value(map_run).expect("it is told");
    assert_eq!(
        told["itemCounts"],
        json!({ "pending": 0, "running": 0, "succeeded": 3, "failed": 0, "timedOut": 0, "aborted": 0, "total": 3, "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0 })
    );
    assert_eq!(
        (
            map_run.execution_counts.succeeded,
            map_run.execution_counts.total
        ),
        (2, 2)
    );
}

#[test]
fn failures_are_counted_by_items() {
    let selected = json!({ "fail": "{% $states.context.Map.Item.Index < 2 ? 'Broken' : null %}" });
    let fields = |tolerated: u64| json!({ "Items": [1, 2, 3, 4], "ItemSelector": selected, "ToleratedFailureCount": tolerated });
    assert_eq!(
        run(&fields(2), json!({}), &[]).outcome().status,
        Status::Succeeded
    );
    let strict = run(&fields(1), json!({}), &[]);
    assert_eq!(
        strict.outcome().error.as_deref(),
        Some("States.ExceedToleratedFailureThreshold")
    );
    let counts = strict.map_run().item_counts;
    assert_eq!(
        (
            strict.map_run().status,
            counts.failed,
            counts.failed + counts.aborted + counts.succeeded
        ),
        (Status::Failed, 2, 4)
    );
}

#[test]
fn results_are_written_as_the_writer_says() {
    let writer = |config: Value| json!({ "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": "results", "Prefix": "jobs" }, "WriterConfig": config });
    let items = json!([[1, 2], { "fail": "Broken" }]);
    let fields = json!({ "Items": items, "ToleratedFailureCount": 1, "ResultWriter": writer(json!({ "Transformation": "FLATTEN", "OutputType": "JSONL" })) });
    let ran = run(&fields, json!({}), &[]);
    let id = ran
        .map_run()
        .map_run_arn
        .rsplit(':')
        .next()
        .expect("an id")
        .to_owned();
    let manifest = format!("jobs/{id}/manifest.json");
    assert_eq!(
        ran.output(),
        json!({ "MapRunArn": &*ran.map_run().map_run_arn, "ResultWriterDetails": { "Bucket": "results", "Key": manifest } })
    );
    let files = ran.files();
    let keys: Vec<&str> = files.iter().map(|(key, _)| *key).collect();
    assert_eq!(
        keys,
        [
            format!("jobs/{id}/FAILED_0.jsonl"),
            format!("jobs/{id}/SUCCEEDED_0.jsonl"),
            manifest
        ]
    );
    assert_eq!(
        (&files[0].1["Status"], &files[0].1["Error"]),
        (&json!("FAILED"), &json!("Broken"))
    );
    assert_eq!(files[1].1, json!("1\n2"));
    assert_eq!(files[2].1["DestinationBucket"], "results");
    assert_eq!(
        files[2].1["ResultFiles"]["SUCCEEDED"],
        json!([{ "Key": keys[1], "Size": 3 }])
    );
    assert_eq!(files[2].1["ResultFiles"]["PENDING"], json!([]));
    assert_eq!(ran.map_run().item_counts.results_written, 2);

    let compact = run(
        &json!({ "Items": [[1, 2]], "ResultWriter": writer(json!({ "Transformation": "COMPACT" })) }),
        json!({}),
        &[],
    );
    assert_eq!(compact.files()[0].1, json!([[1, 2]]));
    let whole = run(
        &json!({ "Items": [[1, 2]], "ResultWriter": { "WriterConfig": { "Transformation": "NONE", "OutputType": "JSON" } } }),
        json!({}),
        &[],
    );
    assert_eq!(
        (
            &whole.output()[0]["Input"],
            &whole.output()[0]["Output"],
            &whole.output()[0]["RedriveStatus"]
        ),
        (&json!("[1,2]"), &json!("[1,2]"), &json!("NOT_REDRIVABLE"))
    );
}

#[test]
fn what_failed_and_what_was_not_begun_is_written_too() {
    let writer = json!({ "Resource": "arn:aws:states:::s3:putObject", "Arguments": { "Bucket": "results" } });
    let ran = run(
        &json!({ "Items": [{ "fail": "Broken" }, 2], "MaxConcurrency": 1, "ResultWriter": writer }),
        json!({}),
        &[],
    );
    assert_eq!(
        ran.outcome().error.as_deref(),
        Some("States.ExceedToleratedFailureThreshold")
    );
    let files = ran.files();
    assert_eq!(files[0].1[0]["Error"], "Broken");
    assert_eq!(
        (&files[1].1[0]["Status"], &files[1].1[0]["Input"]),
        (&json!("PENDING"), &json!("2"))
    );
    assert_eq!(
        (ran.map_run().status, ran.map_run().execution_counts.pending),
        (Status::Failed, 1)
    );
}

#[test]
fn an_express_child_has_five_minutes() {
    let state = json!({ "Type": "Map", "Items": [1], "End": true, "ToleratedFailurePercentage": 100,
        "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" }, "StartAt": "Rest", "States": {
            "Rest": { "Type": "Parallel", "End": true, "Branches": [{ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 3600, "End": true } } }] } } } });
    let ran = run_state(&state, json!({}), &[]);
    assert_eq!(
        ran.outcome().at,
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(5)
    );
    let children = ran.children();
    assert_eq!(
        children[0].outcome.as_ref().map(|outcome| outcome.status),
        Some(Status::TimedOut)
    );
    assert!(children[0].history.is_empty());
    assert_eq!(ran.map_run().item_counts.timed_out, 1);
}

#[test]
fn a_child_whose_history_is_full_fails_alone() {
    let state = json!({ "Type": "Map", "Items": [1], "End": true, "ToleratedFailurePercentage": 100,
        "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "Round", "States": {
            "Round": { "Type": "Parallel", "Output": 1, "Next": "Round", "Branches": [{ "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } } }] } } } });
    let ran = run_state(&state, json!({}), &[]);
    assert_eq!(ran.outcome().status, Status::Succeeded);
    let children = ran.children();
    let last = children[0].history.last().expect("a history");
    assert_eq!(
        (last.id, last.event_type),
        (25_000, EventType::ExecutionFailed)
    );
}

#[test]
fn whoever_stops_an_execution_stops_its_map_runs_and_their_children() {
    let state = json!({ "Type": "Map", "Items": [1, 2], "MaxConcurrency": 1, "End": true,
        "ItemProcessor": { "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" }, "StartAt": "Rest", "States": { "Rest": { "Type": "Wait", "Seconds": 10, "End": true } } } });
    let document =
        json!({ "QueryLanguage": "JSONata", "StartAt": "Each", "States": { "Each": state } });
    let machine = comanda_asl::from_value(&document).expect("the document is a machine");
    let start = Start {
        execution_arn: "arn:aws:states:sa-east-1:000000000000:execution:machine:one".into(),
        execution_name: "one".into(),
        state_machine_arn: "arn:aws:states:sa-east-1:000000000000:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::000000000000:role/comanda".into(),
        kind: WorkflowKind::Standard,
        input: Json::new(json!({})),
        seed: 7,
    };
    let mut execution = Execution::new(
        Arc::new(Definition::compile(&machine).expect("it compiles")),
        start,
    );
    let mut effects = Vec::new();
    step(
        &mut execution,
        Event::Begin,
        Timestamp::UNIX_EPOCH,
        &mut effects,
    );
    let began = |effects: &[Effect]| {
        effects
            .iter()
            .filter(|effect| matches!(effect, Effect::ChildStarted(_)))
            .count()
    };
    assert_eq!(began(&effects), 1);
    let map_run_arn = Arc::clone(&execution.map_runs()[0].map_run_arn);
    let update = Event::UpdateMapRun {
        map_run_arn,
        max_concurrency: Some(2),
        tolerated_failure_count: None,
        tolerated_failure_percentage: None,
    };
    step(&mut execution, update, Timestamp::UNIX_EPOCH, &mut effects);
    assert_eq!(began(&effects), 2);
    step(
        &mut execution,
        Event::Stop {
            error: None,
            cause: None,
        },
        Timestamp::UNIX_EPOCH,
        &mut effects,
    );
    let map_run = &execution.map_runs()[0];
    assert_eq!(
        (
            map_run.status,
            map_run.item_counts.aborted,
            map_run.item_counts.running
        ),
        (Status::Aborted, 2, 0)
    );
    let ended = effects.iter().filter(|effect| matches!(effect, Effect::ChildEnded { outcome, .. } if outcome.status == Status::Aborted));
    assert_eq!(ended.count(), 2);
    assert!(
        matches!(effects.last(), Some(Effect::Ended(outcome)) if outcome.status == Status::Aborted)
    );
}

#[test]
fn a_run_that_a_sibling_brings_down_is_aborted_in_history_too() {
    let rest = json!({ "StartAt": "Rest", "States": { "Rest": { "Type": "Wait", "Seconds": 10, "End": true } } });
    let mut processor = rest.clone();
    processor["ProcessorConfig"] = json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
    let each = json!({ "Type": "Map", "Items": [1], "ItemProcessor": processor, "End": true });
    let state = json!({ "Type": "Parallel", "End": true, "Branches": [
        { "StartAt": "Each", "States": { "Each": each } },
        { "StartAt": "Soon", "States": {
            "Soon": { "Type": "Wait", "Seconds": 1, "Next": "Broken" },
            "Broken": { "Type": "Fail", "Error": "Broken" } } }
    ] });
    let ran = run_state(&state, json!({}), &[]);
    let history = ran.world.history(&ran.arn).iter();
    let types: Vec<EventType> = history.map(|event| event.event_type).collect();
    let aborted = [EventType::MapRunAborted, EventType::MapStateAborted];
    assert!(types.windows(2).any(|pair| pair == aborted), "{types:?}");
    assert_eq!(ran.map_run().status, Status::Aborted);
}
