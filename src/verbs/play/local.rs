//! The mock configuration of AWS Step Functions Local: test cases by machine, responses by attempt.

use comanda_asl::json::{Kind, Member, Node, Span};
use jiff::SignedDuration;

use super::{
    mocks::{Answer, Answers, Mocks, What},
    read::Reader,
};
use crate::failure::Failure;

/// The answers of one test case; the only one, where none is named.
pub fn read(reader: &Reader<'_>, root: &Node, case: Option<&str>) -> Result<Mocks, Failure> {
    let cases: Vec<&Member> = root
        .get("StateMachines")
        .map(Node::members)
        .unwrap_or_default()
        .iter()
        .filter_map(|machine| machine.node.get("TestCases"))
        .flat_map(Node::members)
        .collect();
    let chosen = match (case, cases.as_slice()) {
        (Some(name), all) => all.iter().find(|member| member.name == name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let chosen = chosen.ok_or_else(|| {
        let names: Vec<&str> = cases.iter().map(|member| member.name.as_str()).collect();
        reader.wrong(
            root.member("StateMachines")
                .map_or(root.span, |member| member.name_span),
            match case {
                Some(name) => format!("there is no test case {name}"),
                None => "there are several test cases".to_owned(),
            },
            Some(format!("name one: --case {}", names.join(", or --case "))),
        )
    })?;
    let responses = root.get("MockedResponses");
    let mut mocks = Mocks::default();
    for state in chosen.node.members() {
        let name = state.node.text().unwrap_or_default();
        let response = responses
            .and_then(|responses| responses.get(name))
            .ok_or_else(|| {
                reader.wrong(
                    state.node.span,
                    format!("there is no mocked response {name}"),
                    None,
                )
            })?;
        mocks.states.insert(
            state.name.clone(),
            Answers {
                list: answers(reader, response)?,
                name_span: state.name_span,
                calls: 0,
            },
        );
    }
    Ok(mocks)
}

/// `"0": {"Return": …}, "1-2": {"Throw": {"Error": …, "Cause": …}}`, by attempt.
fn answers(reader: &Reader<'_>, response: &Node) -> Result<Vec<Answer>, Failure> {
    let mut by_attempt: Vec<(u64, Answer)> = response
        .members()
        .iter()
        .map(|member| answer(reader, member))
        .collect::<Result<_, _>>()?;
    by_attempt.sort_by_key(|(attempt, _)| *attempt);
    Ok(by_attempt.into_iter().map(|(_, answer)| answer).collect())
}

fn answer(reader: &Reader<'_>, member: &Member) -> Result<(u64, Answer), Failure> {
    let attempts = &member.name;
    let (first, last) = attempts.split_once('-').unwrap_or((attempts, attempts));
    let range = first.parse::<u64>().ok().zip(last.parse::<u64>().ok());
    let (first, last) = range.filter(|(first, last)| first <= last).ok_or_else(|| {
        reader.wrong(
            member.name_span,
            format!("{attempts} is no attempt"),
            Some("write \"0\", or \"1-2\" for several".to_owned()),
        )
    })?;
    let text = |node: &Node, name: &str| {
        node.get(name).map(|value| match &value.kind {
            Kind::Text(text) => text.clone(),
            _ => value.to_value().to_string(),
        })
    };
    let what = match (member.node.get("Return"), member.node.get("Throw")) {
        (Some(returned), None) => What::Result(returned.to_value()),
        (None, Some(thrown)) => What::Error {
            error: text(thrown, "Error"),
            cause: text(thrown, "Cause"),
        },
        _ => {
            return Err(reader.wrong(
                member.name_span,
                "a response has either Return or Throw",
                None,
            ));
        }
    };
    let answer = Answer {
        when: None,
        what,
        after: SignedDuration::ZERO,
        times: Some(last - first + 1),
        used: 0,
        accepted: Some(serde_json::json!({})),
        heartbeats: None,
        span: Span {
            start: member.name_span.start,
            end: member.name_span.end,
        },
    };
    Ok((first, answer))
}
