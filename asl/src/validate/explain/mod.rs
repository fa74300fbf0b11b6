//! What a person needs beside AWS's sentence: a plain title, the place to underline, places that belong to it, and an
//! edit to try. How that is drawn is up to whoever shows it.

mod fields;
mod place;
mod syntax;
mod transitions;

use super::{Diagnostic, Origin};
use crate::json::{self, Node, Span};

/// A finding as it is shown to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is wrong, without a full stop.
    pub title: String,
    /// What to underline.
    pub span: Span,
    /// What to say there.
    pub label: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// An edit to try.
    pub suggestion: Option<Suggestion>,
    /// What to do about it, where no edit can be given.
    pub help: Option<String>,
}

/// Another place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// What to underline.
    pub span: Span,
    /// What to say there.
    pub label: String,
}

/// A change of the text that would mend it, or be a good start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Why this change.
    pub message: String,
    /// What to replace.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

impl Explanation {
    /// Moves all places back, for a text that was checked with something in front of it.
    pub fn move_back(&mut self, bytes: usize) {
        let spans = std::iter::once(&mut self.span)
            .chain(self.related.iter_mut().map(|related| &mut related.span))
            .chain(
                self.suggestion
                    .iter_mut()
                    .map(|suggestion| &mut suggestion.span),
            );
        for span in spans {
            span.start = span.start.saturating_sub(bytes);
            span.end = span.end.saturating_sub(bytes);
        }
    }
}

/// Explains why a text, of whatever kind, is no JSON.
#[must_use]
pub fn of_json(error: &json::Error, text: &str) -> Explanation {
    syntax::broken(&error.message(), text, error.offset)
}

/// Explains the findings about one text.
#[derive(Debug)]
pub struct Explainer<'text> {
    text: &'text str,
    root: Option<Node>,
}

impl<'text> Explainer<'text> {
    /// For the text that was checked.
    #[must_use]
    pub fn new(text: &'text str) -> Explainer<'text> {
        Explainer {
            text,
            root: json::read(text).ok(),
        }
    }

    /// Explains a finding.
    #[must_use]
    pub fn explain(&self, diagnostic: &Diagnostic) -> Explanation {
        let Some(root) = &self.root else {
            let offset = diagnostic.place.map_or(0, |place| place.span.start);
            return syntax::broken(&diagnostic.message, self.text, offset);
        };
        let (span, label) = place::of(diagnostic, root);
        let mut explanation = Explanation {
            title: diagnostic.message.trim().trim_end_matches('.').to_owned(),
            span,
            // Our own sentences name the state already.
            label: label.filter(|_| diagnostic.origin != Origin::Advice),
            related: Vec::new(),
            suggestion: None,
            help: diagnostic.help.clone(),
        };
        transitions::explain(diagnostic, root, &mut explanation);
        fields::explain(diagnostic, root, self.text, &mut explanation);
        explanation
    }
}

/// The candidate that a misspelt word was probably meant to be.
fn similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKENESS_MIN: f64 = 0.7;
    let likeness = |candidate: &str| {
        strsim::normalized_damerau_levenshtein(&candidate.to_lowercase(), &word.to_lowercase())
    };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
