//! The invoice page: where a payer would type in a card, and here decides how the bank answers.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, html};

use super::{
    Asaas, control,
    model::{Billing, Payment, Status},
};

/// `GET /i/{id}`, the id without `pay_`.
pub(super) async fn page(State(asaas): State<Arc<Asaas>>, Path(id): Path<String>) -> Response {
    let id = format!("pay_{id}");
    let found = asaas
        .database
        .transact(|transaction| control::find(transaction, &id));
    match found {
        Ok(payment) => Html(render(&payment)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn render(payment: &Payment) -> String {
    let amount = comanda_domain::money::Money::from_centavos(payment.centavos);
    let state = match payment.status {
        _ if payment.deleted => "Cobrança removida",
        Status::Pending => "Aguardando pagamento",
        Status::Overdue => "Vencida",
        Status::Confirmed | Status::Received => "Paga",
        Status::RefundInProgress => "Estorno em andamento",
        Status::Refunded => "Estornada",
    };
    let open = !payment.deleted && matches!(payment.status, Status::Pending | Status::Overdue);
    let page = html! {
        (DOCTYPE)
        html lang="pt-BR" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Fatura " (payment.invoice_number) }
                style { (STYLE) }
            }
            body {
                main {
                    h1 { "Fatura " (payment.invoice_number) }
                    p.note { "Simulador de pagamentos desta máquina: nenhum dinheiro se move." }
                    p.amount { (amount) }
                    @if let Some(description) = &payment.description { p { (description) } }
                    p role="status" id="state" { (state) }
                    @if open {
                        button data-action="pay" { "Pagar" }
                        @if payment.billing == Billing::CreditCard {
                            button data-action="fail" { "Recusar o cartão" }
                        }
                    }
                }
                script data-payment=(payment.id) { (maud::PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}main{max-width:28rem;margin:auto}\
.amount{font-size:2rem;font-weight:600}.note{color:#555}button{font:inherit;padding:.6rem 1rem;margin-right:.5rem}";

/// The control routes are beside this page; nothing but a payment's id goes into the text.
const SCRIPT: &str = "
const payment = document.currentScript.dataset.payment;
for (const button of document.querySelectorAll('button')) {
  button.onclick = async () => {
    const answer = await fetch(`../control/payments/${payment}/${button.dataset.action}`, { method: 'POST' });
    if (answer.ok && button.dataset.action === 'pay') { location.reload(); return; }
    const body = await answer.json();
    document.getElementById('state').textContent = answer.ok ? 'Cartão recusado. Tente novamente.' : body.error.message;
  };
}
";
