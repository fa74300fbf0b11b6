//! Reads a mock file, with every mistake at its place. `docs/playing.md` describes the format.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use comanda_asl::{
    WorkflowKind,
    json::{self, Kind, Member, Node, Span},
    validate::explain::{Explanation, Suggestion, of_json},
};
use jiff::{SignedDuration, SpanRelativeTo};

use super::{
    super::similar,
    local,
    mocks::{Answer, Answers, Heartbeats, Mocks, What, Workflow},
};
use crate::{
    failure::Failure,
    report::{self, Source},
};

const FIELDS: &[&str] = &[
    "start",
    "states",
    "resources",
    "workflows",
    "files",
    "values",
];
const ANSWER_FIELDS: &[&str] = &[
    "result",
    "payload",
    "error",
    "cause",
    "never",
    "after",
    "times",
    "when",
    "accepted",
    "heartbeats",
];
const CODE: &str = "INVALID_MOCKS";

/// Reads the text of a mock file; paths in it are relative to it.
pub fn read(source: Source, case: Option<&str>) -> Result<Mocks, Failure> {
    let root = json::read(&source.text)
        .map_err(|error| report::failure(&source, CODE, &of_json(&error, &source.text)))?;
    let reader = Reader {
        folder: Path::new(&source.name)
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default(),
        source: &source,
    };
    let mut mocks = if root.get("MockedResponses").is_some() {
        local::read(&reader, &root, case)?
    } else {
        reader.mocks(&root)?
    };
    mocks.source = Some(source);
    Ok(mocks)
}

/// A file that is being read.
pub struct Reader<'source> {
    pub source: &'source Source,
    folder: PathBuf,
}

