//! A message that the channel did not deliver: said again as a template where that helps, and else seen by a person.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::OrderId,
    planted::{CustomerFault as Planted, planted},
    store::StoreConfig,
};

use super::{OUTSIDE_WINDOW, is_overtaken, template_of};
use crate::{
    fault::Fault,
    ports::{Ports, Write},
    raise::raised,
    rows::{NotificationRow, NotificationState},
};

/// What follows where the channel took a message at first and then did not deliver it: outside the 24-hour window it is
/// said again, once, as the approved template; everything else is shown to a person. All of it is one write.
pub(crate) async fn after_failure(
    ports: &Ports,
    store: &StoreConfig,
    row: NotificationRow,
    code: Option<u32>,
) -> Result<(NotificationRow, Vec<Write>), Fault> {
    if planted(Planted::TalkFailureUnseen) {
        return Ok((row, Vec::new()));
    }
    let template = template_of(store, &row.kind);
    if code != Some(OUTSIDE_WINDOW) || row.as_template || template.is_none() {
        let seen = raised(ports, &failure_of(ports, &row)).await?;
        return Ok((row, vec![seen]));
    }
    if is_overtaken(ports, &row).await? {
        return Ok((row, Vec::new()));
    }
    let again = NotificationRow {
        state: NotificationState::Intended,
        as_template: true,
        failed_message_id: row.message_id.clone(),
        message_id: None,
        delivery: None,
        // The claim was on the text, which is sent and done with.
        claimed_until: None,
        ..row
    };
    Ok((again, Vec::new()))
}

/// A message that nobody will read is seen by somebody of ours.
pub(crate) fn failure_of(ports: &Ports, row: &NotificationRow) -> Exception {
    let code = row
        .refusal_code
        .map_or_else(|| "without a code".to_owned(), |code| code.to_string());
    let detail = format!("the channel did not deliver {}: {code}", row.kind);
    let subject = (row.subject_id.as_str(), ExceptionKind::MessageFailed);
    let exception = Exception::raised(&row.client_id, subject, detail, ports.clock.now());
    Exception {
        order_id: OrderId::new(row.subject_id.as_str()).ok(),
        ..exception
    }
}
