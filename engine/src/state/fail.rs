//! Fail: ends its branch with an error.

use std::sync::Arc;

use serde_json::Value;

use crate::branch::Branch;
use crate::definition::{Computed, StatePlan};
use crate::failure::{Failure, Reported};
use crate::flow::View;
use crate::json::Json;
use crate::run::{Progress, Run};

pub(super) fn run(
    run: &Run<'_>,
    plan: &StatePlan,
    error: Option<&Computed<Arc<str>>>,
    cause: Option<&Computed<Arc<str>>>,
    branch: &Branch,
) -> Result<Progress, Failure> {
    Err(failure(&run.view(plan, branch), error, cause))
}

/// The error a Fail ends with, or why it has none.
pub(crate) fn failure(
    view: &View<'_>,
    error: Option<&Computed<Arc<str>>>,
    cause: Option<&Computed<Arc<str>>>,
) -> Failure {
    let reported = || -> Result<Reported, Failure> {
        Ok(Reported {
            error: error
                .map(|error| text(view, error, "ErrorPath"))
                .transpose()?,
            cause: cause
                .map(|cause| text(view, cause, "CausePath"))
                .transpose()?,
            ..Reported::default()
        })
    };
    reported().map_or_else(|failure| failure, Failure::Reported)
}

fn text(
    view: &View<'_>,
    computed: &Computed<Arc<str>>,
    path_field: &str,
) -> Result<Arc<str>, Failure> {
    let value = match computed {
        Computed::Literal(text) => return Ok(Arc::clone(text)),
        Computed::Lookup(lookup) => lookup.value(path_field, &view.scope(view.input))?,
        Computed::Expression(location, expression) => {
            let evaluated = expression
                .evaluate(&view.surroundings(None, None))
                .map(Json::into_value)
                .map_err(|error| Failure::evaluation(expression, location, error))?;
            if !evaluated.is_string() {
                return Err(Failure::unexpected_type(
                    expression, location, "string", &evaluated,
                ));
            }
            evaluated
        }
    };
    match value {
        Value::String(text) => Ok(Arc::from(text)),
        other => Err(Failure::runtime(format!(
            "The {path_field} does not lead to a string but to: {other}"
        ))),
    }
}
