//! Asks the provider to give money back: intent before the call, provider read before any repeat (R1 to R4).

use comanda_domain::{
    order::{TaskToken, Wait, WaitKind},
    payment::{RefundIntent, RefundState},
    planted::{Fault as Planted, planted},
};
use comanda_workflows::contracts::{RefundNews, RefundRequest, RequestRefund, RequestRefundError};
use jiff::SignedDuration;

use crate::{
    casefile::CaseFile,
    charges::{RefundStanding, refund_standing},
    fault::{Failure, Fault},
    handler::AskHandler,
    hear::{complete, wake_refund},
    parts,
    payments::authorisation::show,
    ports::{Account, ChargeMethod, ChargeStatus, Ports, ProviderError, guarded::Uses},
    rows::{Decision, decide},
    shop::{account, load_store},
};

/// Shown to whoever looks at the row; the step's own time-out is the workflow's.
const USUALLY_DONE_WITHIN: SignedDuration = SignedDuration::from_hours(24);

type Refused = Failure<RequestRefundError>;

impl AskHandler for RequestRefund {
    const USES: &'static [Uses] = &[
        parts::CASE_FILE,
        parts::TOKENS,
        parts::STORE,
        parts::PROVIDER,
    ];

    async fn ask(ports: &Ports, request: RefundRequest, token: TaskToken) -> Result<(), Refused> {
        let intent = register(ports, &request, &token).await?;
        if intent.state == RefundState::Done {
            complete(ports, token.expose(), &RefundNews::Refunded).await?;
            return Ok(());
        }
        if wake_refund(ports, &intent).await? {
            return Ok(());
        }
        let key = &request.order;
        let store = load_store(ports, &key.client_id, &key.store_id).await?;
        let account = account(ports, &store).await?;
        match ask_provider(ports, &account, &request, &intent).await? {
            RefundStanding::Done => {
                complete(ports, token.expose(), &RefundNews::Refunded).await?;
            }
            _ if planted(Planted::RefundedAtOnce) => {
                complete(ports, token.expose(), &RefundNews::Refunded).await?;
            }
            standing => {
                requested(ports, &request).await?;
                show(ports, &request, standing).await?;
            }
        }
        Ok(())
    }
}

/// Registers the token in the intent's row, which was written before anybody was asked.
async fn register(
    ports: &Ports,
    request: &RefundRequest,
    token: &TaskToken,
) -> Result<RefundIntent, Fault> {
    let deadline = ports.clock.now();
    let deadline = deadline
        .checked_add(USUALLY_DONE_WITHIN)
        .unwrap_or(deadline);
    change(ports, request, |intent| {
        // The same call once more is no further attempt.
        let registered = intent
            .wait
            .as_ref()
            .is_some_and(|wait| wait.token == *token);
        if intent.state != RefundState::Done && !registered {
            intent.attempts += 1;
            intent.wait = Some(Wait {
                kind: WaitKind::Refund {
                    intent_id: request.intent_id.clone(),
                },
                token: token.clone(),
                deadline,
            });
        }
    })
    .await
}

async fn requested(ports: &Ports, request: &RefundRequest) -> Result<(), Fault> {
    change(ports, request, |intent| {
        if intent.state != RefundState::Done {
            intent.state = RefundState::Requested;
        }
    })
    .await
    .map(drop)
}

/// Changes an intent that must be there; a change that changes nothing is not written.
async fn change(
    ports: &Ports,
    request: &RefundRequest,
    change: impl Fn(&mut RefundIntent) + Sync,
) -> Result<RefundIntent, Fault> {
    let change = &change;
    decide::<RefundIntent, RefundIntent, Fault, _>(ports, || async move {
        let file = CaseFile::open(ports, &request.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", request.order.order_id))
        })?;
        file.take_up(ports, &request.charge_id).await?;
        let before = file.intent(request)?.clone();
        let mut wanted = before.clone();
        change(&mut wanted);
        if wanted == before {
            return Ok(Decision::Stands(before));
        }
        file.change_intent(request, |intent| change(intent));
        let intent = file.intent(request)?.clone();
        Ok(Decision::Write(file.side_writes()?, intent))
    })
    .await
}

/// Reads the provider, and asks it only for what was not asked for.
async fn ask_provider(
    ports: &Ports,
    account: &Account,
    request: &RefundRequest,
    intent: &RefundIntent,
) -> Result<RefundStanding, Refused> {
    let charge = ports
        .provider
        .get_charge(account, &request.charge_id)
        .await?;
    let refused = |code: &str| {
        let code = code.into();
        Err(Failure::Refused(RequestRefundError::Refused { code }))
    };
    let Some(charge) = charge else {
        return refused("CHARGE_NOT_FOUND");
    };
    let owed = match refund_standing(&charge, intent) {
        // The payer's bank has the case since the obligation was made: to pay back as well would be to pay twice.
        RefundStanding::NotAsked(_) if charge.status == ChargeStatus::Chargeback => {
            return refused("DISPUTED");
        }
        RefundStanding::NotAsked(owed) => owed,
        // Whoever withdrew it at the provider is not overruled.
        RefundStanding::Withdrawn => return refused("WITHDRAWN"),
        standing => return Ok(standing),
    };
    if planted(Planted::ConfirmedCardKept) && charge.method == ChargeMethod::Card {
        return refused("invalid_action");
    }
    let description = format!("Reembolso do pedido ({})", intent.intent_id);
    let asked = ports
        .provider
        .refund(account, &request.charge_id, owed, &description)
        .await;
    match asked {
        _ if planted(Planted::BlockedByAnything) => {
            Err(Failure::Refused(RequestRefundError::Blocked))
        }
        Ok(charge) => Ok(refund_standing(&charge, intent)),
        Err(ProviderError::InsufficientBalance) => {
            Err(Failure::Refused(RequestRefundError::Blocked))
        }
        Err(ProviderError::Refused { code, .. }) => {
            match asked_before(ports, account, (request, intent)).await? {
                Some(standing) => Ok(standing),
                None => refused(&code),
            }
        }
        Err(other) => Err(Failure::Fault(other.into())),
    }
}

/// Where it stands after all: a try that was given up for slow may have been carried out behind the look of this one, and then the
/// provider refuses it as a second.
async fn asked_before(
    ports: &Ports,
    account: &Account,
    (request, intent): (&RefundRequest, &RefundIntent),
) -> Result<Option<RefundStanding>, Refused> {
    let charge = ports
        .provider
        .get_charge(account, &request.charge_id)
        .await?;
    let standing = charge.map(|charge| refund_standing(&charge, intent));
    Ok(standing.filter(|standing| {
        !matches!(
            standing,
            RefundStanding::NotAsked(_) | RefundStanding::Withdrawn
        )
    }))
}
