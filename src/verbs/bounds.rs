//! `comanda bounds`: how far an execution of each workflow can go, beside what AWS allows.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use comanda_review::bounds::{Bounds, EVENTS_MAX, Measure, PAYLOAD_MAX_BYTES, bounds};
use serde_json::json;

use super::{diff::sources, similar, table};
use crate::{failure::Failure, output::Output};

/// Longer ways are told by the states that are entered most.
const STATES_TOLD: usize = 6;

/// Worst-case events, payload and duration of each workflow, with the way to it.
#[derive(Debug, clap::Args)]
pub struct BoundsArguments {
    /// The workflow; all where it is left out.
    workflow: Option<String>,
    /// The release: a folder like generated/, or a git revision; what the code says where it is left out.
    #[arg(long, value_name = "RELEASE")]
    of: Option<PathBuf>,
}

/// Tells the bounds; fails where one is beyond AWS's limits, or is none.
pub fn run(arguments: &BoundsArguments, output: &Output) -> Result<ExitCode, Failure> {
    let release = match &arguments.of {
        Some(from) => sources::read(&from.to_string_lossy())?,
        None => sources::code()?,
    };
    let names: Vec<&String> = match &arguments.workflow {
        None => release.machines.keys().collect(),
        Some(name) => {
            let known = release.machines.get_key_value(name).ok_or_else(|| {
                let all = release.machines.keys().map(String::as_str);
                let failure = Failure::usage(format!("workflow {name} does not exist"));
                failure.help(match similar(name, all.clone()) {
                    Some(similar) => format!("a workflow with a similar name exists: {similar}"),
                    None => format!("there are: {}", all.collect::<Vec<_>>().join(", ")),
                })
            })?;
            vec![known.0]
        }
    };
    let found: Vec<Bounds> = names
        .into_iter()
        .filter_map(|name| bounds(&release, name))
        .collect();
    let beyond: BTreeMap<&str, Vec<String>> = found
        .iter()
        .map(|bounds| (bounds.workflow.as_str(), bounds.beyond()))
        .filter(|(_, beyond)| !beyond.is_empty())
        .collect();
    let value = json!({ "bounds": found, "beyond": beyond });
    output.result(&value, &text(&found))?;
    if beyond.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let said: Vec<String> = beyond
        .iter()
        .flat_map(|(name, said)| said.iter().map(move |said| format!("{name}: {said}")))
        .collect();
    Err(Failure::new(said.join("\n  "))
        .code("BEYOND_LIMITS")
        .help("count the rounds of loops, retry less, give fields a longest length, or split the workflow"))
}

fn text(found: &[Bounds]) -> String {
    let rows = found.iter().map(|bounds| {
        vec![
            bounds.workflow.clone(),
            if bounds.is_express {
                "no history".to_owned()
            } else {
                format!(
                    "{} to {}",
                    most(&bounds.events_undisturbed),
                    most(&bounds.events)
                )
            },
            bounds
                .seconds_in_all()
                .map_or_else(|| "unbounded".to_owned(), plain),
            format!("{} bytes", bounds.payload.most_bytes),
        ]
    });
    let heads = ["WORKFLOW", "EVENTS", "TIME", "LARGEST PAYLOAD"];
    let mut texts = vec![format!(
        "{}\n\nAWS allows {EVENTS_MAX} events, a year ({} for Express), and {PAYLOAD_MAX_BYTES} bytes. The first number of \
         events is for calls that are answered at once, the second for calls that all fail until their last try.",
        table(&heads, rows.collect()),
        plain(comanda_review::bounds::EXPRESS_MAX_SECONDS)
    )];
    texts.extend(found.iter().map(of_one));
    texts.join("\n\n")
}

fn of_one(bounds: &Bounds) -> String {
    let mut lines = vec![bounds.workflow.clone()];
    if !bounds.is_express {
        lines.push(format!("  most events by  {}", way(&bounds.events)));
    }
    lines.push(format!("  most time by    {}", way(&bounds.seconds)));
    for until in &bounds.until {
        let within = until
            .within_seconds
            .map_or_else(|| "nobody says how far away".to_owned(), plain);
        lines.push(format!("  and until       {} ({within})", until.moment));
    }
    for awaited in &bounds.awaited {
        let known = |seconds: Option<u64>| seconds.map_or_else(|| "unbounded".to_owned(), plain);
        lines.push(format!(
            "  and awaits      {} for {}, which takes {} at most",
            awaited.workflow,
            known(awaited.within_seconds),
            known(awaited.longest_seconds)
        ));
    }
    lines.push(format!("  largest payload {}", bounds.payload.of));
    if !bounds.payload.unbounded.is_empty() {
        let room = PAYLOAD_MAX_BYTES.saturating_sub(bounds.payload.most_bytes);
        let fields: Vec<&str> = bounds
            .payload
            .unbounded
            .iter()
            .map(String::as_str)
            .collect();
        lines.push(format!(
            "  no longest length is stated for {}; there is room for {room} bytes beside the rest",
            fields.join(", ")
        ));
    }
    for said in bounds.beyond() {
        lines.push(format!("  beyond          {said}"));
    }
    lines.join("\n")
}

fn most(measure: &Measure) -> String {
    if measure.unbounded.is_empty() {
        measure.most.to_string()
    } else {
        "unbounded".to_owned()
    }
}

fn way(measure: &Measure) -> String {
    let mut states: Vec<(&String, &u64)> = measure.by.iter().collect();
    states.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let told: Vec<String> = states
        .iter()
        .take(STATES_TOLD)
        .map(|(name, count)| match count {
            1 => format!("\"{name}\""),
            count => format!("\"{name}\" {count} times"),
        })
        .collect();
    let more = states.len().saturating_sub(STATES_TOLD);
    match more {
        0 => told.join(", "),
        more => format!("{} and {more} more states", told.join(", ")),
    }
}

/// A length of time by its two largest units.
fn plain(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut said = Vec::new();
    for (length, name) in units {
        if rest >= length && said.len() < 2 {
            said.push(format!("{} {name}", rest / length));
            rest %= length;
        }
    }
    if said.is_empty() {
        "0 s".to_owned()
    } else {
        said.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn lengths_of_time() {
        assert_eq!(plain(0), "0 s");
        assert_eq!(plain(300), "5 min");
        assert_eq!(plain(90_061), "1 d 1 h");
    }
}
