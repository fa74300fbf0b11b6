//! `comanda simulate --planted`: faults that are put back one at a time, how many worlds it takes to catch each, and which
//! invariant does. In builds with the feature `planted-faults`.

use comanda_domain::planted::AnyFault;
use comanda_simulation::planted::Caught;
use serde_json::{Value, json};

use crate::failure::Failure;

/// A fault that so many worlds do not catch survives, unless `--seeds` says otherwise.
pub(super) const SEEDS: u64 = 200;

/// What stands around the tables in a file that `--write` brings up to date: of orders and money, of customers and talks.
const BEGIN: &str = "<!-- written by `comanda simulate --planted all --write`: begin -->\n";
const BEGIN_CUSTOMERS: &str =
    "<!-- written by `comanda simulate --planted customers --write`: begin -->\n";
const END: &str = "<!-- end -->";

/// Whether this build can put faults back; `features` is what to build instead, and what to run.
pub(in crate::verbs) fn can_be_put_back(features: &str) -> Result<(), Failure> {
    if cfg!(feature = "planted-faults") {
        return Ok(());
    }
    let refused = "this build is without the feature `planted-faults`, and cannot put faults back";
    Err(Failure::usage(refused).help(format!(
        "cargo run --release -p comanda --no-default-features --features {features}"
    )))
}

/// The faults of a list of names; `all` is every one, `orders` and `customers` are the two lists.
pub(in crate::verbs) fn named(names: &[String]) -> Result<Vec<AnyFault>, Failure> {
    match names {
        [word] if word == "all" => return Ok(AnyFault::all().collect()),
        [word] if word == "orders" => {
            return Ok(AnyFault::all()
                .filter(|one| !is_of_customers(one))
                .collect());
        }
        [word] if word == "customers" => {
            return Ok(AnyFault::all().filter(is_of_customers).collect());
        }
        _ => {}
    }
    let faults = names.iter().map(|name| {
        let fault = AnyFault::all().find(|fault| fault.as_str() == name);
        fault.ok_or_else(|| {
            let all: Vec<&str> = AnyFault::all().map(AnyFault::as_str).collect();
            Failure::usage(format!("`{name}` is no planted fault")).help(format!(
                "all, orders, customers, or some of {}",
                all.join(", ")
            ))
        })
    });
    faults.collect()
}

fn is_of_customers(fault: &AnyFault) -> bool {
    matches!(fault, AnyFault::Customer(_))
}

/// A line for each fault, and what they come to.
pub(super) fn text(caught: &[Caught], seeds: u64) -> String {
    let wide = caught.iter().map(|caught| caught.fault.as_str().len());
    let wide = wide.max().unwrap_or(0);
    let lines = caught.iter().map(|caught| {
        let name = caught.fault.as_str();
        match &caught.by {
            Some((worlds, violation)) => format!(
                "  {name:<wide$}  {worlds:>4}  {}  {}: {}",
                violation.invariant, violation.subject, violation.detail
            ),
            None => format!(
                "  {name:<wide$}     -  it survives: {}",
                caught.fault.says()
            ),
        }
    });
    let lines: Vec<String> = lines.collect();
    let all: Vec<&Caught> = caught.iter().collect();
    format!("{}\n\n{}", lines.join("\n"), sum(&all, seeds))
}

/// `64 of 64 planted faults are caught, 51 of them by the first 10 worlds.`
fn sum(caught: &[&Caught], seeds: u64) -> String {
    let within = |limit: u64| {
        let worlds = caught.iter().filter_map(|caught| caught.by.as_ref());
        worlds.filter(|(worlds, _)| *worlds <= limit).count()
    };
    format!(
        "{} of {} planted faults are caught within {seeds} worlds each, {} of them by the first world and {} by the first ten.",
        within(seeds),
        caught.len(),
        within(1),
        within(10)
    )
}

/// The same as JSON.
pub(super) fn value(caught: &[Caught], seeds: u64) -> Value {
    let faults = caught.iter().map(|caught| {
        let (worlds, violation) = match &caught.by {
            Some((worlds, found)) => (
                json!(worlds),
                json!({ "invariant": found.invariant, "subject": found.subject, "detail": found.detail }),
            ),
            None => (Value::Null, Value::Null),
        };
        json!({
            "fault": caught.fault.as_str(), "origin": caught.fault.origin(), "says": caught.fault.says(),
            "worlds": worlds, "caughtBy": violation,
        })
    });
    let survivors = caught.iter().filter(|caught| caught.by.is_none()).count();
    json!({ "faults": faults.collect::<Vec<_>>(), "survivors": survivors, "worldsMax": seeds })
}

