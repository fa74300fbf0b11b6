//! A secret or a configuration that went missing: what needs it fails closed, a person is called once, and nothing is lost.

use comanda_domain::exception::{Exception, ExceptionKind, ExceptionState};

use super::*;
use crate::{
    http::{Answer, WebhookRequest},
    registry::{Invocation, UNEXPECTED, invoke},
    testing::signed_form,
    webhooks,
};

const GONE: &str = "sabor/gone";
const URL: &str = "https://api.example.com.br/webhooks/twilio";

/// The one alarm, however often what it is about was missed.
#[track_caller]
fn check_alarm(world: &World, subject: &str, detail: &str) {
    let raised = rows::<Exception>(world);
    assert_eq!(raised.len(), 1, "{raised:?}");
    let alarm = &raised[0];
    assert_eq!(
        (
            alarm.kind,
            alarm.state,
            alarm.subject_id.as_str(),
            alarm.detail.as_str()
        ),
        (
            ExceptionKind::UnexpectedFailure,
            ExceptionState::Open,
            subject,
            detail
        )
    );
}

fn route(token_secret: &str) -> WebhookRouteRow {
    WebhookRouteRow {
        path: ROUTE.into(),
        client_id: key().client_id,
        token_secret: token_secret.into(),
    }
}

/// The store as it is configured, with other secrets.
fn configure(world: &World, secrets: Value) {
    let mut config = world.store.rows(StoreConfig::TABLE).remove(0);
    config.insert("secrets".into(), secrets);
    world.store.seed(StoreConfig::TABLE, config);
}

fn paid(world: &World) -> Answer {
    let event = json!({
        "id": "evt_1", "event": "PAYMENT_RECEIVED",
        "payment": {"id": CHARGE, "value": 44.8, "billingType": "PIX", "externalReference": ORDER},
    });
    let request = WebhookRequest {
        url: String::new(),
        headers: [("asaas-access-token".to_owned(), WEBHOOK_TOKEN.to_owned())].into(),
        body: event.to_string().into(),
    };
    block_on(webhooks::asaas::receive(&world.ports(), ROUTE, &request))
}

#[test]
fn a_payment_is_heard_once_the_webhooks_secret_is_back() {
    let world = world_with(&charged());
    comes_in(&world);
    put(&world, &route(GONE));
    for _twice in 0..2 {
        assert_eq!(paid(&world).status, 500);
    }
    assert_eq!(order_in(&world), charged(), "nobody is believed");
    check_alarm(&world, GONE, "secret sabor/gone does not exist");
    world.secrets.set(GONE, WEBHOOK_TOKEN);
    assert_eq!(paid(&world).status, 200);
    assert_eq!(rows::<comanda_domain::inbox::News>(&world).len(), 1);
}

#[test]
fn a_message_is_not_believed_without_the_accounts_secret() {
    let world = world();
    let secrets = json!({"paymentApiKey": "sabor/asaas", "messagingAccount": "sabor/account", "messagingToken": GONE});
    configure(&world, secrets);
    let fields = [
        ("MessageSid", "SM1"),
        ("From", CUSTOMER),
        ("To", STORE_ADDRESS),
        ("Body", "oi"),
    ];
    // An empty secret must not be what it is compared with.
    for key in [AUTH_TOKEN, ""] {
        let request = signed_form(URL, key, &fields);
        let answer = block_on(webhooks::twilio::receive(&world.ports(), &request));
        assert_eq!(answer.status, 500);
    }
    check_alarm(&world, GONE, "secret sabor/gone does not exist");
    assert!(world.workflows.started().is_empty());
}

#[test]
fn a_step_fails_without_its_stores_configuration() {
    // A world without any configuration.
    let world = World::new(at(OPEN), 7);
    put(&world, &handed_over());
    let call = Invocation {
        task: "CallPerson".into(),
        input: json!({"order": key(), "reason": "UNEXPECTED"}),
        token: None,
        execution: String::new(),
        retries: None,
    };
    let error = block_on(invoke(&world.ports(), call)).expect_err("it fails");
    assert_eq!(
        (error.error_type.as_str(), error.error_message.as_str()),
        (UNEXPECTED, "store centro has no configuration")
    );
    let raised = rows::<Exception>(&world);
    assert!(
        raised.iter().any(|alarm| alarm.subject_id == "centro"),
        "{raised:?}"
    );
}
