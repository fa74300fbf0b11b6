//! What all states have in common, and the choice between the eight of them.

use super::{
    Catcher, Choice, Fail, Fields, Map, Parallel, Pass, QueryLanguage, Retrier, Succeed, Task,
    Template, Wait,
};

/// One state: how data comes in and goes out, what happens on error, and the kind with what only it has.
///
/// Which fields a kind may carry is the validator's business (`Retry` belongs to Task, Parallel and Map, for example);
/// they stand here together so that data flow reads the same for all.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What the state does.
    pub kind: StateKind,
    /// For people.
    pub comment: Option<String>,
    /// The state's own query language.
    pub query_language: Option<QueryLanguage>,
    /// JSONPath: the part of the input that the state sees.
    pub input_path: Option<Selection>,
    /// JSONPath: what Task, Parallel and Pass make of it. On a Map this is the older name of [`Map::item_selector`].
    pub parameters: Option<Template>,
    /// JSONata: the argument of Task and Parallel.
    pub arguments: Option<Template>,
    /// JSONPath: what is kept of the result.
    pub result_selector: Option<Template>,
    /// JSONPath: where the result is put into the input.
    pub result_path: Option<Selection>,
    /// JSONPath: the part that becomes the output.
    pub output_path: Option<Selection>,
    /// Variables set when the state succeeds.
    pub assign: Option<Fields>,
    /// JSONata: the output.
    pub output: Option<Template>,
    /// What is tried again. Empty when the document has none.
    pub retry: Vec<Retrier>,
    /// Where errors lead. Empty when the document has none.
    pub catch: Vec<Catcher>,
    /// What follows; `None` for Choice, Succeed and Fail.
    pub next: Option<Transition>,
    /// Members that this kind of state does not know: reported by the parser, printed back.
    pub unknown: Fields,
}

/// The eight state types, each with what only it has.
#[derive(Debug, Clone, PartialEq)]
pub enum StateKind {
    /// Does a piece of work.
    Task(Task),
    /// Passes its input on, or makes data.
    Pass(Pass),
    /// Branches on data.
    Choice(Choice),
    /// Lets time pass.
    Wait(Wait),
    /// Ends well.
    Succeed(Succeed),
    /// Ends with an error.
    Fail(Fail),
    /// Runs branches side by side.
    Parallel(Parallel),
    /// Runs one branch for every item. Boxed, because it is ten times the size of any other.
    Map(Box<Map>),
}

/// What follows a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// `Next`.
    Next(String),
    /// `End: true`.
    End,
}

/// A path that may also be `null`: nothing is selected, or the result is thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `null`.
    Nothing,
    /// The path.
    Path(String),
}

impl State {
    /// A state of the given kind with nothing else said.
    pub fn new(kind: impl Into<StateKind>) -> State {
        State {
            kind: kind.into(),
            comment: None,
            query_language: None,
            input_path: None,
            parameters: None,
            arguments: None,
            result_selector: None,
            result_path: None,
            output_path: None,
            assign: None,
            output: None,
            retry: Vec::new(),
            catch: Vec::new(),
            next: None,
            unknown: Fields::new(),
        }
    }

    /// The same state, going on to another.
    #[must_use]
    pub fn then(mut self, next: impl Into<String>) -> State {
        self.next = Some(Transition::Next(next.into()));
        self
    }

    /// The same state, ending its machine or branch.
    #[must_use]
    pub fn ending(mut self) -> State {
        self.next = Some(Transition::End);
        self
    }

    /// The names of all states that this one can lead to, in the order they are written.
    pub fn successors(&self) -> Vec<&str> {
        let mut names = Vec::new();
        if let Some(Transition::Next(next)) = &self.next {
            names.push(next.as_str());
        }
        if let StateKind::Choice(choice) = &self.kind {
            names.extend(choice.choices.iter().map(|rule| rule.next.as_str()));
            names.extend(choice.default.as_deref());
        }
        names.extend(self.catch.iter().map(|catcher| catcher.next.as_str()));
        names
    }

    /// The query language of this state in a machine of the given language.
    #[must_use]
    pub fn language(&self, machine: QueryLanguage) -> QueryLanguage {
        self.query_language.unwrap_or(machine)
    }
}

impl StateKind {
    /// The kind as ASL's `Type` spells it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            StateKind::Task(_) => "Task",
            StateKind::Pass(_) => "Pass",
            StateKind::Choice(_) => "Choice",
            StateKind::Wait(_) => "Wait",
            StateKind::Succeed(_) => "Succeed",
            StateKind::Fail(_) => "Fail",
            StateKind::Parallel(_) => "Parallel",
            StateKind::Map(_) => "Map",
        }
    }
}

impl Selection {
    /// The path, unless it is `null`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Selection::Nothing => None,
            Selection::Path(path) => Some(path),
        }
    }
}

/// Lets `State::new` take each kind's own type.
macro_rules! kinds {
    ($($kind:ident),*) => {
        $(impl From<$kind> for StateKind {
            fn from(kind: $kind) -> StateKind {
                StateKind::$kind(kind)
            }
        })*
    };
}

kinds!(Task, Pass, Choice, Wait, Succeed, Fail, Parallel);

impl From<Map> for StateKind {
    fn from(map: Map) -> StateKind {
        StateKind::Map(Box::new(map))
    }
}
