//! What is said about money: how to pay, that it came, that it goes back (002 §4.1).

use jiff::Timestamp;

use crate::{
    money::Money,
    order::{Order, PaymentMethod},
    payment::RefundReason,
    store::Zone,
};

fn until(deadline: Timestamp, zone: &Zone) -> String {
    format!("até as {}", zone.at(deadline).strftime("%H:%M"))
}

/// Before the PIX code, which is a message of its own so that it can be copied whole.
#[must_use]
pub fn pix_instructions(order: &Order, deadline: Timestamp, zone: &Zone) -> String {
    format!(
        "Pedido #{} anotado! Total: {}.\nPague com PIX {}: copie o código da próxima mensagem e cole em “PIX copia e cola” no app do seu banco.",
        order.display_number(),
        order.total,
        until(deadline, zone),
    )
}

/// Beside the QR.
#[must_use]
pub fn pix_qr_caption(order: &Order) -> String {
    format!(
        "QR Code do PIX do pedido #{}: {}.",
        order.display_number(),
        order.total
    )
}

/// Where to pay by card.
#[must_use]
pub fn card_link(order: &Order, link: &str, deadline: Timestamp, zone: &Zone) -> String {
    format!(
        "Pedido #{} anotado! Total: {}.\nPague com {} {} neste link: {link}",
        order.display_number(),
        order.total,
        order.payment_method.label(),
        until(deadline, zone),
    )
}

/// The money is here.
#[must_use]
pub fn payment_confirmed(order: &Order) -> String {
    format!(
        "Seu pagamento para o pedido #{} foi confirmado! Obrigado.",
        order.display_number()
    )
}

/// A try failed; these are the other ways, for as long as the deadline allows.
#[must_use]
pub fn another_method(
    order: &Order,
    others: &[PaymentMethod],
    deadline: Timestamp,
    zone: &Zone,
) -> String {
    let labels: Vec<&str> = others.iter().map(|method| method.label()).collect();
    let choice = match labels.as_slice() {
        [] => "Por favor, tente novamente".to_owned(),
        labels => format!(
            "Por favor, tente novamente ou escolha outro método de pagamento: {}",
            labels.join(", ")
        ),
    };
    format!(
        "Houve um problema com seu pagamento para o pedido #{}. {choice}. Seu pedido fica reservado {}.",
        order.display_number(),
        until(deadline, zone),
    )
}

/// Money came for an order that is over.
#[must_use]
pub fn paid_late(order: &Order, amount: Money) -> String {
    format!(
        "Recebemos {amount} pelo pedido #{}, que já estava encerrado. Vamos devolver o valor; avisamos quando o reembolso for concluído.",
        order.display_number()
    )
}

/// Money came twice.
#[must_use]
pub fn paid_twice(order: &Order, amount: Money) -> String {
    format!(
        "Recebemos um segundo pagamento de {amount} pelo pedido #{}. Vamos devolver esse valor; avisamos quando o reembolso for concluído.",
        order.display_number()
    )
}

/// Money is back that is not all there was, or that there was no food for.
#[must_use]
pub fn refund_done(order: &Order, amount: Money, reason: RefundReason) -> String {
    let number = order.display_number();
    match reason {
        RefundReason::PaidTwice => {
            format!("Devolvemos {amount}, o segundo pagamento do pedido #{number}.")
        }
        RefundReason::PaidLate => {
            format!("Devolvemos {amount}, que recebemos depois de encerrado o pedido #{number}.")
        }
        _ => format!("Devolvemos {amount} do pedido #{number}."),
    }
}

/// The provider cannot give it back yet.
#[must_use]
pub fn refund_blocked(order: &Order, amount: Money) -> String {
    format!(
        "O reembolso de {amount} do pedido #{} está em processamento. Avisamos assim que for concluído.",
        order.display_number()
    )
}

/// A person decides; the customer knows that somebody looks.
#[must_use]
pub fn needs_person(order: &Order) -> String {
    format!(
        "Seu pedido #{} está com a nossa equipe, que vai verificar o que aconteceu e avisar você.",
        order.display_number()
    )
}
