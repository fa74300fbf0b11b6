//! Twilio's webhook: signatures, what customers write, and how far our messages got.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    people::ChannelAddress,
    talk::Said,
};
use jiff::SignedDuration;

use super::*;
use crate::{
    http::{Answer, WebhookRequest},
    rows::{ConversationRow, DeliveryStatus, Known, ReceiptRow},
    testing::signed_form,
    webhooks::twilio,
};

const URL: &str = "https://api.example.com.br/webhooks/twilio";

fn signed(fields: &[(&str, &str)]) -> WebhookRequest {
    signed_form(URL, AUTH_TOKEN, fields)
}

fn inbound(sid: &str, text: &str) -> WebhookRequest {
    signed(&[
        ("MessageSid", sid),
        ("From", CUSTOMER),
        ("To", STORE_ADDRESS),
        ("Body", text),
        ("SmsStatus", "received"),
    ])
}

fn report(sid: &str, status: &str, code: &str) -> WebhookRequest {
    signed(&[
        ("MessageSid", sid),
        ("From", STORE_ADDRESS),
        ("To", CUSTOMER),
        ("MessageStatus", status),
        ("ErrorCode", code),
    ])
}

/// A message that the channel took, with its receipt.
fn sent(world: &World, row: &NotificationRow) {
    put(world, row);
    let id = row.message_id.as_deref().expect("an id");
    put(world, &ReceiptRow::sent(row, id, at(OPEN)));
}

fn send(world: &World, request: &WebhookRequest) -> Answer {
    block_on(twilio::receive(&world.ports(), request))
}

#[test]
fn only_what_is_signed_for_the_address_is_heard() {
    let world = world();
    let before = state(&world);
    let mut forged = inbound("SM1", "oi");
    forged.body.extend_from_slice(b"&Extra=1");
    let mut moved = inbound("SM1", "oi");
    moved.url = "https://evil.example/webhooks/twilio".into();
    let mut unsigned = inbound("SM1", "oi");
    unsigned.headers.clear();
    let elsewhere = signed(&[
        ("MessageSid", "SM1"),
        ("From", CUSTOMER),
        ("To", "whatsapp:+551100000000"),
    ]);
    let nowhere = signed(&[("MessageSid", "SM1")]);
    for request in [forged, moved, unsigned, elsewhere, nowhere] {
        assert_eq!(send(&world, &request).status, 403);
    }
    let mut huge = inbound("SM1", "oi");
    huge.body.resize(100_000, b'x');
    assert_eq!(send(&world, &huge).status, 413);
    assert_eq!(state(&world), before);
}

#[test]
fn a_message_is_kept_once_and_opens_the_window() {
    let world = world();
    for (sid, text) in [("SM1", "Olá"), ("SM2", "quero 2"), ("SM1", "Olá")] {
        assert_eq!(send(&world, &inbound(sid, text)).status, 200);
    }
    let talk = rows::<ConversationRow>(&world).remove(0);
    let texts: Vec<&str> = talk
        .recent
        .iter()
        .map(|message| message.said.words())
        .collect();
    assert_eq!(texts, ["Olá", "quero 2"]);
    assert!(talk.is_open_at(at(OPEN) + SignedDuration::from_hours(23)));
    assert!(!talk.is_open_at(at(OPEN) + SignedDuration::from_hours(24)));
    for number in 0..40 {
        send(&world, &inbound(&format!("SMx{number}"), "mais"));
    }
    let talk = rows::<ConversationRow>(&world).remove(0);
    assert_eq!(talk.recent.len(), 20, "bounded");
    assert_eq!(talk.version, 42);
}

/// The vectors of providers §2.3: the token signs by SHA-1, or by SHA-256 where a header says so.
#[test]
fn both_ways_of_signing_are_heard() {
    let body = "SmsMessageSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&NumMedia=0&ProfileName=Jo%C3%A3o+da+Silva&MessageType=text&SmsSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&WaId=5511987654321&SmsStatus=received&Body=Ol%C3%A1%2C+quero+2+X-Salada+%26+1+Coca&To=whatsapp%3A%2B551140028922&NumSegments=1&ReferralNumMedia=0&MessageSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&AccountSid=ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb&From=whatsapp%3A%2B5511987654321&ApiVersion=2010-04-01";
    let shared = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256";
    let (sha1, sha256) = (
        "IloBS6DWTwhl/ZUwX8wbdfk5FBU=",
        "rO+Fao9pNpuYuC1sE9oVSFdfLWezApwdjOroOhUozDg=",
    );
    for (signature, settings, expected) in [
        (sha1, "", 200),
        (sha256, shared, 200),
        (sha1, shared, 403),
        (sha256, "", 403),
        (sha256, "key=webhooks_sharedkey_1,algorithm=HMAC_MD5", 403),
    ] {
        let world = world();
        let headers = [
            ("x-twilio-signature", signature),
            ("x-twilio-webhooks-signature-settings", settings),
        ];
        let request = WebhookRequest {
            url: format!("{URL}/whatsapp"),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: body.into(),
        };
        assert_eq!(send(&world, &request).status, expected, "{settings}");
        let heard = rows::<ConversationRow>(&world).pop();
        let said = heard.map(|talk| talk.recent[0].said.words().to_owned());
        let words = (expected == 200).then(|| "Olá, quero 2 X-Salada & 1 Coca".to_owned());
        assert_eq!(said, words);
    }
}

