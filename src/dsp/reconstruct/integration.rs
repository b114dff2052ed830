//! From gradients to phases: the loudest first, each from a neighbour that has one.
//!
//! Phase-gradient heap integration (Průša, Balázs, Søndergaard, 2017): the loudest place without a phase starts with 0; then,
//! always from the loudest place whose neighbours have none, the phase goes on to the frame before and after and to the bin
//! below and above. Between frames it goes by the advance that channel 1 gives, exactly, where it gives one, and by the mean
//! of both places' gradients elsewhere. A peak so carries its neighbours along in whatever frame it begins, as phase
//! locking does (J. Laroche, M. Dolson, "Improved phase vocoder time-scale modification of audio", 1999).
//!
//! Instead of a heap, places wait in buckets of [`NEPERS_PER_BUCKET`]: nothing is sorted, and each place waits once.

use super::gradient::GradientPlan;

/// The width of a bucket: 0.17 dB, far below what magnitudes from mel bands are known to.
const NEPERS_PER_BUCKET: f32 = 0.02;

/// Places fainter than this below the loudest, 1e-10 (200 dB), keep a phase of 0.
const RANGE_NEPERS: f32 = 23.0;

const N_BUCKETS: usize = (RANGE_NEPERS / NEPERS_PER_BUCKET) as usize + 1;
const WORD_BITS: usize = u64::BITS as usize;

/// No place: the end of a list.
const NONE: u32 = u32::MAX;

/// Buffers of one integration, for `[frames, bins]`.
#[derive(Debug, Clone)]
pub(super) struct IntegrationScratch {
    /// Per place its bucket; beyond the last, it is too faint.
    bucket: Vec<u16>,
    is_known: Vec<bool>,
    waiting: Waiting,
    /// All places, the loudest first, and how many are in each bucket.
    order: Vec<u32>,
    counts: Vec<u32>,
}

/// Places that have a phase and whose neighbours may lack one: a list for each bucket.
#[derive(Debug, Clone)]
struct Waiting {
    heads: Vec<u32>,
    next: Vec<u32>,
    /// A bit for each bucket that is not empty.
    filled: Vec<u64>,
}

impl Waiting {
    fn push(&mut self, place: usize, bucket: u16) {
        let bucket = usize::from(bucket);
        self.next[place] = std::mem::replace(&mut self.heads[bucket], place as u32);
        self.filled[bucket / WORD_BITS] |= 1 << (bucket % WORD_BITS);
    }

    /// Takes the loudest.
    fn pop(&mut self) -> Option<usize> {
        let word = self.filled.iter().position(|word| *word != 0)?;
        let bucket = word * WORD_BITS + self.filled[word].trailing_zeros() as usize;
        let place = self.heads[bucket] as usize;
        self.heads[bucket] = self.next[place];
        if self.heads[bucket] == NONE {
            self.filled[word] &= !(1 << (bucket % WORD_BITS));
        }
        Some(place)
    }
}

impl IntegrationScratch {
    pub(super) fn new(n_places: usize) -> Self {
        Self {
            bucket: vec![0; n_places],
            is_known: vec![false; n_places],
            waiting: Waiting {
                heads: vec![NONE; N_BUCKETS],
                next: vec![NONE; n_places],
                filled: vec![0; N_BUCKETS.div_ceil(WORD_BITS)],
            },
            order: vec![0; n_places],
            counts: vec![0; N_BUCKETS + 1],
        }
    }

    /// Puts every place into its bucket, and all in order.
    fn sort(&mut self, log_magnitude: &[f32]) -> usize {
        let loudest = log_magnitude.iter().copied().fold(f32::MIN, f32::max);
        self.counts.fill(0);
        for (bucket, log) in self.bucket.iter_mut().zip(log_magnitude) {
            // A float beyond the range saturates in the cast.
            *bucket = (((loudest - log) / NEPERS_PER_BUCKET) as usize).min(N_BUCKETS) as u16;
            self.counts[usize::from(*bucket)] += 1;
        }
        let mut first = 0;
        for count in &mut self.counts {
            first += std::mem::replace(count, first);
        }
        let n_heard = self.counts[N_BUCKETS] as usize;
        for (place, bucket) in self.bucket.iter().enumerate() {
            let at = &mut self.counts[usize::from(*bucket)];
            self.order[*at as usize] = place as u32;
            *at += 1;
        }
        n_heard
    }
}