/// A page with its tables as they are by these results, each of a whole list; what stands around them is people's.
pub(super) fn page(page: &str, caught: &[Caught], seeds: u64) -> Result<String, Failure> {
    let of = |customers: bool| -> Vec<&Caught> {
        let found = caught.iter();
        found
            .filter(|caught| is_of_customers(&caught.fault) == customers)
            .collect()
    };
    let mut page = page.to_owned();
    for (begin, found) in [(BEGIN, of(false)), (BEGIN_CUSTOMERS, of(true))] {
        if !found.is_empty() {
            page = with_table(&page, begin, &table(&found, seeds))?;
        }
    }
    Ok(page)
}

fn with_table(page: &str, begin: &str, table: &str) -> Result<String, Failure> {
    let parts = page.split_once(begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| {
        Failure::usage("the file has no place for the table").help(format!(
            "put these two lines where it belongs:\n{begin}{END}"
        ))
    })?;
    Ok(format!("{before}{begin}{table}{END}{after}"))
}

fn table(caught: &[&Caught], seeds: u64) -> String {
    let rows = caught.iter().map(|caught| {
        let found = caught.by.as_ref().map_or_else(
            || "survives | ".to_owned(),
            |(worlds, violation)| format!("{worlds} | {}", violation.invariant),
        );
        format!(
            "| `{}` | {} | {} | {found} |\n",
            caught.fault.as_str(),
            caught.fault.origin(),
            caught.fault.says()
        )
    });
    format!(
        "{}\n\n| fault | origin | what is wrong | worlds | caught by |\n|---|---|---|---|---|\n{}",
        sum(caught, seeds),
        rows.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use comanda_domain::planted::{AnyFault, CustomerFault, Fault};
    use comanda_simulation::{planted::Caught, storm::Violation};

    use super::{BEGIN, BEGIN_CUSTOMERS, END, named, page, text, value};

    fn results() -> [Caught; 2] {
        let violation = Violation {
            invariant: "O3".to_owned(),
            subject: "order 2".to_owned(),
            detail: "it costs too little".to_owned(),
        };
        let of = |fault, by| Caught { fault, by };
        [
            of(Fault::OldPrices.into(), Some((3, violation))),
            of(Fault::NoClaim.into(), None),
        ]
    }

    #[test]
    fn the_table_is_replaced_and_the_rest_is_kept() {
        let before = format!("# Page\n\n{BEGIN}old\n{END}\n\nmore\n");
        let once = page(&before, &results(), 400).unwrap();
        assert!(once.starts_with("# Page\n\n") && once.ends_with("\n\nmore\n"));
        assert!(!once.contains("old\n"));
        assert!(
            once.contains(
                "| `old-prices` | F103 | orders cost what they cost last year | 3 | O3 |"
            )
        );
        assert!(once.contains("| survives |"));
        assert_eq!(page(&once, &results(), 400).unwrap(), once);
        assert!(page("# Page\n", &results(), 400).is_err());
    }

    #[test]
    fn each_list_has_its_table() {
        let before = format!("{BEGIN}old\n{END}\n{BEGIN_CUSTOMERS}old too\n{END}\n");
        let caught = [Caught {
            fault: CustomerFault::NoProof.into(),
            by: None,
        }];
        let after = page(&before, &caught, 400).unwrap();
        assert!(after.starts_with(&format!("{BEGIN}old\n")), "{after}");
        assert!(!after.contains("old too"), "{after}");
        assert!(after.contains("| `no-proof` | ours |"), "{after}");
    }

    #[test]
    fn survivors_show() {
        let results = results();
        let told = text(&results, 400);
        let is_survivor = |line: &str| line.contains("no-claim") && line.contains("it survives");
        assert!(told.lines().any(is_survivor), "{told}");
        assert_eq!(value(&results, 400)["survivors"], 1);
    }

    #[test]
    fn no_two_faults_have_one_name() {
        let mut names: Vec<&str> = AnyFault::all().map(AnyFault::as_str).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), AnyFault::all().count());
    }

    #[test]
    fn a_fault_is_named_as_in_the_table() {
        let all = Fault::ALL.len() + CustomerFault::ALL.len();
        assert_eq!(named(&["all".to_owned()]).unwrap().len(), all);
        assert_eq!(
            named(&["old-prices".to_owned(), "done-again".to_owned()]).unwrap(),
            [Fault::OldPrices.into(), CustomerFault::DoneAgain.into()]
        );
        assert!(named(&["old-price".to_owned()]).is_err());
    }
}
