//! (workers)
