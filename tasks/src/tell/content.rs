//! As what something is said: free text, or the store's approved template. Whether it is said is the caller's.

use comanda_domain::{notification, store::StoreConfig};

use crate::{
    fault::Fault,
    ports::{Content, Ports, Sender},
    rows::{ConversationRow, NotificationRow, load},
};

/// Free text inside the sender's window, the store's approved template outside, `None` where there is neither.
pub(super) async fn content(
    ports: &Ports,
    store: &StoreConfig,
    sender: &Sender,
    row: &NotificationRow,
) -> Result<Option<Content>, Fault> {
    let key = ConversationRow::key_of(&row.client_id, &row.channel_address, &sender.address);
    let conversation: Option<ConversationRow> = load(ports.store.as_ref(), &key).await?;
    let is_open = conversation.is_some_and(|talk| talk.is_open_at(ports.clock.now()));
    if is_open && !row.as_template {
        let limits = ports.channel.limits(row.channel_address.as_str());
        return Ok(Some(Content::spoken(&row.spoken(), &limits)));
    }
    Ok(template_of(store, &row.kind).map(|id| Content::Template {
        id: id.to_owned(),
        variables: vec![notification::in_one_line(&row.text)],
    }))
}

/// The template for a kind: its own (`STATUS#READY`), else that of all its sort (`STATUS`).
pub(super) fn template_of<'a>(store: &'a StoreConfig, kind: &str) -> Option<&'a str> {
    let mut kind = kind;
    loop {
        if let Some(id) = store.channel_templates.get(kind) {
            return Some(id);
        }
        kind = kind.rsplit_once('#')?.0;
    }
}
