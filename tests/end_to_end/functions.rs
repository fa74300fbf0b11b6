//! Orders answered by the program that is deployed, in processes of its own: `comanda up --processes`.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use crate::running::{Running, Said, comanda};

/// The functions' program, which the tests of `comanda-lambda` have cargo build beside the command.
fn bootstrap() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_comanda")).with_file_name("bootstrap");
    assert!(
        program.is_file(),
        "{} is not there: cargo build -p comanda-lambda",
        program.display()
    );
    program
}

/// The functions' processes of this stack: process and service.
fn processes(stack: &Running) -> Vec<(String, String)> {
    let parent = format!("PPid:\t{}", stack.process.id());
    let is_child = |id: &String| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        status.is_ok_and(|status| status.lines().any(|line| line == parent))
    };
    let all = std::fs::read_dir("/proc").expect("processes");
    let ids = all.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let service = |id: &str| {
        let variables = std::fs::read(format!("/proc/{id}/environ")).ok()?;
        let variables = String::from_utf8(variables).ok()?;
        let mut variables = variables.split('\0');
        let handler = variables.find_map(|variable| variable.strip_prefix("_HANDLER="));
        Some((id.to_owned(), handler?.to_owned()))
    };
    ids.filter(is_child).filter_map(|id| service(&id)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_goes_its_whole_way_through_the_deployed_program_and_over_its_dead_processes() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = bootstrap();
    let words = [OsStr::new("--processes"), program.as_os_str()];
    let stack = Running::start_with(folder.path(), &words);
    let id = stack.placed_and_paid().await;
    let running = processes(&stack);
    // The API's, the provider's webhook's, the tasks': each its own, and none in the stack's process.
    for service in ["orders", "webhooks", "payments", "pos"] {
        assert!(
            running.iter().any(|(_, of)| of == service),
            "{service}: {running:?}"
        );
    }
    // The last thing before the store's answer; what dies in the middle of telling is told when its claim is over.
    stack
        .until_told("aguardando confirmação do restaurante")
        .await;
    for (process, _) in &running {
        let killed = Command::new("kill").args(["-9", process]).status();
        assert!(killed.expect("a signal").success());
    }
    let listened = stack.run(&["pos", "listen", "--confirm", "35", "--stop-after", "1"]);
    assert_eq!(listened.code, Some(0), "{}", listened.err);
    stack
        .until(&id, |order| order["status"] == "CONFIRMED")
        .await;
    // A status that is no longer true is not told, so the next one waits.
    stack.until_told("Seu pedido #0001 foi confirmado").await;
    let event = json!({"type": "ORDER_STATUS", "status": "PREPARING"});
    stack.report(&id, "preparing", event).await;
    stack
        .until(&id, |order| order["status"] == "PREPARING")
        .await;
    assert_eq!(stack.told("Seu pedido #0001 foi confirmado"), 1);
    // What is at no address is at none here either, and a body that is wrong is told so by the function.
    assert_eq!(stack.get("/api/nothing").await.0, 404);
    let (status, answer) = stack.post("/api/orders", "[]", &[]).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("MALFORMED_REQUEST"))
    );
    let (status, _) = stack
        .post("/webhooks/asaas/sabor-brasileiro", "{}", &[])
        .await;
    assert_eq!(status, 401);
}

#[test]
fn a_program_that_is_not_there_is_told_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = comanda()
        .args([
            "--json",
            "up",
            "--ephemeral",
            "--port",
            "0",
            "--aws-port",
            "0",
            "--processes",
        ])
        .arg(folder.path().join("bootstrap"))
        .output();
    let said = Said::from(said.expect("a command that runs"));
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("just package"), "{}", said.err);
}
