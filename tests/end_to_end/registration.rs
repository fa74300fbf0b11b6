//! A stranger writes to the store and is registered; the record is shown, exported and erased by the command.

use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::running::{Running, comanda};

const FROM: &str = "whatsapp:+5511912345678";

impl Running {
    /// A customer writes; gives what is answered.
    fn says(&self, text: &str) -> String {
        let answer = self.result(&["say", text, "--from", FROM]);
        let messages = answer["messages"].as_array().expect("messages");
        let text = |message: &Value| message["body"].as_str().expect("a text").to_owned();
        messages.iter().map(text).collect::<Vec<_>>().join("\n")
    }

    /// `pos listen`, until it is dropped.
    fn listening(&self) -> Listening {
        let process = comanda()
            .args(["pos", "listen"])
            .env("COMANDA_URL", &self.url)
            .env("AWS_ENDPOINT_URL", &self.aws_url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Listening(process.expect("a process"))
    }

    /// Waits until the store has said that it has this news of a customer.
    async fn until_store_has(&self, customer: &str, kind: &str) {
        for _ in 0..100 {
            let export = self.result(&["customer", "export", customer]);
            let mut changes = export["changes"].as_array().expect("changes").iter();
            if changes.any(|change| change["kind"] == kind && change["acknowledgedAt"].is_string())
            {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the store does not say that it has {kind}");
    }
}

struct Listening(Child);

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended already, which the test then sees by what is missing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_registered_by_chat_shown_exported_and_erased() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    for (said, answered) in [
        ("Olá, quero fazer um pedido", "gostaria de saber seu nome"),
        ("Meu nome é João Silva", "Obrigado, João!"),
        ("joao.silva@email.com", "precisamos do seu endereço"),
        (
            "Rua das Flores, 123, Apto 45, Jardim Primavera",
            "Endereço: Rua das Flores, 123, Apto 45, Jardim Primavera",
        ),
        ("sim", "Seu cadastro foi realizado com sucesso."),
        ("meus endereços", "Entregamos em Rua das Flores, 123"),
        ("sim", "Perfeito! Entregaremos em Rua das Flores, 123"),
    ] {
        let heard = stack.says(said);
        assert!(
            heard.contains(answered),
            "{said:?} was answered by {heard:?}"
        );
    }
    let pos = stack.listening();
    stack.until_store_has(FROM, "CUSTOMER_CREATED").await;
    drop(pos);
    let shown = stack.result(&["customer", "show", "+5511912345678"]);
    let customer = &shown["customer"];
    assert_eq!(customer["name"], "João Silva");
    assert_eq!(customer["addresses"][0]["neighborhood"], "Jardim Primavera");
    assert_eq!(customer["defaultAddressIndex"], 0);
    let export = stack.result(&["customer", "export", FROM]);
    assert_eq!(export["customer"]["email"], "joao.silva@email.com");
    assert!(
        export["messages"]
            .as_array()
            .is_some_and(|told| told.len() >= 6)
    );
    let id = customer["customerId"].as_str().expect("an id");
    assert_eq!(stack.run(&["customer", "erase", id]).code, Some(2));
    stack.result(&["customer", "erase", id, "--yes"]);
    let gone = stack.run(&["customer", "show", FROM]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    let left = stack.result(&["customer", "export", id]).to_string();
    for personal in ["João", "joao.silva", "Flores", "912345678"] {
        assert!(!left.contains(personal), "{personal}: {left}");
    }
    let heard = stack.says("Oi");
    assert!(heard.contains("gostaria de saber seu nome"), "{heard}");
}

/// The message is on disk before the channel is answered: a stack that dies in the middle of a talk goes on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_talk_goes_on_after_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    stack.says("Oi");
    let heard = stack.says("Me chamo Ana");
    assert!(heard.contains("Obrigado, Ana!"), "{heard}");
    stack.kill();
    let stack = Running::start(folder.path());
    let heard = stack.says("pular");
    assert!(heard.contains("precisamos do seu endereço"), "{heard}");
}

/// What a form of the channel must have to be heard at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_registers_by_a_forged_webhook() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let form = json!(
        "MessageSid=SM1&From=whatsapp%3A%2B5511912345678&To=whatsapp%3A%2B551140028922&Body=oi"
    );
    let headers = [("x-twilio-signature", "Zm9yZ2Vk")];
    let text = form.as_str().expect("a text");
    let (status, _) = stack.post("/webhooks/twilio", text, &headers).await;
    assert_eq!(status, 403);
    assert_eq!(stack.messages(), Vec::<String>::new());
    // Nor by one that is larger than any of the channel's.
    let huge = format!("{text}{}", "a".repeat(100_000));
    let (status, _) = stack.post("/webhooks/twilio", &huge, &headers).await;
    assert_eq!(status, 413);
    assert!(stack.says("Oi").contains("gostaria de saber seu nome"));
}
