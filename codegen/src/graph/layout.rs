//! Where each step, line and label of a picture stands. The one place that knows `dagre`.
//!
//! Top to bottom only: left to right came out several screens wide. Coordinates are whole pixels, so that the files
//! made from them are the same everywhere.

use super::{
    Edge, EdgeKind, Graph, Node, NodeKind,
    place::{Frame, Layout, PlacedEdge, PlacedGroup, PlacedNode, Point},
    route, text, tidy,
};
use dagre::{
    EdgeLabel, LayoutOptions, NodeLabel, Point as DagrePoint,
    graph::{Graph as DagreGraph, GraphOptions},
    layout::types::LabelPos,
};

/// Size of a step's name, in pixels.
pub(super) const NODE_FONT_SIZE: usize = 14;
/// Size of what a line says, in pixels.
pub(super) const LABEL_FONT_SIZE: usize = 12;
/// Height of one line of a step's name.
pub(super) const NODE_LINE_HEIGHT: usize = 18;
/// Height of one line of what an edge says.
pub(super) const LABEL_LINE_HEIGHT: usize = 15;
const NODE_COLUMNS: usize = 22;
/// Characters of a line of what an edge says.
pub(super) const LABEL_COLUMNS: usize = 20;
/// Room around everything.
const MARGIN: f64 = 16.0;
/// Room for the name of a group, above the group.
const GROUP_HEAD: i64 = 18;
/// The identifier of the dot where an execution begins; no step has it.
const START: &str = "~start";
const START_DIAMETER: f64 = 14.0;

/// Places everything. The same graph gives the same layout, byte for byte.
#[must_use]
pub fn layout(graph: &Graph) -> Layout {
    let drawn = tidy::for_drawing(graph);
    let mut placing = prepare(&drawn);
    dagre::layout(
        &mut placing,
        Some(LayoutOptions {
            nodesep: 28.0,
            edgesep: 14.0,
            ranksep: 34.0,
            ..LayoutOptions::default()
        }),
    );
    collect(graph, &drawn, &placing)
}

fn prepare(drawn: &Graph) -> DagreGraph<NodeLabel, EdgeLabel> {
    let mut placing = DagreGraph::with_options(GraphOptions {
        directed: true,
        multigraph: true,
        compound: true,
    });
    placing.set_node(START, Some(box_of(START_DIAMETER, START_DIAMETER)));
    for group in &drawn.groups {
        placing.set_node(group.id.as_str(), Some(NodeLabel::default()));
    }
    for node in &drawn.nodes {
        let (width, height) = size(node);
        placing.set_node(node.id.as_str(), Some(box_of(width, height)));
    }
    for group in &drawn.groups {
        placing.set_parent(&group.id, group.parent.as_deref());
    }
    for node in &drawn.nodes {
        if let Some(group) = &node.group {
            placing.set_parent(&node.id, Some(group));
        }
    }
    placing.set_edge(
        START,
        drawn.start.as_str(),
        Some(EdgeLabel::default()),
        None,
    );
    for (index, edge) in drawn.edges.iter().enumerate() {
        let lines = text::wrap(&edge.label, LABEL_COLUMNS);
        let mut label = EdgeLabel {
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        if !lines.is_empty() {
            label.width = pixels(text::width(&lines, LABEL_FONT_SIZE) + 10);
            label.height = pixels(lines.len() * LABEL_LINE_HEIGHT + 6);
        }
        placing.set_edge(
            edge.from.as_str(),
            edge.to.as_str(),
            Some(label),
            Some(&index.to_string()),
        );
    }
    placing
}

fn box_of(width: f64, height: f64) -> NodeLabel {
    NodeLabel {
        width,
        height,
        ..NodeLabel::default()
    }
}

/// Width and height of a step: its name, and what its shape needs around it.
fn size(node: &Node) -> (f64, f64) {
    let lines = text::wrap(&node.label, NODE_COLUMNS);
    let sides = match node.kind {
        NodeKind::Choice => 44,
        NodeKind::Child | NodeKind::Signal | NodeKind::Wait => 48,
        NodeKind::End | NodeKind::Fail => 30,
        _ => 32,
    };
    let above_and_below = if node.kind.is_end() { 12 } else { 22 };
    (
        pixels((text::width(&lines, NODE_FONT_SIZE) + sides).max(72)),
        pixels(lines.len().max(1) * NODE_LINE_HEIGHT + above_and_below),
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a picture is some thousands of pixels wide"
)]
fn pixels(count: usize) -> f64 {
    count as f64
}

/// Whole pixels, counted from the picture's own corner.
struct Corner {
    left: f64,
    top: f64,
}

impl Corner {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a coordinate is some thousands of pixels; casting saturates"
    )]
    fn point(&self, x: f64, y: f64) -> Point {
        Point {
            x: (x - self.left).round() as i64,
            y: (y - self.top).round() as i64,
        }
    }

    fn frame(&self, x: f64, y: f64, width: f64, height: f64) -> Frame {
        let centre = self.point(x, y);
        let size = Self {
            left: 0.0,
            top: 0.0,
        }
        .point(width, height);
        Frame {
            x: centre.x,
            y: centre.y,
            width: size.x,
            height: size.y,
        }
    }
}

