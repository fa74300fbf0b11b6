//! What customers read, word by word.

use jiff::Timestamp;

use super::*;
use crate::{
    ids::RefundIntentId,
    money::Money,
    order::{
        Actor, DeliveryType, Order, OrderEvent, OrderStatus as S, PaymentMethod, PaymentStatus,
        Reason,
        tests::{NOON, an_order},
    },
    store::{Minutes, OrderConfig, Zone, tests::an_order_config},
};

fn now() -> Timestamp {
    NOON.parse().expect("an instant")
}

fn forty() -> Minutes {
    Minutes::new(40).expect("under a week")
}

fn plain_config() -> OrderConfig {
    OrderConfig {
        notification_templates: std::collections::BTreeMap::new(),
        ..an_order_config()
    }
}

fn changed(change: impl FnOnce(&mut Order)) -> Order {
    let reason = Reason::new(Actor::System, now(), "teste");
    let changed = an_order().apply(reason, |order| {
        change(order);
        Ok(())
    });
    changed.expect("legal")
}

#[track_caller]
fn check(order: &Order, status: S, reason: Option<EndReason>, expected: &str) {
    let text = status_text(&plain_config(), order, status, reason, forty(), now());
    assert_eq!(text, expected);
}

#[test]
fn each_status_of_a_delivery() {
    let order = an_order();
    check(
        &order,
        S::Pending,
        None,
        "Seu pedido #0001 foi recebido e está aguardando confirmação do restaurante.",
    );
    check(
        &order,
        S::Confirmed,
        None,
        "Seu pedido #0001 foi confirmado! Estamos preparando tudo com muito carinho.",
    );
    check(
        &order,
        S::Preparing,
        None,
        "Seu pedido #0001 está sendo preparado. Logo estará pronto!",
    );
    check(
        &order,
        S::Ready,
        None,
        "Seu pedido #0001 está pronto! Em breve sairá para entrega.",
    );
    check(
        &order,
        S::Delivering,
        None,
        "Seu pedido #0001 saiu para entrega e chegará em aproximadamente 40 minutos.",
    );
    check(
        &order,
        S::Delivered,
        None,
        "Seu pedido #0001 foi entregue. Bom apetite!",
    );
    check(
        &order,
        S::Completed,
        None,
        "Seu pedido #0001 foi concluído. Obrigado pela preferência!",
    );
    check(
        &order,
        S::Refunded,
        None,
        "Seu pedido #0001 foi cancelado e o valor de R$ 44,80 foi reembolsado.",
    );
}

/// F039: nobody who fetches an order is told that it is on its way.
#[test]
fn nothing_about_delivery_for_pickup() {
    let order = changed(|order| order.delivery_type = DeliveryType::Pickup);
    let mut config = an_order_config();
    let own = Template::parse("#{order_id} sai já para entrega").expect("a template");
    for status in [S::Ready, S::Delivering, S::Delivered] {
        config.notification_templates.insert(status, own.clone());
    }
    for status in S::ALL {
        let text = status_text(&config, &order, status, None, forty(), now());
        assert!(
            !text.contains("entreg") && !text.contains("saiu"),
            "{status}: {text}"
        );
    }
    check(
        &order,
        S::Ready,
        None,
        "Seu pedido #0001 está pronto! Já pode vir retirar.",
    );
}

/// Found by `comanda simulate`: who fetches the order was told to pay when it is brought.
#[test]
fn no_reason_speaks_of_delivery_to_who_fetches() {
    let order = changed(|order| order.delivery_type = DeliveryType::Pickup);
    for reason in [
        EndReason::PaymentExpired,
        EndReason::PaymentFailed,
        EndReason::PaymentUnavailable,
        EndReason::AmountMismatch,
        EndReason::CancelledBy(Actor::Customer),
        EndReason::CancelledBy(Actor::Restaurant),
        EndReason::CancelledBy(Actor::Provider),
        EndReason::CancelledBy(Actor::Operator),
        EndReason::Rejected,
        EndReason::Unanswered,
    ] {
        for status in [S::Cancelled, S::Refunded] {
            let text = status_text(
                &plain_config(),
                &order,
                status,
                Some(reason),
                forty(),
                now(),
            );
            assert!(!text.contains("entrega"), "{reason:?}: {text}");
        }
    }
}

#[test]
fn a_cancellation_says_why_and_what_happens_to_the_money() {
    let unpaid = an_order();
    check(
        &unpaid,
        S::Cancelled,
        Some(EndReason::PaymentExpired),
        "Seu pedido #0001 foi cancelado. O pagamento não chegou dentro do prazo. Se quiser, é só fazer um novo pedido.",
    );
    check(
        &unpaid,
        S::Cancelled,
        Some(EndReason::CancelledBy(Actor::Customer)),
        "Seu pedido #0001 foi cancelado. Cancelamos como você pediu.",
    );
    let paid = changed(|order| {
        order.paid_amount = order.total;
        order
            .set_payment_status(PaymentStatus::Paid)
            .expect("legal");
        order.move_to(OrderEvent::Cancel).expect("legal");
    });
    check(
        &paid,
        S::Cancelled,
        Some(EndReason::Unanswered),
        "Seu pedido #0001 foi cancelado. O restaurante não pôde confirmar seu pedido no momento. Pedimos desculpas pelo inconveniente. O valor de R$ 44,80 será devolvido; avisamos quando o reembolso for concluído.",
    );
    // 002 §4.1's message of a refund, only where it is true (F060).
    check(
        &paid,
        S::Refunded,
        Some(EndReason::Unanswered),
        "Seu pedido #0001 foi cancelado e o valor de R$ 44,80 foi reembolsado. O restaurante não pôde confirmar seu pedido no momento. Pedimos desculpas pelo inconveniente.",
    );
    check(
        &paid,
        S::Refunded,
        Some(EndReason::CancelledBy(Actor::Customer)),
        "Seu pedido #0001 foi cancelado e o valor de R$ 44,80 foi reembolsado.",
    );
}

