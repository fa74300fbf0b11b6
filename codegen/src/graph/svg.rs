//! A laid-out graph as an SVG picture: for a file that stands alone, or inside a page that brings its own colours.
//!
//! Shape and word carry what a step is and how far the execution came; colour repeats it. Every step is a link with a
//! label for screen readers. All colours are CSS variables, so that a page needs none of this to be different.

use std::fmt::Write as _;

use super::{
    Edge, EdgeKind, Graph, Node, NodeKind, Picture,
    layout::{LABEL_COLUMNS, LABEL_FONT_SIZE, LABEL_LINE_HEIGHT, NODE_FONT_SIZE, NODE_LINE_HEIGHT},
    path::{curve, tip},
    place::{Frame, Layout, PlacedEdge, PlacedGroup, PlacedNode, Point},
    progress::{Mark, Progress},
    text::{escape, wrap},
};

/// The colours of a picture that stands alone. A page that draws a picture inside itself links or repeats this.
pub const STYLE: &str = include_str!("graph.css");

/// What a picture is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// A file of its own: brings its colours, says which command wrote it.
    File {
        /// The comment at the top.
        written_by: &'a str,
    },
    /// Part of a page: the page brings the colours, the execution brings the marks.
    Page {
        /// How far the execution came.
        progress: &'a Progress,
        /// The step that is looked at.
        selected: Option<&'a str>,
    },
}

/// Draws the graph.
#[must_use]
pub fn svg(picture: &Picture, purpose: Purpose<'_>) -> String {
    let Picture { graph, layout } = picture;
    let mut pen = Pen {
        graph,
        purpose,
        out: String::new(),
    };
    pen.head(layout);
    for group in &layout.groups {
        pen.group(group);
    }
    // Walked lines last, so that they lie above the others; labels above all lines.
    let (walked, others): (Vec<_>, Vec<_>) = layout.edges.iter().partition(|edge| pen.walked(edge));
    for edge in others.iter().chain(&walked) {
        pen.line(edge);
    }
    let Point { x, y } = layout.start;
    let _ = writeln!(
        pen.out,
        "<circle class=\"start\" cx=\"{x}\" cy=\"{y}\" r=\"7\"/>"
    );
    for node in &layout.nodes {
        pen.node(node);
    }
    for edge in others.iter().chain(&walked) {
        pen.label(edge);
    }
    pen.out.push_str("</svg>\n");
    pen.out
}

/// The identifier that a step has in the address of a page: `await-payment`.
#[must_use]
pub fn anchor(label: &str) -> String {
    let mut anchor = String::new();
    for character in label.chars() {
        if character.is_alphanumeric() {
            anchor.extend(character.to_lowercase());
        } else if !anchor.is_empty() && !anchor.ends_with('-') {
            anchor.push('-');
        }
    }
    anchor.trim_end_matches('-').to_owned()
}

struct Pen<'a> {
    graph: &'a Graph,
    purpose: Purpose<'a>,
    out: String,
}

