//! Which places a line drawn around them encloses.

/// True when `place` is inside of the closed line through `corners`: a ray from it crosses the line an odd number of times
/// (M. Shimrat, "Algorithm 112", Communications of the ACM 5, 1962).
pub(in crate::ui::views::audit) fn encloses(corners: &[[f32; 2]], place: [f32; 2]) -> bool {
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let crosses = |(a, b): &(&[f32; 2], &[f32; 2])| {
        (a[1] > place[1]) != (b[1] > place[1])
            && place[0] < a[0] + (place[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    };
    edges.filter(crosses).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_is_inside_also_of_a_line_that_bends_inwards() {
        let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        assert!(
            encloses(&square, [0.5, 0.5])
                && !encloses(&square, [1.5, 0.5])
                && !encloses(&square, [0.5, -0.1])
        );
        let bent = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.2], [0.0, 1.0]];
        assert!(!encloses(&bent, [0.5, 0.6]) && encloses(&bent, [0.1, 0.6]) && encloses(&bent, [0.9, 0.6]));
        assert!(!encloses(&[], [0.0, 0.0]) && !encloses(&[[0.0, 0.0], [1.0, 1.0]], [0.5, 0.4]));
    }
}
