//! Copies of `generated/` in which one thing is changed: each change is told in words, with the right verdict and places.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

mod files;

use comanda_review::{
    Release,
    diff::{Change, Deployment, Verdict, diff, verdict},
};
use files::{generated, release};
use serde_json::{Value, json};

/// Changes one file and tells what the difference says.
fn mutated(path: &str, change: impl FnOnce(&mut Value), deployment: Deployment) -> Vec<Change> {
    let old = generated();
    let mut new = old.clone();
    let mut value: Value = serde_json::from_str(&old[path]).unwrap();
    let before = value.clone();
    change(&mut value);
    assert_ne!(before, value, "the test changes nothing");
    new.insert(path.to_owned(), value.to_string());
    diff(&release(&old), &release(&new), deployment)
}

#[track_caller]
fn check(path: &str, change: impl FnOnce(&mut Value), says: &str, expected: Verdict, place: &str) {
    let changes = mutated(path, change, Deployment::default());
    let found = changes.iter().find(|change| change.says.contains(says));
    let found = found.unwrap_or_else(|| panic!("nothing says {says:?}: {changes:#?}"));
    assert_eq!(found.verdict, expected, "{found:#?}");
    assert_eq!(verdict(&changes), expected, "{changes:#?}");
    if place.is_empty() {
        assert!(found.places.is_empty(), "{found:#?}");
    } else {
        assert!(found.places.iter().any(|at| at == place), "{found:#?}");
    }
    assert_eq!(found.help.is_some(), expected == Verdict::Breaks);
}

const LIFECYCLE: &str = "asl/order-lifecycle.asl.json";
const CONFIRM: &str = "schemas/tasks/ConfirmOrder.json";

fn state<'a>(machine: &'a mut Value, name: &str) -> &'a mut Value {
    machine["States"].get_mut(name).unwrap()
}

fn member<'a>(value: &'a mut Value, name: &str) -> &'a mut serde_json::Map<String, Value> {
    value[name].as_object_mut().unwrap()
}

#[test]
fn nothing_differs_from_itself() {
    let release = release(&generated());
    assert!(release.machines.len() >= 5 && release.tasks.len() >= 30);
    assert_eq!(diff(&release, &release, Deployment::default()), []);
}

#[test]
fn a_definition_alone_breaks_no_running_execution() {
    let safe = |change: fn(&mut Value), says| check(LIFECYCLE, change, says, Verdict::Safe, "");
    safe(
        |machine| {
            let confirm = state(machine, "Confirm the order").clone();
            member(machine, "States").insert(
                "Warm the oven".into(),
                json!({"Type": "Wait", "Seconds": 5, "Next": "Confirm the order"}),
            );
            assert_eq!(confirm["Type"], "Task");
        },
        "\"Warm the oven\" is added, a Wait",
    );
    safe(
        |machine| {
            member(machine, "States").remove("Nobody could be told");
        },
        "\"Nobody could be told\" is removed, a Fail",
    );
    safe(
        |machine| state(machine, "Confirm the order")["TimeoutSeconds"] = json!(45),
        "\"Confirm the order\" times out after 45 s, not 30 s",
    );
    safe(
        |machine| state(machine, "Confirm the order")["Retry"][1]["MaxAttempts"] = json!(2),
        "retries States.ALL 2 times after 1 s to 60 s, not 8 times after 1 s to 60 s",
    );
    safe(
        |machine| {
            let names = &mut state(machine, "Confirm the order")["Retry"][0]["ErrorEquals"];
            names.as_array_mut().unwrap().push(json!("Another"));
        },
        "\"Confirm the order\" retries Another never as well",
    );
    safe(
        |machine| {
            state(machine, "Confirm the order")["Catch"]
                .as_array_mut()
                .unwrap()
                .remove(1);
        },
        "no longer goes to \"Done\" on ConfirmOrderError.Ended",
    );
    safe(
        |machine| state(machine, "Close the order")["Next"] = json!("Call a person"),
        "\"Close the order\" goes to \"Call a person\", not to \"What does closing leave?\"",
    );
    safe(
        |machine| machine["StartAt"] = json!("How is it paid?"),
        "StartAt is \"How is it paid?\"",
    );
    safe(
        |machine| {
            state(machine, "Call a person")["Arguments"]["Payload"]["input"]["reason"] =
                json!("LATE")
        },
        "Arguments.Payload.input.reason is LATE",
    );
}