#[test]
fn what_customers_do_is_heard_as_what_it_is() {
    let choice = |says: &str, title: &str| Said::Choice {
        says: says.into(),
        title: title.into(),
    };
    let media = |kind: &str, caption: &str| Said::Media {
        kind: kind.into(),
        caption: caption.into(),
    };
    let interactive = ("MessageType", "interactive");
    for (fields, expected) in [
        (
            vec![("Body", "oi"), ("NumMedia", "0")],
            Said::Text("oi".into()),
        ),
        (
            vec![
                interactive,
                ("Body", "Sim"),
                ("ButtonText", "Sim"),
                ("ButtonPayload", "sim"),
            ],
            choice("sim", "Sim"),
        ),
        (
            vec![
                interactive,
                ("Body", "Rua A"),
                ("ListId", "usar addr_1"),
                ("ListTitle", "Rua A"),
            ],
            choice("usar addr_1", "Rua A"),
        ),
        (
            vec![
                ("NumMedia", "1"),
                ("MediaContentType0", "image/jpeg"),
                ("Body", "minha casa"),
            ],
            media("image", "minha casa"),
        ),
        (vec![("NumMedia", "1"), ("Body", "")], media("", "")),
        (
            vec![("MessageType", "location"), ("Latitude", "-23.5")],
            Said::Other,
        ),
    ] {
        let world = world();
        let mut form = vec![
            ("MessageSid", "SM1"),
            ("From", CUSTOMER),
            ("To", STORE_ADDRESS),
        ];
        form.extend(fields);
        assert_eq!(send(&world, &signed(&form)).status, 200);
        let talk = rows::<ConversationRow>(&world).remove(0);
        assert!(talk.recent[0].said == expected, "{form:?}");
    }
}

#[test]
fn a_report_that_overtakes_our_own_receipt_is_no_stray() {
    for status in ["delivered", "read", "failed"] {
        let world = world();
        let on_its_way = NotificationRow {
            state: NotificationState::Intended,
            message_id: None,
            ..told("SM1")
        };
        put(&world, &on_its_way);
        assert_eq!(send(&world, &report("SM1", status, "")).status, 200);
        assert_eq!(parked(&world).len(), 0, "{status}");
    }
}

/// What an index shows is no reason to lose it: the receipt is written, and no index has the message yet.
#[test]
fn a_failure_waits_for_the_receipt_that_it_overtook() {
    let world = world();
    assert_eq!(
        send(&world, &report("SM1", "undelivered", "63016")).status,
        200
    );
    let kept: Vec<ReceiptRow> = rows(&world);
    assert_eq!(kept[0].known, Known::Failed { code: Some(63_016) });
    assert_eq!(kept[0].intent(), None);
}

#[test]
fn windows_open_for_each_conversation() {
    let world = world();
    let hidden = signed(&[
        ("MessageSid", "SM1"),
        ("From", "whatsapp:BR.1502576394655843"),
        ("To", STORE_ADDRESS),
        ("Body", ""),
    ]);
    assert_eq!(send(&world, &hidden).status, 200);
    let talk = rows::<ConversationRow>(&world).remove(0);
    assert_ne!(
        talk.channel_address,
        ChannelAddress::new(CUSTOMER).expect("an address")
    );
}

#[test]
fn reports_never_go_back() {
    let status = |words: &[&str]| {
        let world = world();
        sent(&world, &told("SM1"));
        for word in words {
            assert_eq!(send(&world, &report("SM1", word, "")).status, 200);
        }
        rows::<NotificationRow>(&world).remove(0).delivery
    };
    for (words, expected) in [
        (["sent", "delivered", "read"], DeliveryStatus::Read),
        (["read", "delivered", "sent"], DeliveryStatus::Read),
        (["delivered", "failed", "queued"], DeliveryStatus::Delivered),
        (["sent", "undelivered", "sent"], DeliveryStatus::Failed),
        (["sent", "sent", "gibberish"], DeliveryStatus::Sent),
    ] {
        assert_eq!(status(&words), Some(expected), "{words:?}");
    }
}

