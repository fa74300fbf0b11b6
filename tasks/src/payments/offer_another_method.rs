//! Tells the customer that a payment failed and what else there is, and awaits a choice.

use comanda_domain::{
    inbox::NewsKind,
    notification::{NotificationKind, another_method},
    order::{Actor, Order, OrderStatus, PaymentMethod, TaskToken, WaitKind},
    pricing::keeps_price,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{MethodOffer, OfferAnotherMethod, PaymentNews};
use jiff::Timestamp;

use super::is_past;
use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::AskHandler,
    hear::{complete, wake_order},
    parts,
    ports::{Ports, guarded::Uses},
    rows::{Decision, decide},
    shop::{load_order_config, load_store},
    tell::{Saying, WHILE_THEY_WAIT, tell},
};

impl AskHandler for OfferAnotherMethod {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::TOKENS, parts::STORE, parts::TELL];

    const TELLS_AGAIN: u32 = WHILE_THEY_WAIT;

    async fn ask(
        ports: &Ports,
        input: MethodOffer,
        token: TaskToken,
    ) -> Result<(), Failure<NoRefusal>> {
        let Some((order, deadline)) = register(ports, &input, &token).await? else {
            let ended = PaymentNews::Cancelled {
                news_id: "ended".into(),
                by: Actor::System,
            };
            complete(ports, token.expose(), &ended).await?;
            return Ok(());
        };
        if wake_order(ports, &order).await? {
            return Ok(());
        }
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let config = load_order_config(ports, &order.client_id, &order.store_id).await?;
        let accepted = config.accepted_payment_methods.iter();
        let others: Vec<PaymentMethod> = accepted
            .copied()
            .filter(|method| method.is_online() && *method != order.payment_method)
            .filter(|method| keeps_price(&order, *method))
            .collect();
        let saying = Saying {
            kind: NotificationKind::PaymentFailed(input.attempt).to_string(),
            text: another_method(&order, &others, deadline, &store.time_zone),
        };
        Ok(tell(ports, &store, &order, vec![saying]).await?)
    }
}

async fn register(
    ports: &Ports,
    input: &MethodOffer,
    token: &TaskToken,
) -> Result<Option<(Order, Timestamp)>, Fault> {
    decide::<Order, _, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &input.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", input.order.order_id))
        })?;
        if file.order.status() != OrderStatus::Pending || is_past(&file.order, input.attempt) {
            return Ok(Decision::Stands(None));
        }
        let deadline = file.order.payment_deadline.ok_or_else(|| {
            Fault::unexpected(format!("order {} is not paid online", input.order.order_id))
        })?;
        let kind = WaitKind::Method {
            attempt: input.attempt,
        };
        if file.order.waits_with(&kind, token) {
            return Ok(Decision::Stands(Some((file.order, deadline))));
        }
        file.note(|news| {
            matches!(
                news,
                NewsKind::PaymentFailed { .. } | NewsKind::ChargeDeleted { .. }
            )
        });
        let change = file
            .change(ports, (Actor::System, "Pagamento recusado"), |order| {
                order.payment_details.failure = Some(input.reason.clone());
                order.register_wait(kind, token.clone(), deadline);
                Ok(())
            })
            .await?;
        Ok(Decision::Write(
            change.writes,
            Some((change.order, deadline)),
        ))
    })
    .await
}
