//! A refund that the provider holds until a person authorises it in the account's panel (providers §1.7): seen at once, not when
//! the time for the refund is over. Asking for it and awaiting it are their tasks'.

use comanda_domain::exception::{Exception, ExceptionKind};
use comanda_workflows::contracts::RefundRequest;

use crate::{charges::RefundStanding, fault::Fault, ports::Ports, raise::raise};

/// Raises the alarm, or renews it, if that is what the refund waits for. The sweep closes it when it waits for that no more.
pub(crate) async fn show(
    ports: &Ports,
    request: &RefundRequest,
    standing: RefundStanding,
) -> Result<(), Fault> {
    if standing != RefundStanding::AwaitsAuthorisation {
        return Ok(());
    }
    let order = &request.order;
    let subject = (order.order_id.as_str(), ExceptionKind::RefundToAuthorise);
    let detail = "the provider holds the refund until it is authorised in the account's panel";
    let exception = Exception::raised(&order.client_id, subject, detail, ports.clock.now());
    let exception = Exception {
        order_id: Some(order.order_id.clone()),
        amount: Some(request.amount),
        ..exception
    };
    raise(ports, &exception).await.map(drop)
}
