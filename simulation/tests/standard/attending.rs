//! The attendant of the standard tests: lets one call of a story go wrong, and writes down every call.

use std::sync::Mutex;

use comanda_simulation::world::attendant::{Answered, Attendant, Called, Treatment};
use comanda_tasks::registry::InvocationError;

/// What goes wrong with which call.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Nothing.
    Fair,
    /// This call is carried out twice.
    Repeat(usize),
    /// This call fails in this way.
    Fail(usize, Failure),
    /// The same, and whatever is called after it is carried out twice.
    FailAndRepeat(usize, Failure),
}

/// How a call fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error's name; `None` is silence.
    pub error: Option<String>,
    /// Whether its effect came about.
    pub after: bool,
    /// Whether its state never works again.
    pub for_good: bool,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let error = self.error.as_deref().unwrap_or("silence");
        let when = if self.after { "after" } else { "before" };
        let often = if self.for_good { "for good" } else { "once" };
        write!(f, "{error} {when} its effect, {often}")
    }
}

/// One story's attendant.
pub struct Attending {
    plan: Plan,
    seen: Mutex<Seen>,
}

/// What was seen of it.
#[derive(Default, Clone)]
pub struct Seen {
    /// Every call, in order.
    pub calls: Vec<Called>,
    /// Calls that answered otherwise when they were repeated.
    pub contradictions: Vec<String>,
    /// The call that never works again.
    broken: Option<Called>,
}

impl Attending {
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            seen: Mutex::default(),
        }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

impl Attendant for Attending {
    fn treat(&self, called: &Called) -> Treatment {
        let mut seen = self.seen.lock().unwrap();
        let number = seen.calls.len();
        seen.calls.push(called.clone());
        match &self.plan {
            Plan::Fair => Treatment::Once,
            Plan::Repeat(at) if *at == number => Treatment::Twice,
            Plan::Repeat(_) => Treatment::Once,
            Plan::Fail(at, failure) | Plan::FailAndRepeat(at, failure) => {
                let again = failure.for_good && seen.broken.as_ref() == Some(called);
                if *at == number || again {
                    seen.broken = Some(called.clone());
                    return treatment(failure);
                }
                if number > *at && matches!(self.plan, Plan::FailAndRepeat(..)) {
                    return Treatment::Twice;
                }
                Treatment::Once
            }
        }
    }

    fn repeated(&self, called: &Called, (first, second): (&Answered, &Answered)) {
        if first != second {
            let words = format!(
                "{}: {} answered {first:?}, then {second:?}",
                called.workflow, called.state
            );
            self.seen.lock().unwrap().contradictions.push(words);
        }
    }
}

fn treatment(failure: &Failure) -> Treatment {
    let after = failure.after;
    match &failure.error {
        None => Treatment::Silent { after },
        Some(name) => Treatment::Fails {
            error: InvocationError {
                error_type: name.clone(),
                error_message: payload(name).to_owned(),
            },
            after,
        },
    }
}

/// What a declared refusal carries; an empty object fits those that carry nothing or only what may be absent.
fn payload(error: &str) -> &'static str {
    match error {
        "AcceptOrderError.BelowMinimum" => r#"{"minimum":5000,"total":4480}"#,
        "ConfirmOrderError.CalledOff" => r#"{"by":"CUSTOMER"}"#,
        "RequestPaymentError.Refused" | "RequestRefundError.Refused" => r#"{"code":"invalid"}"#,
        "ReadError.NotUnderstood" => r#"{"say":"CHANGING"}"#,
        _ => "{}",
    }
}
