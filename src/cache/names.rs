//! The names of files in a cache: of tensors, staged and finished, and of the folder in which they are staged.

/// The folder inside the cache in which the next cache is made.
pub const STAGING: &str = ".building";

/// The place in the dataset of what a tensor is made from, known before the number that the tensor gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorKey {
    /// Number of the source in the dataset's order.
    pub source: u32,
    /// Number of the chunk in the source.
    pub chunk: u32,
    /// 0 for the original, then the augmented variants.
    pub variant: u32,
}

impl TensorKey {
    /// The name of the tensor's file while it is staged.
    pub fn file_name(self) -> String {
        format!("s{:06}-c{:06}-v{:02}.pt", self.source, self.chunk, self.variant)
    }

    /// The key of a staged file; `None` for a name that [`TensorKey::file_name`] never gives.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let (source, rest) = name.strip_prefix('s')?.split_once("-c")?;
        let (chunk, variant) = rest.strip_suffix(".pt")?.split_once("-v")?;
        let key =
            Self { source: source.parse().ok()?, chunk: chunk.parse().ok()?, variant: variant.parse().ok()? };
        // Printing again settles what parsing forgives: signs and a wrong number of zeros.
        (key.file_name() == name).then_some(key)
    }
}

/// The file name of tensor `number`: six digits, more where they are needed.
pub fn tensor_name(number: u64) -> String {
    format!("{number:06}.pt")
}

/// The number in a tensor's file name; `None` for a name that [`tensor_name`] never gives.
pub(super) fn tensor_number(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".pt")?.parse().ok()?;
    (tensor_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_given_are_recognised() {
        let key = TensorKey { source: 3, chunk: 1_234_567, variant: 10 };
        assert_eq!(key.file_name(), "s000003-c1234567-v10.pt");
        assert_eq!(TensorKey::from_name("s000003-c1234567-v10.pt"), Some(key));
        for foreign in ["s3-c0-v0.pt", "s+00003-c000000-v00.pt", "s000003-c000000-v00.pt.bak", "song.pt"] {
            assert_eq!(TensorKey::from_name(foreign), None, "{foreign}");
        }
        assert_eq!(tensor_number("000012.pt"), Some(12));
        assert_eq!(tensor_number("1000000.pt"), Some(1_000_000));
        for foreign in ["12.pt", "0000012.pt", "+00012.pt", "000012.PT", "best.pt"] {
            assert_eq!(tensor_number(foreign), None, "{foreign}");
        }
    }
}
