//! The invoice page: a PIX code to scan or copy, or the place where a card would be typed in; here the payer also decides
//! how the bank answers.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, html};

use super::{
    Asaas,
    control::{self, ControlError},
    model::{Billing, Payment, Status},
    pix::{self, Code},
    rows,
};

/// `GET /i/{id}`, the id without `pay_`.
pub(super) async fn page(State(asaas): State<Arc<Asaas>>, Path(id): Path<String>) -> Response {
    let id = format!("pay_{id}");
    match look(&asaas, &id) {
        Ok((payment, code)) => Html(render(&payment, code.as_ref())).into_response(),
        Err(error) => error.into_response(),
    }
}

/// The charge, and the code that its page shows while it can be paid by PIX.
fn look(asaas: &Asaas, id: &str) -> Result<(Payment, Option<Code>), ControlError> {
    let (payment, account) = asaas.database.transact(|transaction| {
        let payment = control::find(transaction, id)?;
        let account = rows::account(transaction, &payment.account)?;
        Ok::<_, ControlError>((payment, account))
    })?;
    let by_pix = is_open(&payment) && payment.billing != Billing::CreditCard;
    let code = by_pix.then(|| pix::code(&account, &payment)).transpose()?;
    Ok((payment, code))
}

fn is_open(payment: &Payment) -> bool {
    !payment.deleted && matches!(payment.status, Status::Pending | Status::Overdue)
}

fn render(payment: &Payment, code: Option<&Code>) -> String {
    let amount = comanda_domain::money::Money::from_centavos(payment.centavos);
    let state = match payment.status {
        _ if payment.deleted => "Cobrança removida",
        Status::Pending => "Aguardando pagamento",
        Status::Overdue => "Vencida",
        Status::Confirmed | Status::Received => "Paga",
        Status::RefundInProgress => "Estorno em andamento",
        Status::Refunded => "Estornada",
        Status::ChargebackRequested => "Contestada",
    };
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
                    @if let Some(code) = code {
                        img src=(format!("data:image/png;base64,{}", code.image)) alt="QR Code do PIX" width="240";
                        p { label for="code" { "PIX copia e cola" } }
                        textarea id="code" readonly rows="4" { (code.payload) }
                    }
                    @if is_open(payment) {
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
.amount{font-size:2rem;font-weight:600}.note{color:#555}textarea{width:100%;font:inherit}button{font:inherit;padding:.6rem 1rem;margin-right:.5rem}";

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
