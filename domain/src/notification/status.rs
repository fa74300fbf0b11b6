//! The message of a status: the store's own template or 002 §5.2's, with what is true of this order.

use jiff::{SignedDuration, Timestamp};

use super::{Template, Values};
use crate::{
    money::Money,
    order::{Actor, DeliveryType, Order, OrderStatus},
    planted::{Fault, planted},
    store::{Minutes, OrderConfig},
};

/// Why an order ended without food; decides what a cancellation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Not paid in time.
    PaymentExpired,
    /// Every way of paying failed.
    PaymentFailed,
    /// The charge could not be made.
    PaymentUnavailable,
    /// Another amount came in than was asked.
    AmountMismatch,
    /// Somebody cancelled.
    CancelledBy(Actor),
    /// The store said no.
    Rejected,
    /// The store said nothing in time.
    Unanswered,
}

impl EndReason {
    fn sentence(self) -> &'static str {
        match self {
            _ if planted(Fault::AlwaysUnconfirmed) && self != Self::Rejected => {
                Self::Rejected.sentence()
            }
            Self::PaymentExpired => {
                "O pagamento não chegou dentro do prazo. Se quiser, é só fazer um novo pedido."
            }
            Self::PaymentFailed => {
                "O pagamento não foi aprovado. Se quiser, faça um novo pedido com outra forma de pagamento."
            }
            Self::PaymentUnavailable => {
                "Não conseguimos gerar a cobrança agora. Tente de novo mais tarde ou escolha outra forma de pagamento."
            }
            Self::AmountMismatch => "O valor recebido foi diferente do total do pedido.",
            Self::CancelledBy(Actor::Customer) => "Cancelamos como você pediu.",
            Self::CancelledBy(Actor::Restaurant) => {
                "O restaurante precisou cancelar. Pedimos desculpas pelo inconveniente."
            }
            Self::CancelledBy(Actor::Provider) => "O pagamento foi desfeito.",
            Self::CancelledBy(Actor::System | Actor::Operator) => {
                "Pedimos desculpas pelo inconveniente."
            }
            // 002 §4.1. Said only where it is true (F060).
            Self::Rejected | Self::Unanswered => {
                "O restaurante não pôde confirmar seu pedido no momento. Pedimos desculpas pelo inconveniente."
            }
        }
    }
}

/// Whether a status is told. A store may keep silent about progress, never about an end.
#[must_use]
pub fn is_told(config: &OrderConfig, status: OrderStatus) -> bool {
    config.notify_customer_on_status_change || status.is_closed()
}

/// The text of a status, for the order as it is now.
///
/// `usual` is what the store usually needs, where nobody has estimated. A pickup order is never told of a delivery (F039):
/// there the store's templates that speak of one are replaced by ours.
#[must_use]
pub fn status_text(
    config: &OrderConfig,
    order: &Order,
    status: OrderStatus,
    reason: Option<EndReason>,
    usual: Minutes,
    now: Timestamp,
) -> String {
    let pickup = order.delivery_type == DeliveryType::Pickup && !planted(Fault::PickupIsDelivered);
    let delivery_type = if pickup {
        DeliveryType::Pickup
    } else {
        DeliveryType::Delivery
    };
    let speaks_of_delivery = matches!(
        status,
        OrderStatus::Ready | OrderStatus::Delivering | OrderStatus::Delivered
    );
    let own = config.notification_templates.get(&status);
    let own = own.filter(|_| !(pickup && speaks_of_delivery));
    let values = values(order, status, usual, now);
    let text = match own {
        Some(template) => template.render(&values),
        None => default_template(status, delivery_type).map_or_else(
            // The defaults are all valid, by test; this is what is said if one ever is not.
            || format!("Seu pedido #{} mudou de situação.", values.order_id),
            |template| template.render(&values),
        ),
    };
    match (status, reason) {
        (OrderStatus::Cancelled, reason) => {
            let reason = reason.map(EndReason::sentence);
            let money = money_on_its_way(order);
            [Some(text), reason.map(str::to_owned), money]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ")
        }
        (OrderStatus::Refunded, Some(reason @ (EndReason::Rejected | EndReason::Unanswered))) => {
            format!("{text} {}", reason.sentence())
        }
        _ => text,
    }
}

