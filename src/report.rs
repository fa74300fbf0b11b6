//! A finding about a text, in rustc's look: a title with its code, the place, places that belong to it, an edit.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use comanda_asl::{
    Severity,
    json::Span,
    validate::explain::{Explanation, Related, Suggestion},
};

use crate::failure::Failure;

/// Lines are cut beyond this; definitions carry long ARNs.
const WIDTH_COLUMNS: usize = 120;

/// A text that findings are about.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's name as it was given, or `<stdin>`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// The finding as lines for a terminal; whoever prints them takes the colours out where nobody sees them.
pub fn draw(source: &Source, severity: Severity, code: &str, explanation: &Explanation) -> String {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = source.text.as_str();
    let primary = AnnotationKind::Primary
        .span(range(explanation.span, text))
        .label(explanation.label.as_deref());
    let related = explanation.related.iter().map(|Related { span, label }| {
        AnnotationKind::Context
            .span(range(*span, text))
            .label(label.as_str())
    });
    let snippet = Snippet::source(text)
        .path(source.name.as_str())
        .annotation(primary)
        .annotations(related);
    let mut groups = vec![
        level
            .primary_title(explanation.title.as_str())
            .id(code)
            .element(snippet),
    ];
    if let Some(help) = &explanation.help {
        groups.push(Group::with_title(
            Level::HELP.secondary_title(help.as_str()),
        ));
    }
    if let Some(Suggestion {
        message,
        span,
        replacement,
    }) = &explanation.suggestion
    {
        let patch = Patch::new(range(*span, text), replacement.as_str());
        groups.push(
            Level::HELP.secondary_title(message.as_str()).element(
                Snippet::source(text)
                    .path(source.name.as_str())
                    .patch(patch),
            ),
        );
    }
    Renderer::styled().term_width(WIDTH_COLUMNS).render(&groups)
}

/// A mistake in a text that keeps a verb from doing what was asked.
pub fn failure(source: &Source, code: &str, explanation: &Explanation) -> Failure {
    let advice = explanation.help.as_deref().or_else(|| {
        let suggestion = explanation.suggestion.as_ref()?;
        Some(&suggestion.message)
    });
    let failure = Failure::usage(&explanation.title).code(code).drawn(draw(
        source,
        Severity::Error,
        code,
        explanation,
    ));
    match advice {
        Some(advice) => failure.help(advice),
        None => failure,
    }
}

fn range(span: Span, text: &str) -> Range<usize> {
    let end = span.end.min(text.len());
    span.start.min(end)..end
}
