//! The number of variants that a dataset of a size usually gets.

/// A number of variants per chunk, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// Variants per chunk.
    pub expansion: u32,
    /// The reason in words.
    pub reason: &'static str,
}

impl Proposal {
    /// The number that distill's own presets would choose for a dataset of `n_files`: the smaller it is, the more variants.
    pub fn for_files(n_files: u64) -> Self {
        let (expansion, reason) = match n_files {
            0..50 => (15, "with fewer than 50 files a model soon knows each by heart"),
            50..200 => (10, "with fewer than 200 files variety is still scarce"),
            _ => (5, "200 files and more bring much variety of their own"),
        };
        Self { expansion, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_files_get_more_variants() {
        let expansion = |n_files| Proposal::for_files(n_files).expansion;
        assert_eq!([0, 49, 50, 199, 200, 100_000].map(expansion), [15, 15, 10, 10, 5, 5]);
    }
}