fn money_on_its_way(order: &Order) -> Option<String> {
    let held = order.money_held();
    let going_back = order.payment_status().holds_money() && held > Money::ZERO;
    going_back.then(|| {
        format!("O valor de {held} será devolvido; avisamos quando o reembolso for concluído.")
    })
}

/// What the placeholders stand for. `{total}` of a refund is what went back, of whichever payment.
#[must_use]
pub fn values(order: &Order, status: OrderStatus, usual: Minutes, now: Timestamp) -> Values {
    let went_back = status == OrderStatus::Refunded && order.refunded_amount > Money::ZERO;
    let total = if went_back {
        order.refunded_amount
    } else {
        order.total
    };
    Values {
        order_id: order.display_number(),
        total: total.to_string(),
        delivery_time: delivery_time_text(order.delivery_time, usual, now),
    }
}

/// `35 minutos`: what is left until the estimate, or the usual time where there is none or it has passed. Whole five
/// minutes, because nobody knows better.
#[must_use]
pub fn delivery_time_text(estimate: Option<Timestamp>, usual: Minutes, now: Timestamp) -> String {
    let left = estimate.map(|at| at.duration_since(now));
    let minutes = match left {
        Some(left) if left > SignedDuration::ZERO => (left.as_secs() + 59) / 60,
        Some(_) => 5,
        None => i64::from(usual.get()),
    };
    let minutes = (minutes.clamp(5, 10_080) + 4) / 5 * 5;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} minutos"),
        (1, 0) => "1 hora".to_owned(),
        (1, minutes) => format!("1 hora e {minutes} minutos"),
        (hours, 0) => format!("{hours} horas"),
        (hours, minutes) => format!("{hours} horas e {minutes} minutos"),
    }
}

/// 002 §5.2's text of a status; for pickup, what is true at a counter.
#[must_use]
pub fn default_template(status: OrderStatus, delivery: DeliveryType) -> Option<Template> {
    use DeliveryType::{Delivery, Pickup};
    use OrderStatus as S;
    let text = match (status, delivery) {
        (S::Pending, _) => {
            "Seu pedido #{order_id} foi recebido e está aguardando confirmação do restaurante."
        }
        (S::Confirmed, _) => {
            "Seu pedido #{order_id} foi confirmado! Estamos preparando tudo com muito carinho."
        }
        (S::Preparing, _) => "Seu pedido #{order_id} está sendo preparado. Logo estará pronto!",
        (S::Ready, Delivery) => "Seu pedido #{order_id} está pronto! Em breve sairá para entrega.",
        (S::Ready, Pickup) => "Seu pedido #{order_id} está pronto! Já pode vir retirar.",
        (S::Delivering, Delivery) => {
            "Seu pedido #{order_id} saiu para entrega e chegará em aproximadamente {delivery_time}."
        }
        (S::Delivering, Pickup) => "Seu pedido #{order_id} espera por você no balcão.",
        (S::Delivered, Delivery) => "Seu pedido #{order_id} foi entregue. Bom apetite!",
        (S::Delivered, Pickup) => "Seu pedido #{order_id} foi retirado. Bom apetite!",
        (S::Completed, _) => "Seu pedido #{order_id} foi concluído. Obrigado pela preferência!",
        (S::Cancelled, _) => "Seu pedido #{order_id} foi cancelado.",
        (S::Refunded, _) => {
            "Seu pedido #{order_id} foi cancelado e o valor de {total} foi reembolsado."
        }
    };
    Template::parse(text).ok()
}
