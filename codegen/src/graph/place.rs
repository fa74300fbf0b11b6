//! What a layout comes to: places of steps, lines, labels and frames, as plain data that goes into a file.

use serde::Serialize;

use super::{EdgeKind, NodeKind};

/// A graph with everything in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// Width of the picture.
    pub width: i64,
    /// Height of the picture.
    pub height: i64,
    /// Where an execution begins.
    pub start: Point,
    /// Steps, in the order of the graph; ends once for each step they follow.
    pub nodes: Vec<PlacedNode>,
    /// Lines, in the order of the graph, the one from the start first.
    pub edges: Vec<PlacedEdge>,
    /// Frames, outer ones first.
    pub groups: Vec<PlacedGroup>,
}

/// A place, in pixels from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Point {
    /// To the right.
    pub x: i64,
    /// Down.
    pub y: i64,
}

/// A rectangle around its centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The centre, to the right.
    pub x: i64,
    /// The centre, down.
    pub y: i64,
    /// From side to side.
    pub width: i64,
    /// From top to bottom.
    pub height: i64,
}

/// A step in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedNode {
    /// The step's place in the drawn graph: an end has one for each step it follows.
    pub id: String,
    /// The step of the graph that this is.
    pub node: String,
    /// What it does.
    pub kind: NodeKind,
    /// Its name, line by line.
    pub lines: Vec<String>,
    /// Where it stands.
    #[serde(flatten)]
    pub frame: Frame,
}

/// A line in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedEdge {
    /// The step of the graph that it leaves; nothing for the line from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The step of the graph that it goes to.
    pub to: String,
    /// Why it is taken.
    pub kind: EdgeKind,
    /// The way, from border to border.
    pub points: Vec<Point>,
    /// What it says, line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Where it says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Frame>,
}

/// A frame around steps, in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedGroup {
    /// The group of the graph.
    pub id: String,
    /// What the frame is called.
    pub label: String,
    /// Where it stands.
    #[serde(flatten)]
    pub frame: Frame,
}
