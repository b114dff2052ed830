//! (picture)