#[test]
fn a_store_s_own_words_and_its_silence() {
    let mut config = plain_config();
    let own = Template::parse("Oba, #{order_id} ({total}) em {delivery_time}").expect("a template");
    config.notification_templates.insert(S::Confirmed, own);
    let order = changed(|order| order.delivery_time = "2026-11-22T15:33:00Z".parse().ok());
    let text = status_text(&config, &order, S::Confirmed, None, forty(), now());
    assert_eq!(text, "Oba, #0001 (R$ 44,80) em 35 minutos");
    config.notify_customer_on_status_change = false;
    let told: Vec<S> = S::ALL
        .into_iter()
        .filter(|status| is_told(&config, *status))
        .collect();
    assert_eq!(told, [S::Cancelled, S::Refunded]);
}

#[test]
fn how_long_it_takes() {
    for (estimate, expected) in [
        (None, "40 minutos"),
        (Some("2026-11-22T15:00:01Z"), "5 minutos"),
        (Some("2026-11-22T14:00:00Z"), "5 minutos"),
        (Some("2026-11-22T15:35:00Z"), "35 minutos"),
        (Some("2026-11-22T15:35:01Z"), "40 minutos"),
        (Some("2026-11-22T16:00:00Z"), "1 hora"),
        (Some("2026-11-22T16:20:00Z"), "1 hora e 20 minutos"),
        (Some("2026-11-22T17:00:00Z"), "2 horas"),
        (Some("2026-11-22T17:05:00Z"), "2 horas e 5 minutos"),
    ] {
        let at = estimate.map(|at| at.parse().expect("an instant"));
        assert_eq!(
            delivery_time_text(at, forty(), now()),
            expected,
            "{estimate:?}"
        );
    }
}

#[test]
fn texts_about_money() {
    let (order, zone) = (an_order(), Zone::new("America/Sao_Paulo").expect("a zone"));
    let deadline = "2026-11-22T15:30:00Z".parse().expect("an instant");
    assert_eq!(
        pix_instructions(&order, deadline, &zone),
        "Pedido #0001 anotado! Total: R$ 44,80.\nPague com PIX até as 12:30: copie o código da próxima mensagem e cole em “PIX copia e cola” no app do seu banco."
    );
    assert_eq!(
        another_method(
            &order,
            &[PaymentMethod::Pix, PaymentMethod::Debit],
            deadline,
            &zone
        ),
        "Houve um problema com seu pagamento para o pedido #0001. Por favor, tente novamente ou escolha outro método de pagamento: PIX, cartão de débito. Seu pedido fica reservado até as 12:30."
    );
    let card = changed(|order| order.payment_method = PaymentMethod::Credit);
    assert_eq!(
        card_link(&card, "https://www.asaas.com/i/1", deadline, &zone),
        "Pedido #0001 anotado! Total: R$ 44,80.\nPague com cartão de crédito até as 12:30 neste link: https://www.asaas.com/i/1"
    );
    assert_eq!(
        refund_blocked(&order, Money::from_centavos(4_480)),
        "O reembolso de R$ 44,80 do pedido #0001 está em processamento. Avisamos assim que for concluído."
    );
}

#[test]
fn all_defaults_are_templates() {
    for status in S::ALL {
        for delivery in [DeliveryType::Delivery, DeliveryType::Pickup] {
            assert!(default_template(status, delivery).is_some(), "{status}");
        }
    }
}

#[test]
fn kinds_are_keys() {
    let whole = RefundIntentId::new("whole").expect("an id");
    for (kind, key) in [
        (NotificationKind::Status(S::Confirmed), "STATUS#CONFIRMED"),
        (NotificationKind::PixCode(1), "PAYMENT#PIX_CODE#1"),
        (NotificationKind::PaymentConfirmed, "PAYMENT#CONFIRMED"),
        (
            NotificationKind::RefundBlocked(whole),
            "REFUND#BLOCKED#whole",
        ),
    ] {
        assert_eq!(kind.to_string(), key);
    }
}

/// N2: of two attempts the last is the one to pay, and only while there is something to pay.
#[test]
fn what_the_order_left_behind_is_overtaken() {
    let asked = |attempt: u32| changed(|order| order.payment_attempt = attempt);
    let paid = changed(|order| {
        order.payment_attempt = 1;
        order
            .set_payment_status(PaymentStatus::Paid)
            .expect("legal");
    });
    let over = changed(|order| {
        order.payment_attempt = 1;
        order.move_to(OrderEvent::Cancel).expect("legal");
    });
    let kinds = [
        NotificationKind::PaymentInstructions(1),
        NotificationKind::PixCode(1),
        NotificationKind::PixQr(1),
        NotificationKind::CardLink(1),
        NotificationKind::PaymentFailed(1),
    ];
    for kind in kinds.map(|kind| kind.to_string()) {
        assert!(!is_overtaken(&kind, &asked(1)), "{kind}");
        for order in [&asked(2), &paid, &over] {
            assert!(is_overtaken(&kind, order), "{kind}");
        }
    }
    let (pending, confirmed) = ("STATUS#PENDING", "STATUS#CONFIRMED");
    assert!(!is_overtaken(pending, &asked(1)));
    assert!(is_overtaken(confirmed, &asked(1)));
    assert!(!is_overtaken("PAYMENT#CONFIRMED", &over));
}
