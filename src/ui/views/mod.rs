//! The views: a folder each, with the model, the commands, the background work and the drawing of one tab.
//!
//! A new view is a folder here, and two lines in this file: its module, and its place among the tabs.

pub mod audit;
pub mod augment;
pub mod build;
pub mod hear;
pub mod tune;

use super::view::AnyView;

/// Every view, in the order of the tabs.
pub(super) fn all() -> Vec<Box<dyn AnyView>> {
    vec![
        Box::<tune::TuneView>::default(),
        Box::<hear::HearView>::default(),
        Box::<augment::AugmentView>::default(),
        Box::<audit::AuditView>::default(),
        Box::<build::BuildView>::default(),
    ]
}