#[test]
fn a_failure_keeps_the_channels_code() {
    let world = world();
    sent(&world, &told("SM1"));
    send(&world, &report("SM1", "undelivered", "63016"));
    let row = rows::<NotificationRow>(&world).remove(0);
    assert_eq!(row.refusal_code, Some(63_016));
}

fn message_failed(world: &World) -> usize {
    let raised = rows::<Exception>(world).into_iter();
    raised
        .filter(|exception| exception.kind == ExceptionKind::MessageFailed)
        .count()
}

#[test]
fn a_text_that_came_outside_the_window_is_said_once_more_as_the_template() {
    let world = world();
    let mut store = rows::<StoreConfig>(&world).remove(0);
    store
        .channel_templates
        .insert("STATUS".to_owned(), "HX1".to_owned());
    put(&world, &store);
    put(&world, &moved(&an_order(), OrderEvent::Confirm));
    sent(&world, &told("SM1"));
    for _ in 0..2 {
        assert_eq!(
            send(&world, &report("SM1", "undelivered", "63016")).status,
            200
        );
    }
    assert_eq!(
        world.channel.texts(CUSTOMER),
        ["HX1: Pedido confirmado. Obrigado!"]
    );
    let again = rows::<NotificationRow>(&world).remove(0);
    assert_eq!(again.state, NotificationState::Sent);
    assert_eq!(again.failed_message_id.as_deref(), Some("SM1"));
    assert_eq!(message_failed(&world), 0);
    // The template fails as well: nothing more is sent, and a person sees it.
    let sid = again.message_id.expect("an id");
    for _ in 0..2 {
        send(&world, &report(&sid, "undelivered", "63016"));
    }
    assert_eq!(world.channel.texts(CUSTOMER).len(), 1);
    assert_eq!(message_failed(&world), 1);
}

/// Found by `comanda simulate`: the claim on the text kept its template from being sent.
#[test]
fn a_text_that_is_said_again_is_not_held_up_by_the_claim_on_it() {
    let world = world();
    let mut store = rows::<StoreConfig>(&world).remove(0);
    store
        .channel_templates
        .insert("STATUS".to_owned(), "HX1".to_owned());
    put(&world, &store);
    put(&world, &moved(&an_order(), OrderEvent::Confirm));
    sent(
        &world,
        &NotificationRow {
            claimed_until: Some(at(OPEN) + SignedDuration::from_secs(20)),
            ..told("SM1")
        },
    );
    send(&world, &report("SM1", "undelivered", "63016"));
    assert_eq!(
        world.channel.texts(CUSTOMER),
        ["HX1: Pedido confirmado. Obrigado!"]
    );
}

#[test]
fn a_failure_that_no_template_mends_is_seen_by_a_person() {
    for (status, code) in [("undelivered", "63016"), ("failed", "63024")] {
        let world = world();
        sent(&world, &told("SM1"));
        send(&world, &report("SM1", status, code));
        assert!(world.channel.texts(CUSTOMER).is_empty());
        assert_eq!(message_failed(&world), 1, "{code}");
    }
}

#[test]
fn a_status_that_the_order_has_left_is_not_said_again() {
    let world = world();
    let mut store = rows::<StoreConfig>(&world).remove(0);
    store
        .channel_templates
        .insert("STATUS".to_owned(), "HX1".to_owned());
    put(&world, &store);
    let confirmed = moved(&an_order(), OrderEvent::Confirm);
    put(&world, &moved(&confirmed, OrderEvent::Prepare));
    sent(&world, &told("SM1"));
    send(&world, &report("SM1", "undelivered", "63016"));
    assert!(world.channel.texts(CUSTOMER).is_empty());
}

#[test]
fn what_is_about_no_message_of_ours_is_parked() {
    let world = world();
    for (request, count) in [
        (report("SM9", "sent", ""), 0),
        (report("SM9", "delivered", ""), 1),
        (report("SM9", "delivered", ""), 1),
        (signed(&[("From", CUSTOMER), ("To", STORE_ADDRESS)]), 2),
        (
            signed(&[
                ("MessageSid", "SM8"),
                ("From", "sms:1"),
                ("To", STORE_ADDRESS),
            ]),
            3,
        ),
    ] {
        assert_eq!(send(&world, &request).status, 200);
        assert_eq!(parked(&world).len(), count);
    }
    let kept = format!("{:?}", parked(&world));
    assert!(!kept.contains("987654321"), "a phone was kept: {kept}");
}

#[test]
fn a_call_survives_a_crash_at_any_call_of_ours() {
    for request in [inbound("SM1", "oi"), report("SM1", "delivered", "")] {
        let world = || {
            let world = world();
            sent(&world, &told("SM1"));
            world
        };
        check_crashes(world, async |ports: &Ports| {
            twilio::receive(ports, &request).await
        });
    }
}
