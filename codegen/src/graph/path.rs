//! The line of an edge as the `d` of an SVG path, and the arrow head at its end.

use std::fmt::Write as _;

use super::place::Point;

/// How round the corners of lines are, in pixels.
const CORNER_RADIUS: i64 = 16;

/// Straight from point to point with round corners: a curve that cut corners would run over other steps.
pub fn curve(points: &[Point]) -> String {
    let mut way = String::new();
    let Some(first) = points.first() else {
        return way;
    };
    let _ = write!(way, "M{} {}", first.x, first.y);
    for window in points.windows(3) {
        if let [before, corner, after] = window {
            let into = towards(*corner, *before);
            let out = towards(*corner, *after);
            let _ = write!(
                way,
                "L{} {}Q{} {} {} {}",
                into.x, into.y, corner.x, corner.y, out.x, out.y
            );
        }
    }
    if let [_, .., last] = points {
        let _ = write!(way, "L{} {}", last.x, last.y);
    }
    way
}

/// The point at the radius of a round corner from `corner` towards `other`, at most half of the way.
fn towards(corner: Point, other: Point) -> Point {
    let (dx, dy) = (other.x - corner.x, other.y - corner.y);
    let length = (dx * dx + dy * dy).isqrt().max(1);
    let along = CORNER_RADIUS.min(length / 2);
    Point {
        x: corner.x + dx * along / length,
        y: corner.y + dy * along / length,
    }
}

/// The arrow head at the end of a way, as a triangle along its last stretch.
pub fn tip(points: &[Point]) -> String {
    let [.., before, end] = points else {
        return String::new();
    };
    #[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
    let (dx, dy) = ((end.x - before.x) as f64, (end.y - before.y) as f64);
    // Not `hypot`: a square root is the same on every machine, and the file is compared byte by byte.
    let length = (dx * dx + dy * dy).sqrt().max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    #[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
    let (x, y) = (end.x as f64, end.y as f64);
    let corner =
        |along: f64, aside: f64| (x - ux * along - uy * aside, y - uy * along + ux * aside);
    let ((ax, ay), (bx, by)) = (corner(8.0, 4.0), corner(8.0, -4.0));
    format!("M{x:.0} {y:.0}L{ax:.1} {ay:.1}L{bx:.1} {by:.1}Z")
}
