//! Talks by typing and tapping, over HTTP against the whole stack: each tap goes the channel's way, signed, through our
//! webhook. 000 §5.2 up to the registration, 000 §5.3's greeting, the address flows of 000 §3.4.

use serde_json::{Value, json};

use crate::running::Running;

const JOAO: &str = "whatsapp:+5511987654321";
const STORE: &str = "whatsapp:+551140028922";

/// A customer's phone.
struct Phone<'a> {
    stack: &'a Running,
    from: &'a str,
    seen: usize,
}

impl<'a> Phone<'a> {
    fn new(stack: &'a Running, from: &'a str) -> Self {
        let seen = 0;
        Self { stack, from, seen }
    }

    async fn messages(&self) -> Vec<Value> {
        let to = self.from.replace('+', "%2B");
        let path = format!("/simulators/twilio/control/messages?to={to}");
        let shown = self.stack.get(&path).await.1;
        shown["messages"].as_array().expect("messages").clone()
    }

    /// What is answered to this.
    async fn does(&mut self, mut doing: Value) -> Value {
        doing["from"] = json!(self.from);
        doing["to"] = json!(STORE);
        let path = "/simulators/twilio/control/inbound";
        let (status, taken) = self.stack.post(path, &doing.to_string(), &[]).await;
        assert_eq!(status, 202, "{doing}: {taken}");
        for _ in 0..400 {
            let messages = self.messages().await;
            if messages.len() > self.seen {
                self.seen = messages.len();
                return messages[self.seen - 1].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{doing} was not answered");
    }

    async fn expect(&mut self, doing: Value, answered: &str) {
        let answer = self.does(doing.clone()).await;
        let body = answer["body"].as_str().expect("a text");
        assert!(body.contains(answered), "{doing} was answered by {body:?}");
    }

    async fn writes(&mut self, text: &str, answered: &str) {
        self.expect(json!({ "body": text }), answered).await;
    }

    /// Taps what the last message offers under this title, or with this below it.
    async fn taps(&mut self, title: &str, answered: &str) {
        let tap = self.tap(title).await;
        self.expect(tap, answered).await;
    }

    async fn tap(&self, title: &str) -> Value {
        let messages = self.messages().await;
        let last = messages.last().expect("a message");
        let choices = last["choices"].as_array().expect("choices");
        let is_meant = |choice: &&Value| {
            ["title", "description"].iter().any(|part| {
                choice[*part]
                    .as_str()
                    .is_some_and(|text| text.contains(title))
            })
        };
        let choice = choices.iter().find(is_meant);
        let choice = choice.unwrap_or_else(|| panic!("{title:?} is not offered: {last:#}"));
        json!({ "tap": { "message": last["id"], "choice": choice["id"] } })
    }

    async fn registers(&mut self) {
        self.writes("Olá, quero fazer um pedido", "gostaria de saber seu nome")
            .await;
        self.writes(
            "Meu nome é João Silva",
            "Obrigado, João! É um prazer atendê-lo.",
        )
        .await;
        self.writes("joao.silva@email.com", "precisamos do seu endereço")
            .await;
        self.writes(
            "Rua das Flores, 123, Apto 45, Jardim Primavera",
            "Endereço: Rua das Flores, 123, Apto 45, Jardim Primavera",
        )
        .await;
        self.taps("Sim, está certo", "Seu cadastro foi realizado com sucesso.")
            .await;
    }

    fn addresses(&self) -> Vec<String> {
        let customer = self.stack.result(&["customer", "show", self.from]);
        let addresses = customer["customer"]["addresses"]
            .as_array()
            .expect("a list");
        let street = |address: &Value| address["street"].as_str().expect("a street").to_owned();
        addresses.iter().map(street).collect()
    }
}

/// 000 §5.2 and §5.3: the second time one is greeted by name, with the day of the last order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_registers_orders_and_is_greeted() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let mut phone = Phone::new(&stack, JOAO);
    phone.registers().await;
    phone
        .taps("Nada mais", "Quando precisar, é só chamar.")
        .await;

    let id = stack.placed_and_paid().await;
    stack.run(&["pos", "listen", "--confirm", "35", "--stop-after", "1"]);
    stack
        .until(&id, |order| order["status"] == "CONFIRMED")
        .await;
    for status in ["PREPARING", "READY", "DELIVERING", "DELIVERED", "COMPLETED"] {
        let event = json!({"type": "ORDER_STATUS", "status": status});
        stack.report(&id, &format!("{id}-{status}"), event).await;
        stack.until(&id, |order| order["status"] == status).await;
    }
    let history =
        async || stack.result(&["customer", "show", JOAO])["customer"]["totalOrders"].clone();
    for _ in 0..100 {
        if history().await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    phone.does(json!({ "body": "Oi" })).await;
    stack
        .until_told("Olá, João! Que bom ver você novamente! Seu último pedido foi em ")
        .await;
}

/// 000 §3.4: no address, one, several; to use one, to tell another, to correct and to remove one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_are_chosen_by_tapping() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let mut phone = Phone::new(&stack, JOAO);
    // Nobody has to tell an address.
    phone.writes("oi", "gostaria de saber seu nome").await;
    phone.writes("João Silva", "e-mail").await;
    phone.taps("Pular", "precisamos do seu endereço").await;
    phone.taps("Vou retirar", "Endereço: não informado").await;
    phone.taps("Sim, está certo", "sucesso").await;
    // None: it is asked for.
    phone
        .taps("Meus endereços", "Qual é o endereço completo")
        .await;
    phone
        .writes(
            "Rua das Flores, 123, Jardim Primavera",
            "Entregaremos em Rua das Flores",
        )
        .await;
    // One: it is confirmed, or another is told.
    phone
        .taps("Meus endereços", "Entregamos em Rua das Flores, 123")
        .await;
    phone.taps("Sim", "Entregaremos em Rua das Flores").await;
    phone.taps("Meus endereços", "Entregamos em").await;
    phone
        .taps("Outro endereço", "Qual é o endereço completo")
        .await;
    phone
        .writes("Rua Augusta, 10, Consolação", "Entregaremos em Rua Augusta")
        .await;
    // Several: one is chosen from the list, whole names below the short ones.
    phone
        .taps("Meus endereços", "Para qual endereço entregamos?")
        .await;
    phone
        .taps(
            "Rua das Flores, 123, Jardim Primavera",
            "Entregaremos em Rua das Flores",
        )
        .await;
    phone.taps("Meus endereços", "Para qual").await;
    phone
        .taps("Corrigir um endereço", "Qual endereço devo corrigir?")
        .await;
    phone
        .taps("Rua Augusta", "Qual é o endereço completo")
        .await;
    phone
        .writes("Avenida Paulista, 1000, Bela Vista", "atualizados")
        .await;
    assert_eq!(phone.addresses(), ["Rua das Flores", "Avenida Paulista"]);
    phone.taps("Meus endereços", "Para qual").await;
    phone
        .taps("Remover um endereço", "Qual endereço devo remover?")
        .await;
    phone.taps("Rua das Flores", "removido").await;
    assert_eq!(phone.addresses(), ["Avenida Paulista"]);
}

/// The channel's other ids and other messages, and what is tapped too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_answered_as_they_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    for from in ["whatsapp:+556298765432", "whatsapp:BR.1502576394655843"] {
        let mut phone = Phone::new(&stack, from);
        let answer = phone.does(json!({ "body": "oi" })).await;
        assert_eq!(answer["to"], from);
        let picture = json!({ "media": "image/jpeg" });
        phone
            .expect(picture, "só consigo ler mensagens de texto")
            .await;
        phone.writes("Ana", "Obrigado, Ana!").await;
        let skip = phone.tap("Pular").await;
        phone
            .expect(skip.clone(), "precisamos do seu endereço")
            .await;
        // The same button once more is no answer to the next question.
        phone
            .expect(skip, "Essa opção era de uma pergunta anterior.")
            .await;
        // Nor is a picture, whatever is written beside it.
        let picture = json!({ "media": "image/jpeg", "body": "<b>Rua A</b>, 1, Centro" });
        phone.expect(picture, "não entendi o endereço").await;
        phone.writes("pular", "Endereço: não informado").await;
        // Words, a number and a button say the same.
        phone.writes("2", "O que devo corrigir").await;
        phone.writes("o nome", "Qual é o seu nome?").await;
        phone.writes("Ana Souza", "Nome: Ana Souza").await;
        phone.writes("1", "sucesso").await;
    }
}

/// How far our messages got comes back by the channel's reports.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phones_page_shows_what_was_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = Running::start(folder.path());
    let mut phone = Phone::new(&stack, JOAO);
    phone.writes("oi", "nome").await;
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let client = client.build().expect("a client");
    let page = format!(
        "{}/phone/whatsapp%3A%2B5511987654321/whatsapp%3A%2B551140028922",
        stack.url
    );
    let mut text = String::new();
    for _ in 0..200 {
        let answer = client.get(&page).send().await.expect("an answer");
        text = answer.text().await.expect("a page");
        if text.contains("The store knows: read") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for part in [
        "The store knows: read",
        "The talk is at “Name: Ask”.",
        "here now",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}