fn collect(graph: &Graph, drawn: &Graph, placed: &DagreGraph<NodeLabel, EdgeLabel>) -> Layout {
    let corner = corner(placed);
    let frame = |id: &str| {
        let node = placed.node(id)?;
        Some(corner.frame(node.x?, node.y?, node.width, node.height))
    };
    let nodes = drawn.nodes.iter().filter_map(|node| {
        Some(PlacedNode {
            id: node.id.clone(),
            node: original(graph, &node.id),
            kind: node.kind,
            lines: text::wrap(&node.label, NODE_COLUMNS),
            frame: frame(&node.id)?,
        })
    });
    let groups = drawn.groups.iter().filter_map(|group| {
        let mut frame = frame(&group.id)?;
        frame.y -= GROUP_HEAD / 2;
        frame.height += GROUP_HEAD;
        Some(PlacedGroup {
            id: group.id.clone(),
            label: group.label.clone(),
            frame,
        })
    });
    let first = placed
        .edge(START, &drawn.start, None)
        .map(|label| PlacedEdge {
            from: None,
            to: drawn.start.clone(),
            kind: EdgeKind::Normal,
            points: whole(&corner, &label.points),
            lines: Vec::new(),
            label: None,
        });
    let (edges, lines): (Vec<_>, Vec<_>) = drawn
        .edges
        .iter()
        .enumerate()
        .filter_map(|(index, edge)| {
            let label = placed.edge(&edge.from, &edge.to, Some(&index.to_string()))?;
            let line = route::Line {
                placed: whole(&corner, &label.points),
                from: frame(&edge.from)?,
                to: frame(&edge.to)?,
            };
            Some(((edge, label), line))
        })
        .unzip();
    let others = edges
        .into_iter()
        .zip(route::ways(&lines))
        .map(|((edge, label), way)| place_edge(graph, edge, label, &corner, way));
    let mut layout = Layout {
        width: 0,
        height: 0,
        start: frame(START).map_or(Point { x: 0, y: 0 }, |frame| Point {
            x: frame.x,
            y: frame.y,
        }),
        nodes: nodes.collect(),
        edges: first.into_iter().chain(others).collect(),
        groups: groups.collect(),
    };
    measure(&mut layout);
    layout
}

fn place_edge(
    graph: &Graph,
    edge: &Edge,
    label: &EdgeLabel,
    corner: &Corner,
    points: Vec<Point>,
) -> PlacedEdge {
    let lines = text::wrap(&edge.label, LABEL_COLUMNS);
    let says_at = match (label.x, label.y) {
        (Some(x), Some(y)) if !lines.is_empty() => {
            Some(corner.frame(x, y, label.width, label.height))
        }
        _ => None,
    };
    PlacedEdge {
        from: Some(edge.from.clone()),
        to: original(graph, &edge.to),
        kind: edge.kind,
        points,
        lines,
        label: says_at,
    }
}

/// The step of the graph that a drawn one is: itself, or the end that was split.
fn original(graph: &Graph, drawn: &str) -> String {
    if graph.node(drawn).is_some() {
        return drawn.to_owned();
    }
    drawn
        .rsplit_once('~')
        .map_or(drawn, |(end, _)| end)
        .to_owned()
}

