//! A world's story in the terminal: a time, what happened, and what belongs to it.

use comanda_simulation::story::{Happening, Of, zone};
use comanda_workflows::story::clock;

/// The lines, two spaces in, with the messages' texts below their lines.
pub fn lines(story: &[Happening]) -> String {
    let zone = zone();
    let mut lines = Vec::new();
    for happening in story {
        let time = clock(happening.at, &zone);
        match happening.of {
            Of::ToCustomer => {
                lines.push(format!("  {time}  to the customer"));
                lines.extend(
                    happening
                        .says
                        .lines()
                        .map(|line| format!("              │ {line}")),
                );
            }
            Of::ToStore => lines.push(format!(
                "  {time}  to the store              {}",
                happening.says
            )),
            _ if happening.detail.is_empty() => lines.push(format!("  {time}  {}", happening.says)),
            _ => lines.push(format!(
                "  {time}  {:<25} {}",
                happening.says, happening.detail
            )),
        }
    }
    lines.join("\n")
}