impl Reader<'_> {
    /// A mistake at a place.
    pub fn wrong(&self, span: Span, title: impl Into<String>, help: Option<String>) -> Failure {
        let explanation = Explanation {
            title: title.into(),
            span,
            label: None,
            related: Vec::new(),
            suggestion: None,
            help,
        };
        report::failure(self.source, CODE, &explanation)
    }

    fn mocks(&self, root: &Node) -> Result<Mocks, Failure> {
        self.object(root, "the mocks")?;
        self.known(root, FIELDS)?;
        let mut mocks = Mocks::default();
        if let Some(start) = root.get("start") {
            let text = self.text(start, "start")?;
            let read = text.parse().map_err(|_| {
                self.wrong(
                    start.span,
                    format!("{text} is no time"),
                    Some("write it like 2026-01-05T10:00:00Z".to_owned()),
                )
            })?;
            mocks.start = Some(read);
        }
        mocks.states = self.answers_by_name(root, "states")?;
        mocks.resources = self.answers_by_name(root, "resources")?;
        for member in members(root, "workflows") {
            let workflow = self.workflow(&member.name, &member.node)?;
            // The last part of an ARN is the machine's name.
            let name = member.name.rsplit(':').next().unwrap_or(&member.name);
            mocks.workflows.insert(name.to_owned(), workflow);
        }
        for member in members(root, "files") {
            let path = self.folder.join(self.text(&member.node, "the file")?);
            if !path.is_file() {
                return Err(self.wrong(
                    member.node.span,
                    format!("there is no file {}", path.display()),
                    Some("paths are relative to the mock file".to_owned()),
                ));
            }
            mocks.files.insert(member.name.clone(), path);
        }
        for member in members(root, "values") {
            let text = match &member.node.kind {
                Kind::Text(text) => text.clone(),
                _ => member.node.to_value().to_string(),
            };
            mocks.values.insert(member.name.clone(), text);
        }
        Ok(mocks)
    }

    fn workflow(&self, arn: &str, node: &Node) -> Result<Workflow, Failure> {
        if let Some(path) = node.text() {
            return Ok(Workflow {
                arn: arn.to_owned(),
                definition: self.folder.join(path),
                kind: WorkflowKind::Standard,
                states: BTreeMap::new(),
            });
        }
        self.object(node, "a workflow")?;
        self.known(node, &["definition", "type", "states"])?;
        let definition = node.get("definition").ok_or_else(|| {
            self.wrong(
                first(node),
                "the workflow has no definition",
                Some("name its file: \"definition\": \"child.asl.json\"".to_owned()),
            )
        })?;
        let kind = match node.text_of("type") {
            Some("express") => WorkflowKind::Express,
            Some("standard") | None => WorkflowKind::Standard,
            Some(_) => {
                return Err(self.wrong(
                    node.get("type").map_or(node.span, |node| node.span),
                    "the type is standard or express",
                    None,
                ));
            }
        };
        Ok(Workflow {
            arn: arn.to_owned(),
            definition: self.folder.join(self.text(definition, "definition")?),
            kind,
            states: self.answers_by_name(node, "states")?,
        })
    }

    fn answers_by_name(
        &self,
        node: &Node,
        field: &str,
    ) -> Result<BTreeMap<String, Answers>, Failure> {
        if let Some(node) = node.get(field) {
            self.object(node, field)?;
        }
        members(node, field)
            .iter()
            .map(|member| Ok((member.name.clone(), self.answers(member)?)))
            .collect()
    }

    /// One answer, which serves every call; or a list, of which each serves one unless it says otherwise.
    fn answers(&self, member: &Member) -> Result<Answers, Failure> {
        let list = match &member.node.kind {
            Kind::Array(elements) => elements
                .iter()
                .map(|element| self.answer(element, Some(1)))
                .collect::<Result<_, _>>()?,
            _ => vec![self.answer(&member.node, None)?],
        };
        Ok(Answers {
            list,
            name_span: member.name_span,
            calls: 0,
        })
    }

    fn answer(&self, node: &Node, times: Option<u64>) -> Result<Answer, Failure> {
        self.object(node, "an answer")?;
        self.known(node, ANSWER_FIELDS)?;
        let what = self.what(node)?;
        let times =
            match node.get("times") {
                None => times,
                Some(given) if given.text() == Some("always") => None,
                Some(given) => Some(given.to_value().as_u64().ok_or_else(|| {
                    self.wrong(given.span, "times is a number, or \"always\"", None)
                })?),
            };
        let heartbeats = node
            .get("heartbeats")
            .map(|given| self.heartbeats(given, matches!(what, What::Never)))
            .transpose()?;
        let accepted = match node.get("accepted") {
            Some(given) if matches!(given.kind, Kind::Boolean(false)) => None,
            Some(given) => Some(given.to_value()),
            None => Some(serde_json::json!({})),
        };
        Ok(Answer {
            when: node
                .get("when")
                .map(|when| self.text(when, "when"))
                .transpose()?,
            what,
            after: node
                .get("after")
                .map_or(Ok(SignedDuration::ZERO), |after| self.duration(after))?,
            times,
            used: 0,
            accepted,
            heartbeats,
            span: first(node),
        })
    }

    fn what(&self, node: &Node) -> Result<What, Failure> {
        let said: Vec<&str> = ["result", "payload", "error", "never"]
            .into_iter()
            .filter(|name| node.get(name).is_some())
            .collect();
        if let [_, other, ..] = said.as_slice() {
            return Err(self.wrong(
                node.member(other)
                    .map_or(node.span, |member| member.name_span),
                "an answer says one thing: a result, a payload, an error, or never anything",
                Some("several answers make a list: [{…}, {…}]".to_owned()),
            ));
        }
        match said.first() {
            Some(&"result") => Ok(What::Result(value(node, "result"))),
            Some(&"payload") => Ok(What::Payload(value(node, "payload"))),
            Some(&"never") => Ok(What::Never),
            Some(_) => Ok(What::Error {
                error: node.text_of("error").map(str::to_owned),
                cause: node.get("cause").map(|cause| match cause.text() {
                    Some(text) => text.to_owned(),
                    None => cause.to_value().to_string(),
                }),
            }),
            None => Err(self.wrong(
                first(node),
                "the answer says nothing",
                Some(
                    "give it a \"result\" (for a Lambda function, its \"payload\"), an \"error\", or \"never\": true"
                        .to_owned(),
                ),
            )),
        }
    }

    fn heartbeats(&self, node: &Node, never: bool) -> Result<Heartbeats, Failure> {
        self.object(node, "heartbeats")?;
        self.known(node, &["every", "times"])?;
        let every = node.get("every").ok_or_else(|| {
            self.wrong(
                first(node),
                "heartbeats say how far apart they are",
                Some("\"every\": \"30s\"".to_owned()),
            )
        })?;
        let times = node
            .get("times")
            .and_then(|times| times.to_value().as_u64());
        if never && times.is_none() {
            return Err(self.wrong(
                first(node),
                "heartbeats of a task that is never answered would go on for ever",
                Some("say how many: \"times\": 3".to_owned()),
            ));
        }
        let duration = self.duration(every)?;
        if duration <= SignedDuration::ZERO {
            return Err(self.wrong(every.span, "heartbeats are some time apart", None));
        }
        Ok(Heartbeats {
            every: duration,
            times,
        })
    }

    fn duration(&self, node: &Node) -> Result<SignedDuration, Failure> {
        let read = match &node.kind {
            Kind::Number(number) => number
                .as_f64()
                .and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok()),
            Kind::Text(text) => text
                .parse::<jiff::Span>()
                .ok()
                .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()),
            _ => None,
        };
        read.filter(|duration| !duration.is_negative())
            .ok_or_else(|| {
                self.wrong(
                    node.span,
                    "this is no length of time",
                    Some(
                        "write \"90s\", \"10m\", \"1h 30m\", \"2d\", or a number of seconds"
                            .to_owned(),
                    ),
                )
            })
    }

    fn object(&self, node: &Node, what: &str) -> Result<(), Failure> {
        if node.is_object() {
            return Ok(());
        }
        Err(self.wrong(
            first(node),
            format!("{what}: an object is expected here"),
            None,
        ))
    }

    fn text(&self, node: &Node, what: &str) -> Result<String, Failure> {
        node.text()
            .map(str::to_owned)
            .ok_or_else(|| self.wrong(node.span, format!("{what}: a text is expected here"), None))
    }

    fn known(&self, node: &Node, fields: &[&str]) -> Result<(), Failure> {
        let unknown = node
            .members()
            .iter()
            .find(|member| !fields.contains(&member.name.as_str()));
        let Some(member) = unknown else {
            return Ok(());
        };
        let meant = similar(&member.name, fields.iter().copied());
        let explanation = Explanation {
            title: format!("there is no field \"{}\" here", member.name),
            span: member.name_span,
            label: Some("unknown field".to_owned()),
            related: Vec::new(),
            suggestion: meant.map(|meant| Suggestion {
                message: "a field with a similar name exists".to_owned(),
                span: member.name_span,
                replacement: format!("\"{meant}\""),
            }),
            help: meant
                .is_none()
                .then(|| format!("there are: {}", fields.join(", "))),
        };
        Err(report::failure(self.source, CODE, &explanation))
    }
}

fn members<'node>(node: &'node Node, field: &str) -> &'node [Member] {
    node.get(field).map(Node::members).unwrap_or_default()
}

fn value(node: &Node, field: &str) -> serde_json::Value {
    node.get(field).map(Node::to_value).unwrap_or_default()
}

/// The first character of a block, the whole of anything else.
fn first(node: &Node) -> Span {
    match &node.kind {
        Kind::Object(_) | Kind::Array(_) => Span {
            start: node.span.start,
            end: node.span.end.min(node.span.start + 1),
        },
        _ => node.span,
    }
}
