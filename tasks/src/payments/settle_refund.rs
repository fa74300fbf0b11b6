//! Reads how a refund stands: in the inbox, then at the provider.

use comanda_domain::{
    inbox::{News, refund_signal},
    payment::RefundState,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{RefundNews, RefundRequest, SettleRefund};

use crate::{
    casefile::CaseFile,
    charges::{RefundStanding, refund_standing},
    fault::{Failure, Fault},
    handler::{Handler, as_contract},
    parts,
    payments::authorisation::show,
    ports::{Ports, guarded::Uses},
    shop::{account, load_store},
};

impl Handler for SettleRefund {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::PROVIDER];

    async fn handle(
        ports: &Ports,
        request: RefundRequest,
    ) -> Result<RefundNews, Failure<NoRefusal>> {
        let key = &request.order;
        let file = CaseFile::open(ports, key).await?;
        let mut file = file
            .ok_or_else(|| Fault::unexpected(format!("order {} does not exist", key.order_id)))?;
        file.take_up(ports, &request.charge_id).await?;
        let intent = file.intent(&request)?;
        if intent.state == RefundState::Done {
            return Ok(RefundNews::Refunded);
        }
        if let Some((_, signal)) = refund_signal(intent, unheard(&file)) {
            return Ok(as_contract(&signal)?);
        }
        let store = load_store(ports, &key.client_id, &key.store_id).await?;
        let account = account(ports, &store).await?;
        let charge = ports
            .provider
            .get_charge(&account, &request.charge_id)
            .await?;
        let standing = charge.map(|charge| refund_standing(&charge, intent));
        if let Some(standing) = standing {
            show(ports, &request, standing).await?;
        }
        Ok(match standing {
            Some(RefundStanding::Done) => RefundNews::Refunded,
            Some(RefundStanding::Withdrawn) => RefundNews::Denied {
                reason: "WITHDRAWN".into(),
            },
            Some(
                RefundStanding::UnderWay
                | RefundStanding::AwaitsAuthorisation
                | RefundStanding::NotAsked(_),
            )
            | None => RefundNews::Pending,
        })
    }
}

fn unheard(file: &CaseFile) -> &[News] {
    file.news()
}
