//! What a person must see of an order, and does next: the open exceptions about it.

use comanda_domain::exception::{Exception, ExceptionState};
use maud::{Markup, html};

/// The open ones, above everything that can be clicked.
pub(super) fn region(exceptions: &[Exception]) -> Markup {
    let open = |exception: &&Exception| exception.state == ExceptionState::Open;
    html! {
        div #alarms role="status" {
            @for exception in exceptions.iter().filter(open) {
                p.said {
                    strong { (exception.kind) } ": " (exception.detail)
                    @if let Some(amount) = exception.amount { " (" (amount) ")" }
                    ". Next: " (exception.kind.next_step()) ". "
                    code { (exception.kind.runbook()) }
                }
            }
        }
    }
}
