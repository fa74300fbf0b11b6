//! Refunds that are not done: each is started again under its name, which starts it once; one whose workflow has ended is
//! read at the provider.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    order::Order,
    payment::{RefundIntent, RefundState},
    tables::{REFUNDS, refunds::BY_STATE},
};
use comanda_workflows::contracts::{RecordRefund, Walk};
use jiff::SignedDuration;

use super::{books, count, end, healed, page_of, past, read, unless_broken};
use crate::{
    casefile::refund_request,
    charges::{RefundStanding, refund_standing},
    fault::{Failure, Fault},
    handler::Handler,
    hear::{follow_all, start_refund, wake_refund},
    orders::before_person::{Cause, put_before_person},
    payments::authorisation::show,
    ports::{Ports, Query, Started},
    rows::{load, load_order},
    shop::{account, load_store},
};

const OPEN: [RefundState; 4] = [
    RefundState::Intended,
    RefundState::Requested,
    RefundState::Blocked,
    RefundState::Denied,
];

/// Whoever wrote an intent starts its refund within moments; before that it is not late.
const YOUNG: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let part = usize::try_from(walk.part).unwrap_or(usize::MAX);
    let Some(state) = OPEN.get(part) else {
        end(walk);
        return Ok(());
    };
    let query = Query {
        table: &REFUNDS,
        index: Some(&BY_STATE),
        partition: RefundIntent::in_state(&walk.client_id, *state),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    for row in &page.items {
        let Some(listed) = read::<RefundIntent>(ports, walk, row).await? else {
            continue;
        };
        let age = ports.clock.now().duration_since(listed.created_at);
        if age > YOUNG {
            let looked = look_all_over(ports, walk, &listed).await;
            unless_broken(ports, walk, (listed.charge_id.as_str(), looked)).await?;
        }
    }
    past(walk, page.next, count(OPEN.len()));
    Ok(())
}

/// The order that it is of, the obligation itself, and the order's rows against each other.
async fn look_all_over(ports: &Ports, walk: &mut Walk, listed: &RefundIntent) -> Result<(), Fault> {
    let order = load_order(ports.store.as_ref(), &refund_request(listed).order).await?;
    if let Some(order) = &order {
        follow_cancel(ports, order).await?;
    }
    look(ports, walk, listed).await?;
    match order {
        Some(order) => books::look(ports, walk, &order).await,
        None => Ok(()),
    }
}

/// The cancel that an obligation came from may not have been followed to its end, so that the store does not know of it. A queue that
/// is away keeps nobody's money back: the next sweep tries again, for as long as the obligation is open.
async fn follow_cancel(ports: &Ports, order: &Order) -> Result<(), Fault> {
    if !order.status().is_closed() {
        return Ok(());
    }
    match follow_all(ports, &order.order_key()).await {
        Err(fault) if fault.is_retryable() => Ok(()),
        followed => followed,
    }
}

async fn look(ports: &Ports, walk: &mut Walk, listed: &RefundIntent) -> Result<(), Fault> {
    let key = RefundIntent::key_of(&listed.client_id, &listed.charge_id, &listed.intent_id);
    let intent: Option<RefundIntent> = load(ports.store.as_ref(), &key).await?;
    let Some(intent) = intent.filter(|intent| intent.state != RefundState::Done) else {
        return Ok(());
    };
    wake_refund(ports, &intent).await?;
    if start_refund(ports, &intent).await? == Started::Running {
        return Ok(());
    }
    // Its workflow has ended. Whatever a person did in the provider's panel since then is read there.
    let store = load_store(ports, &intent.client_id, &intent.store_id).await?;
    let account = account(ports, &store).await?;
    walk.calls += 1;
    let charge = ports
        .provider
        .get_charge(&account, &intent.charge_id)
        .await?;
    let standing = charge.map(|charge| refund_standing(&charge, &intent));
    match standing {
        Some(RefundStanding::Done) => {
            let request = refund_request(&intent);
            RecordRefund::handle(ports, request)
                .await
                .map_err(|failure| match failure {
                    Failure::Fault(fault) => fault,
                    Failure::Refused(refused) => match refused {},
                })?;
            let detail = "a refund had ended at the provider, and nobody had recorded it";
            let kind = ExceptionKind::MissedNews;
            let subject = (intent.charge_id.as_str(), kind);
            let now = ports.clock.now();
            let note = Exception::raised(&intent.client_id, subject, detail, now);
            healed(ports, walk, of(&intent, note)).await
        }
        Some(standing) if is_on_its_way(ports, &intent, standing) => {
            Ok(show(ports, &refund_request(&intent), standing).await?)
        }
        _ => call_person(ports, walk, &intent).await,
    }
}

/// How long what nobody of ours awaits any more may still arrive by itself.
const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_hours(6 * 24);

/// What is under way, and may arrive yet.
fn is_on_its_way(ports: &Ports, intent: &RefundIntent, standing: RefundStanding) -> bool {
    let waits = matches!(
        standing,
        RefundStanding::UnderWay | RefundStanding::AwaitsAuthorisation
    );
    waits && ports.clock.now().duration_since(intent.created_at) <= ARRIVES_WITHIN
}

fn of(intent: &RefundIntent, exception: Exception) -> Exception {
    Exception {
        order_id: Some(intent.order_id.clone()),
        amount: Some(intent.amount),
        ..exception
    }
}

/// Nobody works on it, and it is not done: the order waits for a person, once.
async fn call_person(ports: &Ports, walk: &mut Walk, intent: &RefundIntent) -> Result<(), Fault> {
    let kind = if intent.state == RefundState::Denied {
        ExceptionKind::RefundDenied
    } else {
        ExceptionKind::RefundFailed
    };
    let cause = Cause {
        kind,
        detail: "its workflow has ended, and the money is not back",
        notes: "O reembolso parou: uma pessoa verifica",
        refund: Some(refund_request(intent)),
        is_told_once: false,
    };
    let key = refund_request(intent).order;
    let called = put_before_person(ports, &key, &cause, |_| true).await?;
    walk.raised += u32::from(called.is_new);
    Ok(())
}
