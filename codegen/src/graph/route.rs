//! Where a line leaves a step and where it arrives: at the bottom and the top, upright, spread along the border.
//!
//! The layout aims lines at the middle of a step, so that flat ones would run over its neighbours.

use super::place::{Frame, Point};

/// How far a line runs upright before it turns.
const STUB: i64 = 10;
/// How near to a corner of a step a line may leave or arrive.
const FROM_CORNER: i64 = 16;

/// The way of a line whose inner points the layout gave, from the border of one step to the border of another.
pub fn way(placed: &[Point], from: Frame, to: Frame) -> Vec<Point> {
    let [_, inner @ .., _] = placed else {
        return placed.to_vec();
    };
    let (Some(first), Some(last)) = (inner.first(), inner.last()) else {
        return placed.to_vec();
    };
    if from == to {
        // A line back to its own step turns at the side, where the layout made room.
        return placed.to_vec();
    }
    let leaves = border(from, *first);
    let arrives = border(to, *last);
    let mut way = vec![leaves, stub(leaves, from)];
    way.extend_from_slice(inner);
    way.extend([stub(arrives, to), arrives]);
    way.dedup();
    way
}

/// The point of the upper or lower border that faces `other`: straight above or below it where that is well inside the
/// border, else the nearer to the corner the farther out `other` is, so that no two lines share a point.
fn border(frame: Frame, other: Point) -> Point {
    let half = (frame.width / 2 - FROM_CORNER).max(2);
    let straight = half * 2 / 3;
    let aside = other.x - frame.x;
    let beyond = (aside.abs() - straight).max(0);
    let offset = aside.abs().min(straight) + (half - straight) * beyond / (beyond + half);
    let half_height = frame.height / 2;
    let y = if other.y > frame.y {
        frame.y + half_height
    } else {
        frame.y - half_height
    };
    Point {
        x: frame.x + offset * aside.signum(),
        y,
    }
}

fn stub(border: Point, frame: Frame) -> Point {
    let out = if border.y > frame.y { STUB } else { -STUB };
    Point {
        x: border.x,
        y: border.y + out,
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Point, way};

    const FROM: Frame = Frame {
        x: 100,
        y: 20,
        width: 100,
        height: 40,
    };
    const TO: Frame = Frame {
        x: 300,
        y: 220,
        width: 100,
        height: 40,
    };

    fn point((x, y): (i64, i64)) -> Point {
        Point { x, y }
    }

    #[track_caller]
    fn check(from: Frame, to: Frame, placed: &[(i64, i64)], expected: &[(i64, i64)]) {
        let placed: Vec<Point> = placed.iter().copied().map(point).collect();
        let expected: Vec<Point> = expected.iter().copied().map(point).collect();
        assert_eq!(way(&placed, from, to), expected);
    }

    #[test]
    fn leaves_below_and_arrives_above() {
        check(
            FROM,
            TO,
            &[(110, 40), (300, 120), (299, 200)],
            &[(132, 40), (132, 50), (300, 120), (300, 190), (300, 200)],
        );
    }

    #[test]
    fn goes_back_up_the_other_way() {
        check(
            TO,
            FROM,
            &[(299, 200), (100, 120), (100, 40)],
            &[(268, 200), (268, 190), (100, 120), (100, 50), (100, 40)],
        );
    }

    #[test]
    fn a_line_to_its_own_step_stays_as_it_was_placed() {
        let own = [(150, 10), (170, 20), (150, 30)];
        check(FROM, FROM, &own, &own);
    }
}