impl Pen<'_> {
    fn head(&mut self, layout: &Layout) {
        let Layout { width, height, .. } = layout;
        if let Purpose::File { written_by } = self.purpose {
            let _ = writeln!(self.out, "<!-- {} -->", written_by.replace("--", "- -"));
        }
        let _ = writeln!(
            self.out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"Graph of {}\">",
            escape(&self.graph.name)
        );
        if let Purpose::File { .. } = self.purpose {
            let _ = writeln!(self.out, "<style>\n{STYLE}</style>");
            let _ = writeln!(
                self.out,
                "<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>"
            );
        }
    }

    fn mark(&self, node: &str) -> Option<Mark> {
        match self.purpose {
            Purpose::File { .. } => None,
            Purpose::Page { progress, .. } => progress.nodes.get(node).copied(),
        }
    }

    fn walked(&self, edge: &PlacedEdge) -> bool {
        match (self.purpose, &edge.from) {
            (Purpose::File { .. }, _) => false,
            (Purpose::Page { progress, .. }, Some(from)) => {
                progress.walked(from, &edge.to, edge.kind)
            }
            (Purpose::Page { progress, .. }, None) => !progress.nodes.is_empty(),
        }
    }

    fn group(&mut self, group: &PlacedGroup) {
        let (left, top) = corner(group.frame);
        let Frame { width, height, .. } = group.frame;
        let _ = writeln!(
            self.out,
            "<g class=\"frame\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"12\"/>\
             <text x=\"{}\" y=\"{}\">{}</text></g>",
            left + 12,
            top + 18,
            escape(&group.label)
        );
    }

    fn line(&mut self, edge: &PlacedEdge) {
        let kind = match edge.kind {
            EdgeKind::Normal => "",
            EdgeKind::Error => " error",
            EdgeKind::Timeout => " timeout",
        };
        let walked = if self.walked(edge) { " walked" } else { "" };
        let _ = writeln!(
            self.out,
            "<g class=\"edge{kind}{walked}\"><path class=\"way\" d=\"{}\"/><path class=\"tip\" d=\"{}\"/></g>",
            curve(&edge.points),
            tip(&edge.points)
        );
    }

    fn label(&mut self, edge: &PlacedEdge) {
        let Some(frame) = edge.label else { return };
        let (left, top) = corner(frame);
        let walked = if self.walked(edge) { " walked" } else { "" };
        let _ = write!(
            self.out,
            "<g class=\"says{walked}\" aria-hidden=\"true\"><rect x=\"{left}\" y=\"{top}\" width=\"{}\" \
             height=\"{}\" rx=\"4\"/>",
            frame.width, frame.height
        );
        match self.known_reason(edge) {
            Some(reason) => {
                let lines = wrap(&reason, LABEL_COLUMNS);
                self.lines(&lines, frame, LABEL_LINE_HEIGHT, LABEL_FONT_SIZE);
            }
            None => self.lines(&edge.lines, frame, LABEL_LINE_HEIGHT, LABEL_FONT_SIZE),
        }
        self.out.push_str("</g>\n");
    }

    /// The reasons for which a line was walked, where they are fewer than all that it has.
    fn known_reason(&self, edge: &PlacedEdge) -> Option<String> {
        let (Purpose::Page { progress, .. }, Some(from)) = (self.purpose, &edge.from) else {
            return None;
        };
        let reasons = progress.reasons(from, &edge.to, edge.kind)?;
        let said: Vec<&str> = reasons
            .iter()
            .map(String::as_str)
            .filter(|reason| !reason.is_empty())
            .collect();
        (!said.is_empty() && said.len() <= edge.lines.len()).then(|| said.join(", "))
    }

    /// Lines of text around the middle of a frame.
    fn lines(&mut self, lines: &[String], frame: Frame, line_height: usize, font_size: usize) {
        let line_height = i64::try_from(line_height).unwrap_or_default();
        let font_size = i64::try_from(font_size).unwrap_or_default();
        let count = i64::try_from(lines.len()).unwrap_or_default();
        // The base line of the first: half of all lines up, and down by what stands above a base line.
        let mut y = frame.y - count * line_height / 2 + (line_height + font_size * 7 / 10) / 2;
        for line in lines {
            let _ = write!(
                self.out,
                "<text x=\"{}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
                frame.x,
                escape(line)
            );
            y += line_height;
        }
    }

    fn node(&mut self, placed: &PlacedNode) {
        let Some(node) = self.graph.node(&placed.node) else {
            return;
        };
        let mark = self.mark(&placed.node).filter(|_| self.arrived(placed));
        let class = match mark {
            None => "",
            Some(Mark::Passed) => " passed",
            Some(Mark::Current) => " current",
            Some(Mark::Failed) => " failed",
        };
        let selected = match self.purpose {
            Purpose::Page {
                selected: Some(id), ..
            } if id == anchor(&node.label) => " aria-current=\"true\"",
            _ => "",
        };
        let _ = write!(
            self.out,
            "<a class=\"node {}{class}\" href=\"{}\" aria-label=\"{}\"{selected}>",
            kind_class(node.kind),
            escape(&self.link(node)),
            escape(&self.says(node, mark))
        );
        shape(&mut self.out, node.kind, placed.frame);
        let mut beside_sign = placed.frame;
        if matches!(node.kind, NodeKind::Signal | NodeKind::Wait) {
            beside_sign.x += 8;
        }
        self.lines(&placed.lines, beside_sign, NODE_LINE_HEIGHT, NODE_FONT_SIZE);
        if let Some(mark) = mark {
            badge(&mut self.out, mark, placed.frame);
        }
        self.out.push_str("</a>\n");
    }

    /// An end is drawn once for each step it follows; only the one that was come to is marked.
    fn arrived(&self, placed: &PlacedNode) -> bool {
        let Purpose::Page { progress, .. } = self.purpose else {
            return false;
        };
        match placed.id.split_once('~') {
            None => true,
            Some((end, from)) => progress.lines.keys().any(|(f, t, _)| f == from && t == end),
        }
    }

    fn link(&self, node: &Node) -> String {
        match self.purpose {
            Purpose::File { .. } => format!("#{}", anchor(&node.label)),
            Purpose::Page { .. } => format!("?state={0}#step-{0}", anchor(&node.label)),
        }
    }

    /// `Await payment, asks and waits, here now, goes to What came?, or if deadline to Settle payment`.
    fn says(&self, node: &Node, mark: Option<Mark>) -> String {
        let mut says = format!("{}, {}", node.label, node.kind.words());
        if let Some(mark) = mark {
            let _ = write!(says, ", {}", mark.word());
        }
        for (position, (edge, to)) in self.graph.goes_to(&node.id).into_iter().enumerate() {
            let or = if position == 0 { ", goes" } else { ", or" };
            let _ = write!(says, "{or}{} to {}", reason(edge), to.label);
        }
        says
    }
}

