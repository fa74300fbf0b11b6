//! Where in a document something is, independent of any text.

use std::fmt;

use super::{Node, Span};

/// The way from the root of a document to a value.
///
/// `Display` writes it as Step Functions does: `/States/A/Choices[0]/Next`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    steps: Vec<Step>,
}

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To a member.
    Name(String),
    /// To an element.
    Index(usize),
}

impl Location {
    /// The document itself.
    #[must_use]
    pub fn root() -> Location {
        Location::default()
    }

    /// On to a member.
    #[must_use]
    pub fn name(&self, name: &str) -> Location {
        self.step(Step::Name(name.to_owned()))
    }

    /// On to an element.
    #[must_use]
    pub fn index(&self, index: usize) -> Location {
        self.step(Step::Index(index))
    }

    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The way as a JSON pointer (RFC 6901).
    #[must_use]
    pub fn pointer(&self) -> String {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Name(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                Step::Index(index) => format!("/{index}"),
            })
            .collect()
    }

    /// The name of the innermost state on the way.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        let mut state = None;
        let mut steps = self.steps.iter();
        // Only a `States` at the level of a machine leads to states; the way alternates between the two levels.
        while let Some(step) = steps.next() {
            match step {
                Step::Name(name) if name == "States" => match steps.next() {
                    Some(Step::Name(name)) => state = Some(name.as_str()),
                    _ => break,
                },
                Step::Name(name) if name == "ItemProcessor" || name == "Iterator" => {}
                Step::Name(name) if name == "Branches" => {
                    steps.next();
                }
                _ => break,
            }
        }
        state
    }

    /// The value there, if there is one.
    #[must_use]
    pub fn node<'document>(&self, root: &'document Node) -> Option<&'document Node> {
        self.steps.iter().try_fold(root, follow)
    }

    /// Where it stands in a document that was read from text; where it is missing, the closest thing around it.
    #[must_use]
    pub fn span(&self, root: &Node) -> Span {
        let mut node = root;
        for step in &self.steps {
            let Some(next) = follow(node, step) else {
                break;
            };
            node = next;
        }
        node.span
    }

    fn step(&self, step: Step) -> Location {
        let mut steps = self.steps.clone();
        steps.push(step);
        Location { steps }
    }
}

fn follow<'document>(node: &'document Node, step: &Step) -> Option<&'document Node> {
    match step {
        Step::Name(name) => node.get(name),
        Step::Index(index) => node.elements().get(*index),
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return formatter.write_str("/");
        }
        self.steps.iter().try_for_each(|step| match step {
            Step::Name(name) => write!(formatter, "/{name}"),
            Step::Index(index) => write!(formatter, "[{index}]"),
        })
    }
}
