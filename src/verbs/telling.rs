//! A world's story in the terminal: a time, what happened, and what belongs to it.

use comanda_simulation::story::{Happening, Of, zone};
use comanda_workflows::story::clock;

/// Where details begin.
const COLUMN: usize = 25;

/// What happened and, in a column of its own where there is room, what belongs to it.
pub fn line(says: &str, detail: &str) -> String {
    if detail.is_empty() {
        says.to_owned()
    } else if says.chars().count() > COLUMN {
        format!("{says}, {detail}")
    } else {
        format!("{says:<COLUMN$} {detail}")
    }
}

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
            _ => lines.push(format!(
                "  {time}  {}",
                line(&happening.says, &happening.detail)
            )),
        }
    }
    lines.join("\n")
}