fn whole(corner: &Corner, points: &[DagrePoint]) -> Vec<Point> {
    points
        .iter()
        .map(|point| corner.point(point.x, point.y))
        .collect()
}

/// The top left of everything that was placed, with the margin; heads of groups are above their groups.
fn corner(placed: &DagreGraph<NodeLabel, EdgeLabel>) -> Corner {
    let mut corner = Corner {
        left: 0.0,
        top: 0.0,
    };
    let mut reach = |x: f64, y: f64| {
        corner.left = corner.left.min(x);
        corner.top = corner.top.min(y);
    };
    for id in placed.nodes() {
        if let Some(node) = placed.node(&id)
            && let (Some(x), Some(y)) = (node.x, node.y)
        {
            reach(x - node.width / 2.0, y - node.height / 2.0);
        }
    }
    for edge in placed.edges() {
        for point in placed
            .edge_by_obj(&edge)
            .into_iter()
            .flat_map(|e| &e.points)
        {
            reach(point.x, point.y);
        }
    }
    Corner {
        left: corner.left - MARGIN,
        top: corner.top - MARGIN,
    }
}

/// Width and height of the picture, from what stands farthest out.
fn measure(layout: &mut Layout) {
    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    let margin = MARGIN as i64;
    let frames = layout
        .nodes
        .iter()
        .map(|node| node.frame)
        .chain(layout.groups.iter().map(|group| group.frame))
        .chain(layout.edges.iter().filter_map(|edge| edge.label));
    let (mut right, mut bottom) = (layout.start.x, layout.start.y);
    for frame in frames {
        right = right.max(frame.x + frame.width / 2);
        bottom = bottom.max(frame.y + frame.height / 2);
    }
    for point in layout.edges.iter().flat_map(|edge| &edge.points) {
        right = right.max(point.x);
        bottom = bottom.max(point.y);
    }
    layout.width = right + margin;
    layout.height = bottom + margin;
}

#[cfg(test)]
mod tests {
    use super::{super::tests, Frame, layout};

    fn inside(inner: &Frame, outer: &Frame) -> bool {
        (inner.x - outer.x).abs() * 2 + inner.width <= outer.width
            && (inner.y - outer.y).abs() * 2 + inner.height <= outer.height
    }

    fn overlap(one: &Frame, other: &Frame) -> bool {
        (one.x - other.x).abs() * 2 < one.width + other.width
            && (one.y - other.y).abs() * 2 < one.height + other.height
    }

    #[test]
    fn nothing_stands_on_anything_and_all_is_in_the_picture() {
        let layout = layout(&tests::order());
        let picture = Frame {
            x: layout.width / 2,
            y: layout.height / 2,
            width: layout.width + 1,
            height: layout.height + 1,
        };
        assert_eq!(
            layout.nodes.len(),
            11,
            "eight steps, and the end three times"
        );
        for (position, node) in layout.nodes.iter().enumerate() {
            assert!(inside(&node.frame, &picture), "{} is outside", node.id);
            for other in layout.nodes.iter().skip(position + 1) {
                assert!(
                    !overlap(&node.frame, &other.frame),
                    "{} on {}",
                    node.id,
                    other.id
                );
            }
        }
    }

    #[test]
    fn a_group_holds_its_own_steps_and_no_others() {
        let graph = tests::order();
        let layout = layout(&graph);
        let frame = layout.groups[0].frame;
        for placed in &layout.nodes {
            let belongs = graph.node(&placed.node).unwrap().group.is_some();
            assert_eq!(inside(&placed.frame, &frame), belongs, "{}", placed.id);
        }
    }

    #[test]
    fn lines_go_from_border_to_border() {
        let layout = layout(&tests::order());
        assert_eq!(layout.edges.len(), 14, "the start, and two reasons joined");
        assert!(layout.edges.iter().all(|edge| edge.points.len() >= 2));
        let labelled = layout.edges.iter().filter(|edge| edge.label.is_some());
        assert_eq!(labelled.count(), 8);
    }

    #[test]
    fn is_the_same_every_time() {
        assert_eq!(layout(&tests::order()), layout(&tests::order()));
    }
}