/// What is integrated, all `[frames, bins]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// Natural logarithm of the magnitude.
    pub(super) log_magnitude: &'a [f32],
    /// Turns from the frame before to this one; NaN where only the magnitude tells.
    pub(super) advance: Option<&'a [f32]>,
    /// Places whose phase is known, with its turns.
    pub(super) seeds: &'a [(u32, f64)],
}

impl Field<'_> {
    /// Turns to `bin` of `frame` from the frame before.
    pub(super) fn time_step(&self, plan: &GradientPlan, frame: usize, bin: usize) -> f32 {
        let known = self.advance.map_or(f32::NAN, |advance| advance[frame * plan.n_bins() + bin]);
        if known.is_nan() {
            plan.own_turns(bin) + plan.time_step(self.log_magnitude, frame, bin)
        } else {
            known
        }
    }
}

/// Phases on their way.
struct Integration<'a> {
    plan: &'a GradientPlan,
    field: Field<'a>,
    scratch: &'a mut IntegrationScratch,
    turns: &'a mut [f64],
}

/// Writes phases in turns, `[frames, bins]`, for windows around time 0.
pub(super) fn integrate(
    plan: &GradientPlan,
    field: Field<'_>,
    scratch: &mut IntegrationScratch,
    turns: &mut [f64],
) {
    let n_heard = scratch.sort(field.log_magnitude);
    turns.fill(0.0);
    scratch.is_known.fill(false);
    let mut integration = Integration { plan, field, scratch, turns };
    for (place, turns) in field.seeds {
        integration.set(*place as usize, *turns);
    }
    integration.spread();
    for index in 0..n_heard {
        let loudest = integration.scratch.order[index] as usize;
        if !integration.scratch.is_known[loudest] {
            integration.set(loudest, 0.0);
            integration.spread();
        }
    }
}

impl Integration<'_> {
    fn set(&mut self, place: usize, turns: f64) {
        self.turns[place] = turns;
        self.scratch.is_known[place] = true;
        let bucket = self.scratch.bucket[place];
        if usize::from(bucket) < N_BUCKETS {
            self.scratch.waiting.push(place, bucket);
        }
    }

    fn wants(&self, place: usize) -> bool {
        !self.scratch.is_known[place] && usize::from(self.scratch.bucket[place]) < N_BUCKETS
    }

    /// Goes on from all places that wait, and from those reached on the way.
    fn spread(&mut self) {
        let n_bins = self.plan.n_bins();
        while let Some(place) = self.scratch.waiting.pop() {
            let (frame, bin) = (place / n_bins, place % n_bins);
            let turns = self.turns[place];
            if place + n_bins < self.turns.len() && self.wants(place + n_bins) {
                let step = self.field.time_step(self.plan, frame + 1, bin);
                self.set(place + n_bins, turns + f64::from(step));
            }
            if place >= n_bins && self.wants(place - n_bins) {
                let step = self.field.time_step(self.plan, frame, bin);
                self.set(place - n_bins, turns - f64::from(step));
            }
            if bin + 1 < n_bins && self.wants(place + 1) {
                let step = self.plan.frequency_step(self.field.log_magnitude, frame, bin + 1);
                self.set(place + 1, turns + f64::from(step));
            }
            if bin > 0 && self.wants(place - 1) {
                let step = self.plan.frequency_step(self.field.log_magnitude, frame, bin);
                self.set(place - 1, turns - f64::from(step));
            }
        }
    }
}

/// Writes phases that known advances lead to from the first frame, in turns, `[frames, bins]`: sums in f64.
pub(super) fn accumulate(first: &[f64], advance: &[f32], turns: &mut [f64]) {
    let n_bins = first.len();
    turns[..n_bins].copy_from_slice(first);
    for place in n_bins..turns.len() {
        turns[place] = turns[place - n_bins] + f64::from(advance[place]);
    }
}
