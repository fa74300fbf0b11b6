//! Collects what the single checks find.

use super::{Diagnostic, Origin, Severity};
use crate::json::Location;

/// AWS's code for everything that is about the form of the document.
pub(super) const SCHEMA: &str = "SCHEMA_VALIDATION_FAILED";

#[derive(Default)]
pub(super) struct Findings {
    diagnostics: Vec<Diagnostic>,
}

impl Findings {
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    pub(super) fn has_no_errors(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The form of the document is wrong by the rules of the language.
    pub(super) fn schema(&mut self, location: &Location, message: impl Into<String>) {
        self.add(
            Severity::Error,
            Origin::Language,
            SCHEMA,
            Some(location),
            message.into(),
        );
    }

    /// The same about one member of the object at the location.
    pub(super) fn schema_of(
        &mut self,
        location: &Location,
        member: &str,
        message: impl Into<String>,
    ) {
        self.schema(location, message);
        if let Some(last) = self.diagnostics.last_mut() {
            last.member = Some(member.to_owned());
        }
    }

    /// The form of the document is wrong by the rules of the service.
    pub(super) fn service(&mut self, location: &Location, message: impl Into<String>) {
        self.add(
            Severity::Error,
            Origin::Service,
            SCHEMA,
            Some(location),
            message.into(),
        );
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        location: Option<&Location>,
        message: impl Into<String>,
    ) {
        self.add(
            Severity::Error,
            Origin::Language,
            code,
            location,
            message.into(),
        );
    }

    pub(super) fn service_warning(
        &mut self,
        code: &'static str,
        location: &Location,
        message: impl Into<String>,
    ) {
        self.add(
            Severity::Warning,
            Origin::Service,
            code,
            Some(location),
            message.into(),
        );
    }

    pub(super) fn advice(
        &mut self,
        code: &'static str,
        location: &Location,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(
            Severity::Warning,
            Origin::Advice,
            code,
            Some(location),
            message.into(),
        );
        if let Some(last) = self.diagnostics.last_mut() {
            last.help = Some(help.into());
        }
    }

    fn add(
        &mut self,
        severity: Severity,
        origin: Origin,
        code: &'static str,
        location: Option<&Location>,
        message: String,
    ) {
        self.diagnostics.push(Diagnostic {
            severity,
            origin,
            code,
            message,
            location: location.cloned(),
            member: None,
            place: None,
            help: None,
        });
    }
}
