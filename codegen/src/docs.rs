//! Pages for people: what is in the folder, the workflows with their pictures and cost, the tables.

use std::fmt::Write as _;

use comanda_dsl::{Kind, Path, Workflow};

use crate::{
    files::{COMMAND, File},
    manifest::kind,
    project::Project,
    tables::class,
};

/// US dollars for a thousand state transitions of a Standard workflow in sa-east-1, in ten-thousandths.
const THOUSAND_TRANSITIONS: u32 = 375;

/// `README.md`, `workflows.md`, `tables.md`.
pub fn files(project: &Project) -> Vec<File> {
    vec![
        File::new("README.md", readme(project)),
        File::new("workflows.md", workflows(project)),
        File::new("tables.md", tables(project)),
    ]
}

fn head(title: &str) -> String {
    format!("<!-- Written by `{COMMAND}`; edits are lost. -->\n\n# {title}\n\n")
}

fn readme(project: &Project) -> String {
    let mut text = head("Generated");
    let _ = writeln!(
        text,
        "Everything here is written by `{COMMAND}` from the Rust definitions and committed, so that a review sees what a \
         change means on AWS. `{COMMAND} --check` says what is stale.\n"
    );
    for (place, what) in [
        (
            "asl/",
            "the state machines, as AWS gets them; `${…}` is filled in at deployment",
        ),
        ("diagrams/", "the workflows as Mermaid"),
        (
            "graphs/",
            "the workflows as pictures, and the places of everything in them",
        ),
        (
            "schemas/tasks/",
            "JSON Schemas of each task's input, output and errors",
        ),
        (
            "schemas/workflows/",
            "JSON Schemas of what workflows start and end with",
        ),
        (
            "schemas/pos/",
            "JSON Schemas of what a store's POS gets and answers",
        ),
        (
            "manifest.json",
            "what is deployed: state machines, functions, queues, permissions, environment",
        ),
        (
            "tables.json",
            "the tables; for people in [tables.md](tables.md)",
        ),
    ] {
        let _ = writeln!(text, "- `{place}`: {what}");
    }
    let _ = writeln!(
        text,
        "\n{} workflows ([workflows.md](workflows.md)), {} tasks, {} functions, {} tables.",
        project.workflows.len(),
        project.tasks().len(),
        project.functions.len(),
        project.tables.len()
    );
    text
}

fn workflows(project: &Project) -> String {
    let mut text = head("Workflows");
    for workflow in project.workflows {
        let _ = writeln!(text, "## {}\n", workflow.name);
        let _ = writeln!(
            text,
            "{}, {} states. Definition: [`asl/{name}.asl.json`](asl/{name}.asl.json).\n\n\
             ![Graph of {name}](graphs/{name}.svg)\n",
            kind(workflow.kind),
            workflow.machine.states.len(),
            name = workflow.name
        );
        text.push_str(&cost(workflow));
        text.push_str(&steps(workflow));
    }
    text
}

/// The cheapest and the longest way to each end.
fn cost(workflow: &Workflow) -> String {
    let paths = &workflow.paths.paths;
    let mut ends: Vec<&str> = paths.iter().map(|path| path.end.as_str()).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut text = String::from(
        "| ends with | ways | cheapest, transitions | US$ of a thousand | by |\n|---|---:|---:|---:|---|\n",
    );
    for end in ends {
        let ways = || paths.iter().filter(|path| path.end == end);
        let Some(cheapest) = ways().min_by_key(|path| (path.transitions, path.labels.len())) else {
            continue;
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            end_words(end),
            ways().count(),
            cheapest.transitions,
            dollars_of_a_thousand(workflow, cheapest),
            reasons(cheapest)
        );
    }
    if workflow.paths.truncated {
        text.push_str("\nThere are more ways than are counted here.\n");
    }
    if workflow.paths.once {
        text.push_str(
            "\nCounted are the ways on which nothing is asked twice; each further round costs its own states again.\n",
        );
    }
    text.push('\n');
    text
}

fn end_words(end: &str) -> String {
    if end.is_empty() {
        "(computed)".to_owned()
    } else {
        end.replace('_', " ")
    }
}

fn reasons(path: &Path) -> String {
    if path.labels.is_empty() {
        return "the only way".to_owned();
    }
    path.labels.join(", ").replace('_', " ")
}

/// What a thousand executions cost, in dollars with four decimals. Express workflows are paid by time.
fn dollars_of_a_thousand(workflow: &Workflow, path: &Path) -> String {
    match workflow.kind {
        Kind::Express => "by time".to_owned(),
        Kind::Standard => {
            let cost = path.transitions * THOUSAND_TRANSITIONS;
            format!("{}.{:04}", cost / 10_000, cost % 10_000)
        }
    }
}

fn steps(workflow: &Workflow) -> String {
    let mut text =
        String::from("| task | function | answers | may be repeated |\n|---|---|---|---|\n");
    for task in &workflow.tasks {
        let _ = writeln!(
            text,
            "| [{name}](schemas/tasks/{name}.json) | {} | {} | {} |",
            task.function,
            if task.asks { "by its token" } else { "at once" },
            task.licence,
            name = task.name
        );
    }
    text.push('\n');
    text
}

fn tables(project: &Project) -> String {
    let mut text = head("Tables");
    text.push_str(
        "Every partition key value, of tables and of indexes, is `<clientId>#<value>`. All attributes are projected into \
         indexes; reads by index serve lists and sweeps, never decisions.\n\n\
         | table | a row is | keys | indexes | expires by | data |\n|---|---|---|---|---|---|\n",
    );
    for table in project.tables {
        let keys = |partition: &str, sort: Option<&str>| {
            sort.map_or_else(
                || format!("`{partition}`"),
                |sort| format!("`{partition}`, `{sort}`"),
            )
        };
        let indexes: Vec<String> = table
            .indexes
            .iter()
            .map(|index| {
                format!(
                    "{}: {}",
                    index.name,
                    keys(index.partition_key, index.sort_key)
                )
            })
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            table.name,
            table.about.trim_end_matches('.'),
            keys(table.partition_key, table.sort_key),
            indexes.join("<br>"),
            table
                .time_to_live
                .map_or_else(String::new, |ttl| format!("`{ttl}`")),
            class(table.data_class)
        );
    }
    text
}
