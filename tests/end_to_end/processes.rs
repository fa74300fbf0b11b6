//! The process itself: its ends, its neighbours, and tokens that it never gave.

use std::process::Command;

use serde_json::Value;

use crate::running::{Running, Said, comanda};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stack_a_directory_and_a_clean_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stack = Running::start(folder.path());
    let client = stack.step_functions().await;
    let unknown = client.send_task_success().task_token("nobody").output("{}");
    let error = unknown
        .send()
        .await
        .expect_err("refused")
        .into_service_error();
    assert!(error.is_invalid_token(), "{error}");
    let second = comanda()
        .args(["--json", "up", "--port", "0", "--aws-port", "0", "--data"])
        .arg(folder.path())
        .output();
    let second = Said::from(second.expect("a command that runs"));
    assert_eq!(second.code, Some(2), "{}", second.err);
    let said: Value = serde_json::from_str(&second.err).expect("JSON");
    let word = |key: &str| said["error"][key].as_str().unwrap_or_default().to_owned();
    assert!(word("message").contains(&stack.url), "{said}");
    assert!(word("help").contains("comanda up --data"), "{said}");
    let process = stack.process.id().to_string();
    let sent = Command::new("kill").args(["-INT", &process]).status();
    assert!(sent.expect("a signal").success());
    let ended = stack.process.wait().expect("an end");
    assert_eq!(ended.code(), Some(0));
}