#[test]
fn a_renamed_state_is_guessed() {
    check(
        LIFECYCLE,
        |machine| {
            let text = machine
                .to_string()
                .replace("Close the order", "End the order");
            *machine = serde_json::from_str(&text).unwrap();
        },
        "\"Close the order\" is called \"End the order\" (a guess: ",
        Verdict::Safe,
        "",
    );
}

#[test]
fn what_a_path_costs_is_told() {
    check(
        LIFECYCLE,
        |machine| {
            let states = member(machine, "States");
            states.insert(
                "Think".into(),
                json!({"Type": "Pass", "Next": "Confirm the order"}),
            );
            let text = machine
                .to_string()
                .replace(r#""Next":"Confirm the order""#, r#""Next":"Think""#);
            *machine = serde_json::from_str(&text).unwrap();
            state(machine, "Think")["Next"] = json!("Confirm the order");
        },
        "the cheapest way to confirmed by \"Await the payment\" takes ",
        Verdict::Safe,
        "",
    );
}

#[test]
fn inputs_that_demand_more_break_who_sends_the_old_ones() {
    let place = "order-lifecycle: \"Confirm the order\"";
    let input = |change: fn(&mut Value), says, verdict| {
        let place = if verdict == Verdict::Safe { "" } else { place };
        check(
            CONFIRM,
            |task| change(&mut task["input"]),
            says,
            verdict,
            place,
        );
    };
    input(
        |input| {
            member(input, "properties").insert("deliveryTime".into(), json!({"type": "string"}));
            input["required"]
                .as_array_mut()
                .unwrap()
                .push(json!("deliveryTime"));
        },
        "its input must have `deliveryTime`",
        Verdict::Breaks,
    );
    input(
        |input| input["required"].as_array_mut().unwrap().push(json!("by")),
        "its input must always have `by`",
        Verdict::Breaks,
    );
    input(
        |input| {
            member(input, "properties").insert("note".into(), json!({"type": "string"}));
        },
        "its input gains `note`",
        Verdict::Safe,
    );
    input(
        |input| {
            let cases = input["$defs"]["Actor"]["oneOf"].as_array_mut().unwrap();
            cases.retain(|case| case["const"] != "PROVIDER");
        },
        "its input no longer takes \"PROVIDER\" in `by`",
        Verdict::Breaks,
    );
    input(
        |input| input["properties"]["readyInMinutes"]["type"] = json!("string"),
        "its input takes a string in `readyInMinutes`, not an integer",
        Verdict::Breaks,
    );
    check(
        CONFIRM,
        |task| task["input"]["properties"]["readyInMinutes"]["maximum"] = json!(90),
        "its input takes at most 90 in `readyInMinutes`",
        Verdict::Notice,
        "",
    );
    check(
        CONFIRM,
        |task| task["input"]["$defs"]["OrderId"]["maxLength"] = json!(30),
        "its input takes at most 30 long in `order.orderId`",
        Verdict::Breaks,
        place,
    );
}

#[test]
fn answers_break_where_they_are_read_and_only_there() {
    let accept = "schemas/tasks/AcceptOrder.json";
    check(
        accept,
        |task| {
            let output = &mut task["output"];
            let text = output.to_string().replace("\"payment\"", "\"paying\"");
            *output = serde_json::from_str(&text).unwrap();
        },
        "its output no longer has `payment`",
        Verdict::Breaks,
        "order-lifecycle: \"How is it paid?\"",
    );
    // Of the refund's news nothing reads the word of the provider for why.
    check(
        "schemas/tasks/SettleRefund.json",
        |task| {
            let text = task["output"].to_string().replace("\"reason\"", "\"why\"");
            task["output"] = serde_json::from_str(&text).unwrap();
        },
        "its output no longer has `denied.reason`",
        Verdict::Notice,
        "",
    );
    check(
        "schemas/tasks/CloseOrder.json",
        |task| {
            let cases = task["output"]["oneOf"].as_array_mut().unwrap();
            cases.push(json!({"type": "string", "const": "postponed"}));
        },
        "its output can be \"postponed\"",
        Verdict::Breaks,
        "order-lifecycle: \"What does closing leave?\"",
    );
}

#[test]
fn a_signal_breaks_even_where_functions_are_pinned() {
    let pinned = Deployment {
        pins_functions: true,
    };
    let add = |task: &mut Value| {
        let cases = task["output"]["oneOf"].as_array_mut().unwrap();
        cases.push(json!({"type": "string", "const": "doubled"}));
    };
    let signal = mutated("schemas/tasks/RequestPayment.json", add, pinned);
    assert_eq!(verdict(&signal), Verdict::Breaks, "{signal:#?}");
    assert!(signal[0].says.starts_with("its signal can be \"doubled\""));
    assert!(
        signal[0]
            .places
            .contains(&"order-lifecycle: \"What came of the payment?\"".to_owned())
    );
    let close = mutated("schemas/tasks/CloseOrder.json", add, pinned);
    assert_eq!(verdict(&close), Verdict::Notice, "{close:#?}");
}

#[test]
fn errors_that_the_old_catch_does_not_know() {
    let add = |task: &mut Value| {
        member(task, "errors").insert("Unheard.Of".into(), Value::Null);
    };
    // Every task of the order's life is caught whatever it fails with.
    check(
        CONFIRM,
        add,
        "can refuse with Unheard.Of",
        Verdict::Notice,
        "order-lifecycle: \"Confirm the order\"",
    );
    check(
        "schemas/tasks/ApplyStatus.json",
        add,
        "can refuse with Unheard.Of",
        Verdict::Breaks,
        "order-status: \"Apply the status\"",
    );
    check(
        CONFIRM,
        |task| {
            let carried = task["errors"]
                .get_mut("ConfirmOrderError.CalledOff")
                .unwrap();
            let text = carried.to_string().replace("\"by\"", "\"whom\"");
            *carried = serde_json::from_str(&text).unwrap();
        },
        "its refusal ConfirmOrderError.CalledOff no longer has `by`",
        Verdict::Breaks,
        "order-lifecycle: \"Confirm the order\"",
    );
}

#[test]
fn tasks_machines_and_functions_that_are_gone() {
    let without = |path: &str| {
        let old = generated();
        let mut new = old.clone();
        new.remove(path).unwrap();
        diff(&release(&old), &release(&new), Deployment::default())
    };
    let task = without(CONFIRM);
    assert_eq!(task[0].says, "is removed");
    assert_eq!(task[0].places, ["order-lifecycle: \"Confirm the order\""]);
    assert_eq!(verdict(&task), Verdict::Breaks);

    let mut old = generated();
    let mut new = old.clone();
    for files in [&mut old, &mut new] {
        // The manifest alone names a machine too.
        files.remove("manifest.json");
    }
    for path in [
        "asl/refund.asl.json",
        "schemas/workflows/refund.json",
        "graphs/refund.json",
    ] {
        new.remove(path).unwrap();
    }
    let machine = diff(&release(&old), &release(&new), Deployment::default());
    let removed = machine
        .iter()
        .find(|change| change.subject == "refund")
        .unwrap();
    assert!(
        removed
            .places
            .contains(&"order-lifecycle: \"Give the money back\"".to_owned())
    );
    assert!(
        removed
            .places
            .contains(&"order-status: \"Start the refund\"".to_owned())
    );

    check(
        CONFIRM,
        |task| task["function"] = json!("kitchen"),
        "is answered by the function kitchen, not orders",
        Verdict::Breaks,
        "order-lifecycle: \"Confirm the order\"",
    );
}

#[test]
fn children_are_started_and_awaited_by_what_runs() {
    let refund = "schemas/workflows/refund.json";
    check(
        refund,
        |workflow| {
            workflow["input"]["required"]
                .as_array_mut()
                .unwrap()
                .push(json!("currency"));
            member(&mut workflow["input"], "properties")
                .insert("currency".into(), json!({"type": "string"}));
        },
        "its input must have `currency`",
        Verdict::Breaks,
        "order-lifecycle: \"Give the money back\"",
    );
    check(
        refund,
        |workflow| {
            let cases = workflow["output"]["oneOf"].as_array_mut().unwrap();
            cases.push(json!({"type": "string", "const": "halfRefunded"}));
        },
        "its output can be \"halfRefunded\"",
        Verdict::Breaks,
        "order-lifecycle: \"Did it go back?\"",
    );
}

#[test]
fn the_stores_pos_is_not_deployed_with_us() {
    check(
        "schemas/pos/store-decision.json",
        |schema| {
            let text = schema.to_string().replace("readyInMinutes", "minutes");
            *schema = serde_json::from_str(&text).unwrap();
        },
        "its text gains `",
        Verdict::Safe,
        "",
    );
    check(
        "schemas/pos/store-event.json",
        |schema| {
            let status = &mut schema["oneOf"][1];
            assert_eq!(status["properties"]["type"]["const"], "ORDER_STATUS");
            status["required"]
                .as_array_mut()
                .unwrap()
                .push(json!("signature"));
            member(status, "properties").insert("signature".into(), json!({"type": "string"}));
        },
        "its text must have `ORDER_STATUS.signature`",
        Verdict::Breaks,
        "the stores' POS",
    );
}

#[test]
fn permissions_tables_and_queues() {
    check(
        "manifest.json",
        |manifest| {
            let machine = &mut manifest["stateMachines"][0];
            assert_eq!(machine["name"], "order-lifecycle");
            machine["permissions"]
                .as_array_mut()
                .unwrap()
                .retain(|may| may["function"] != "pos");
        },
        "may no longer lambda:InvokeFunction on function pos",
        Verdict::Breaks,
        "order-lifecycle: \"Await the store's answer\"",
    );
    check(
        "manifest.json",
        |manifest| manifest["stateMachines"][0]["kind"] = json!("EXPRESS"),
        "is Express, not Standard",
        Verdict::Breaks,
        "order-lifecycle: every execution that runs",
    );
    check(
        "manifest.json",
        |manifest| {
            manifest["queues"].as_array_mut().unwrap().remove(1);
        },
        "is removed",
        Verdict::Breaks,
        "the stores' POS, and messages under way",
    );
    check(
        "tables.json",
        |tables| {
            tables["tables"]
                .as_array_mut()
                .unwrap()
                .retain(|table| table["name"] != "WhatsAppBotInbox");
        },
        "is removed",
        Verdict::Breaks,
        "function comanda-orders",
    );
    check(
        "tables.json",
        |tables| tables["tables"][0]["partitionKey"] = json!("id"),
        "its partitionKey is id, not customerId",
        Verdict::Breaks,
        "function comanda-customers",
    );
    check(
        "tables.json",
        |tables| {
            tables["tables"][0]["indexes"].as_array_mut().unwrap().pop();
        },
        "loses the index",
        Verdict::Safe,
        "",
    );
}

#[test]
fn what_is_emptied_is_lost_as_well() {
    check(
        "manifest.json",
        |manifest| manifest["stateMachines"][0]["permissions"] = json!([]),
        "may no longer lambda:InvokeFunction on function pos",
        Verdict::Breaks,
        "order-lifecycle: \"Await the store's answer\"",
    );
    check(
        "manifest.json",
        |manifest| manifest["queues"] = json!([]),
        "is removed",
        Verdict::Breaks,
        "the stores' POS, and messages under way",
    );
}

/// All versions of a function have its role, and go with it; without versions, code and role change at the same moment.
#[test]
fn a_pinned_function_needs_what_it_needed() {
    let payments = |manifest: &mut Value| -> usize {
        let functions = manifest["functions"].as_array().unwrap();
        let at = functions
            .iter()
            .position(|function| function["handler"] == "payments");
        at.unwrap()
    };
    let told = |change: &dyn Fn(&mut Value), says: &str, pins_functions: bool| {
        let deployment = Deployment { pins_functions };
        let changes = mutated("manifest.json", |manifest| change(manifest), deployment);
        let found = changes.iter().find(|change| change.says.contains(says));
        let found = found.unwrap_or_else(|| panic!("nothing says {says:?}: {changes:#?}"));
        let place = "order-lifecycle: \"Settle the payment at its deadline\"";
        let has_place = found.places.iter().any(|at| at == place);
        assert_eq!(has_place, pins_functions, "{found:#?}");
        found.verdict
    };
    let poorer = |manifest: &mut Value| {
        let at = payments(manifest);
        let permissions = manifest["functions"][at]["permissions"]
            .as_array_mut()
            .unwrap();
        permissions.retain(|may| may["table"] != "WhatsAppBotLedger");
    };
    let loses = "may no longer dynamodb:PutItem on table WhatsAppBotLedger";
    assert_eq!(told(&poorer, loses, true), Verdict::Breaks);
    assert_eq!(told(&poorer, loses, false), Verdict::Safe);
    let gone = |manifest: &mut Value| {
        let at = payments(manifest);
        manifest["functions"].as_array_mut().unwrap().remove(at);
    };
    assert_eq!(told(&gone, "is removed", true), Verdict::Breaks);
    assert_eq!(told(&gone, "is removed", false), Verdict::Safe);
}

#[test]
fn a_definition_without_its_release() {
    let old = Release::from_definition(
        "a",
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#,
    )
    .unwrap();
    let new = Release::from_definition(
        "a",
        r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3, "End": true}}}"#,
    )
    .unwrap();
    let said: Vec<String> = diff(&old, &new, Deployment::default())
        .into_iter()
        .map(|change| change.says)
        .collect();
    assert_eq!(
        said,
        [
            "\"A\" is a Wait, not a Pass",
            "\"A\" Seconds is 3, which is added"
        ]
    );
}
