//! Turning a square of numbers on its side in registers, which the compiler does not find by itself.

/// Four rows of four numbers, columns made rows.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "arrays to vector registers and back")]
#[inline(always)]
pub(super) fn transpose(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    use std::arch::x86_64::{__m128, _mm_movehl_ps, _mm_movelh_ps, _mm_unpackhi_ps, _mm_unpacklo_ps};
    // SAFETY: four floats and a vector of four floats have the same size, and every bit pattern is one of each.
    let [a, b, c, d] = unsafe { std::mem::transmute::<[[f32; 4]; 4], [__m128; 4]>(rows) };
    // SAFETY: these instructions are part of SSE, which every x86_64 processor has.
    let columns = unsafe {
        let (ab_left, ab_right) = (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
        let (cd_left, cd_right) = (_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
        [
            _mm_movelh_ps(ab_left, cd_left),
            _mm_movehl_ps(cd_left, ab_left),
            _mm_movelh_ps(ab_right, cd_right),
            _mm_movehl_ps(cd_right, ab_right),
        ]
    };
    // SAFETY: as above, the other way.
    unsafe { std::mem::transmute::<[__m128; 4], [[f32; 4]; 4]>(columns) }
}

/// Four rows of four numbers, columns made rows.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn transpose(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    std::array::from_fn(|column| rows.map(|row| row[column]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_become_rows() {
        let rows: [[f32; 4]; 4] =
            std::array::from_fn(|row| std::array::from_fn(|column| (10 * row + column) as f32));
        let turned = transpose(rows);
        for (row, values) in rows.iter().enumerate() {
            for (column, &value) in values.iter().enumerate() {
                assert_eq!(turned[column][row], value);
            }
        }
    }
}
