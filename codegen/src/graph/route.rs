//! Where lines leave a step and arrive at one: at the bottom and the top, upright, each at a point of its own.
//!
//! The layout aims lines at the middle of a step, so that flat ones would run over its neighbours.

use std::collections::BTreeMap;

use super::place::{Frame, Point};

/// How far a line runs upright before it turns.
const STUB: i64 = 10;
/// How near to a corner of a step a line may leave or arrive.
const FROM_CORNER: i64 = 16;
/// How near to each other two lines may.
const APART: i64 = 14;

/// A line as the layout placed it.
pub struct Line {
    /// From the border of one step to the border of another, with the points between.
    pub placed: Vec<Point>,
    /// The step it leaves.
    pub from: Frame,
    /// The step it goes to.
    pub to: Frame,
}

/// One end of a line at a border.
struct Landing {
    line: usize,
    arrives: bool,
    frame: Frame,
    /// The nearest inner point of the line.
    facing: Point,
    x: i64,
}

/// The ways of the lines, in the same order.
pub fn ways(lines: &[Line]) -> Vec<Vec<Point>> {
    // By the step and whether it is the upper border: steps do not overlap, so a centre is a step.
    let mut borders: BTreeMap<(i64, i64, bool), Vec<Landing>> = BTreeMap::new();
    for (number, line) in lines.iter().enumerate() {
        let [_, inner @ .., _] = line.placed.as_slice() else {
            continue;
        };
        let (Some(first), Some(last)) = (inner.first(), inner.last()) else {
            continue;
        };
        // A line back to its own step turns at the side, where the layout made room.
        if line.from == line.to {
            continue;
        }
        for (arrives, frame, facing) in [(false, line.from, *first), (true, line.to, *last)] {
            let border = (frame.x, frame.y, facing.y < frame.y);
            borders.entry(border).or_default().push(Landing {
                line: number,
                arrives,
                frame,
                facing,
                x: facing.x,
            });
        }
    }
    let mut ways: Vec<Vec<Point>> = lines.iter().map(|line| line.placed.clone()).collect();
    for (_, mut landings) in borders {
        spread(&mut landings);
        for landing in &landings {
            if let Some(way) = ways.get_mut(landing.line) {
                land(way, landing);
            }
        }
    }
    ways
}

/// Straight above or below what each line faces, as far as the border reaches and its neighbours leave room.
fn spread(landings: &mut [Landing]) {
    landings.sort_by_key(|landing| (landing.facing.x, landing.line, landing.arrives));
    let Some(frame) = landings.first().map(|landing| landing.frame) else {
        return;
    };
    let reach = (frame.width / 2 - FROM_CORNER).max(0);
    let (left, right) = (frame.x - reach, frame.x + reach);
    let gaps = i64::try_from(landings.len()).unwrap_or(1).saturating_sub(1);
    let apart = if gaps == 0 {
        0
    } else {
        APART.min((right - left) / gaps)
    };
    let mut least = left;
    for landing in landings.iter_mut() {
        landing.x = landing.facing.x.clamp(left, right).max(least);
        least = landing.x + apart;
    }
    let mut most = right;
    for landing in landings.iter_mut().rev() {
        landing.x = landing.x.min(most);
        most = landing.x - apart;
    }
}

/// Replaces the end of a way by an upright one at the landing's place.
fn land(way: &mut Vec<Point>, landing: &Landing) {
    let up = landing.facing.y < landing.frame.y;
    let side = if up { -1 } else { 1 };
    let border = Point {
        x: landing.x,
        y: landing.frame.y + side * landing.frame.height / 2,
    };
    let stub = Point {
        x: landing.x,
        y: border.y + side * STUB,
    };
    if landing.arrives {
        way.pop();
        way.extend([stub, border]);
    } else {
        way.splice(..1, [border, stub]);
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Line, Point, ways};

    const ABOVE: Frame = Frame {
        x: 100,
        y: 20,
        width: 100,
        height: 40,
    };
    const BELOW: Frame = Frame {
        x: 300,
        y: 220,
        width: 100,
        height: 40,
    };

    type Way = &'static [(i64, i64)];

    fn points(of: Way) -> Vec<Point> {
        of.iter().map(|&(x, y)| Point { x, y }).collect()
    }

    #[track_caller]
    fn check(lines: &[(Frame, Frame, Way)], expected: &[Way]) {
        let lines: Vec<Line> = lines
            .iter()
            .map(|&(from, to, placed)| Line {
                placed: points(placed),
                from,
                to,
            })
            .collect();
        let expected: Vec<Vec<Point>> = expected.iter().map(|way| points(way)).collect();
        assert_eq!(ways(&lines), expected);
    }

    #[test]
    fn leaves_below_and_arrives_above() {
        check(
            &[(ABOVE, BELOW, &[(110, 40), (300, 120), (299, 200)])],
            &[&[(134, 40), (134, 50), (300, 120), (300, 190), (300, 200)]],
        );
    }

    #[test]
    fn goes_back_up_the_other_way() {
        check(
            &[(BELOW, ABOVE, &[(299, 200), (100, 120), (100, 40)])],
            &[&[(266, 200), (266, 190), (100, 120), (100, 50), (100, 40)]],
        );
    }

    #[test]
    fn lines_side_by_side_keep_apart_and_do_not_cross() {
        check(
            &[
                (ABOVE, BELOW, &[(100, 40), (500, 120), (299, 200)]),
                (ABOVE, BELOW, &[(100, 40), (400, 120), (299, 200)]),
            ],
            &[
                &[(134, 40), (134, 50), (500, 120), (334, 190), (334, 200)],
                &[(120, 40), (120, 50), (400, 120), (320, 190), (320, 200)],
            ],
        );
    }

    #[test]
    fn a_line_to_its_own_step_stays_as_it_was_placed() {
        let own: Way = &[(150, 10), (170, 20), (150, 30)];
        check(&[(ABOVE, ABOVE, own)], &[own]);
    }
}