/// ` if paid`, or nothing.
fn reason(edge: &Edge) -> String {
    if edge.label.is_empty() {
        String::new()
    } else {
        format!(" if {}", edge.label)
    }
}

const fn kind_class(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Task => "task",
        NodeKind::Signal => "signal",
        NodeKind::Wait => "wait",
        NodeKind::Choice => "choice",
        NodeKind::Pass => "pass",
        NodeKind::Child => "child",
        NodeKind::Parallel => "parallel",
        NodeKind::Map => "map",
        NodeKind::End => "end",
        NodeKind::Fail => "fail",
    }
}

const fn corner(frame: Frame) -> (i64, i64) {
    (frame.x - frame.width / 2, frame.y - frame.height / 2)
}

/// The outline of a step, by what it does.
fn shape(out: &mut String, kind: NodeKind, frame: Frame) {
    let (left, top) = corner(frame);
    let Frame {
        width,
        height,
        x,
        y,
    } = frame;
    let (right, bottom) = (left + width, top + height);
    let _ = match kind {
        NodeKind::Choice => write!(
            out,
            "<path class=\"box\" d=\"M{} {top}H{}L{right} {y}L{} {bottom}H{}L{left} {y}Z\"/>",
            left + 14,
            right - 14,
            right - 14,
            left + 14
        ),
        _ => {
            let radius = if kind.is_end() { height / 2 } else { 8 };
            write!(
                out,
                "<rect class=\"box\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
            )
        }
    };
    let _ = match kind {
        // An hour glass: somebody is waited for.
        NodeKind::Signal | NodeKind::Wait => write!(
            out,
            "<path class=\"sign\" d=\"M{0} {1}h8l-8 12h8z\"/>",
            left + 10,
            y - 6
        ),
        // Two bars, as a flowchart marks what is described elsewhere.
        NodeKind::Child => write!(
            out,
            "<path class=\"sign\" d=\"M{} {top}V{bottom}M{} {top}V{bottom}\"/>",
            left + 9,
            right - 9
        ),
        NodeKind::Parallel | NodeKind::Map => {
            write!(
                out,
                "<path class=\"sign\" d=\"M{} {}h16\"/>",
                x - 8,
                bottom - 5
            )
        }
        _ => Ok(()),
    };
}

/// A tick, a dot or a cross at the corner: what colour alone must not say.
fn badge(out: &mut String, mark: Mark, frame: Frame) {
    let (x, y) = (
        frame.x + frame.width / 2 - 2,
        frame.y - frame.height / 2 + 2,
    );
    let sign = match mark {
        Mark::Passed => format!("<path d=\"M{} {y}l3 3l5 -6\"/>", x - 4),
        Mark::Current => format!("<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>"),
        Mark::Failed => format!("<path d=\"M{} {}l7 7m0 -7l-7 7\"/>", x - 3, y - 3),
    };
    let _ = write!(
        out,
        "<g class=\"badge\" aria-hidden=\"true\"><circle cx=\"{x}\" cy=\"{y}\" r=\"9\"/>{sign}</g>"
    );
}

#[cfg(test)]
mod tests {
    use super::{super::tests, Purpose, anchor, svg};
    use crate::graph::progress::{Outcome, Visit, progress};

    fn page() -> String {
        let graph = tests::order();
        let visits = [
            ("Accept order", None, Outcome::Left),
            ("How is it paid?", Some(0), Outcome::Left),
            ("Await payment", Some(1), Outcome::Running),
        ]
        .map(|(state, after, outcome)| Visit {
            state: state.into(),
            after,
            outcome,
        });
        let progress = progress(&graph, &visits, None);
        svg(
            &graph.into(),
            Purpose::Page {
                progress: &progress,
                selected: Some("await-payment"),
            },
        )
    }

    #[track_caller]
    fn check(picture: &str, expected: &str) {
        assert!(picture.contains(expected), "no `{expected}` in\n{picture}");
    }

    #[test]
    fn says_in_words_what_it_shows() {
        let page = page();
        check(
            &page,
            "aria-label=\"Await payment, asks and waits, here now, goes to What came?, or if deadline to Settle payment\" \
             aria-current=\"true\"",
        );
        check(
            &page,
            "class=\"node task passed\" href=\"?state=accept-order#step-accept-order\"",
        );
        check(&page, "class=\"node signal current\"");
        check(
            &page,
            "class=\"node task\" href=\"?state=close-order#step-close-order\"",
        );
    }

    #[test]
    fn a_file_stands_alone() {
        let file = svg(
            &tests::order().into(),
            Purpose::File {
                written_by: "cargo run -- build",
            },
        );
        check(&file, "<!-- cargo run - - build -->");
        check(&file, "prefers-color-scheme: dark");
        assert!(!page().contains("<style>"), "a page brings its own colours");
    }

    #[test]
    fn addresses_are_readable() {
        assert_eq!(anchor("How is it paid?"), "how-is-it-paid");
        assert_eq!(anchor("  Await -- payment!"), "await-payment");
    }
}
