//! The one place that knows which vector instructions the processor has.
//!
//! A [`Kernel`] is a plain loop, written once. [`SimdLevel::run`] compiles it for each level by inlining it into a
//! function that has the level's instructions enabled, and calls the one that this processor can execute.

/// A loop that is compiled once per instruction level.
///
/// `run` and all that it calls must be `#[inline(always)]`: only what is inlined gets the level's instructions.
pub(super) trait Kernel {
    /// The value that the loop returns.
    type Output;

    /// Runs the loop. With `FMA` a fused multiply-add is one instruction; without, it would be a library call.
    fn run<const FMA: bool>(self) -> Self::Output;
}

/// A set of vector instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SimdLevel(Instructions);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instructions {
    /// The instructions that every processor of the target has.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl SimdLevel {
    /// Every level that this processor can execute, the best last. The private field makes this the only source of
    /// levels, which is what [`SimdLevel::run`] relies on.
    pub(super) fn available() -> impl Iterator<Item = Self> {
        let portable = std::iter::once(Self(Instructions::Portable));
        #[cfg(target_arch = "x86_64")]
        let portable = {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
            portable
                .chain(avx2.then_some(Self(Instructions::Avx2)))
                .chain(avx512.then_some(Self(Instructions::Avx512)))
        };
        portable
    }

    /// The best level of this processor.
    pub(super) fn best() -> Self {
        Self::available().last().unwrap_or(Self(Instructions::Portable))
    }

    /// Runs `kernel` with this level's instructions.
    #[expect(unsafe_code, reason = "calling code for instructions that were found at run time")]
    pub(super) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            // Every 64-bit Arm has the fused instruction; other targets may not.
            Instructions::Portable if cfg!(target_arch = "aarch64") => kernel.run::<true>(),
            Instructions::Portable => kernel.run::<false>(),
            // SAFETY: `available` makes this level only after it has found avx2 and fma.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { run_avx2(kernel) },
            // SAFETY: `available` makes this level only after it has found avx2, fma, avx512f and avx512vl.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { run_avx512(kernel) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}
