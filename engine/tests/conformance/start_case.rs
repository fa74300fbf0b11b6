//! One recorded `StartExecution` that was refused.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use comanda_engine::virtual_time::{Account, VirtualTime};
use comanda_engine::{Definition, read_execution_input};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::botocore;
use crate::compare::same;

/// Judges a case; `None` where it is none of this kind.
pub fn judge(case: &Value) -> Option<Result<(), String>> {
    (case["kind"] == "start").then(|| {
        let (exception, message) = refused(case)?;
        let answer = json!({ "exception": { "code": exception, "message": message } });
        same(
            &botocore::as_the_service_says(&case["expected"]),
            &answer,
            "response",
        )
    })
}

fn refused(case: &Value) -> Result<(&'static str, String), String> {
    let request = &case["request"];
    let input = match read_execution_input(request["input"].as_str().unwrap_or("{}")) {
        Ok(input) => input,
        Err(words) => return Ok(("InvalidExecutionInput", words)),
    };
    let account = Account {
        region: "us-east-1".to_owned(),
        id: "111111111111".to_owned(),
        role_arn: Arc::from("role"),
    };
    let mut world = VirtualTime::in_account(account, Timestamp::UNIX_EPOCH, 1);
    let machine = comanda_asl::from_value(&case["definition"]);
    if let Some(definition) = machine.and_then(|machine| Definition::compile(&machine).ok()) {
        world.register("statemachine", WorkflowKind::Standard, Arc::new(definition));
    }
    let arn = request["stateMachineArn"].as_str().unwrap_or_default();
    match world.start(arn, "execution", input) {
        Ok(_) => Err("the execution starts".to_owned()),
        Err(error) => Ok(error.exception()),
    }
}
