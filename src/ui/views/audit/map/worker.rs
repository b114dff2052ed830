//! The making of a map in the background: its progress is looked at once a frame, and it is never waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::model::{MapModel, MapProgress, PreparedMap};
use crate::audit::{AuditReport, TimbreMap};
use crate::error::Result;
use crate::jobs::Background;
use crate::monitor::{Monitor, Stage};
use crate::ui::remedy::with_remedy;
use crate::workers;

/// The thread that makes the map of the last report.
#[derive(Debug, Default)]
pub(in crate::ui::views::audit) struct MapWorker {
    making: Option<(Background<Result<PreparedMap>>, Arc<MapMonitor>)>,
}

/// Counts what is done, and passes on that it is to end.
#[derive(Debug, Default)]
struct MapMonitor {
    done: AtomicU64,
    total: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Monitor for MapMonitor {
    fn begin(&self, _stage: Stage, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    fn advance(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    fn warning(&self, message: &str) {
        log::warn!("{message}");
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

impl MapWorker {
    /// True while a map is being made.
    pub(in crate::ui::views::audit) fn is_busy(&self) -> bool {
        self.making.is_some()
    }

    /// Ends what runs; nobody wants its answer.
    pub(in crate::ui::views::audit) fn stop(&mut self) {
        if let Some((_, monitor)) = self.making.take() {
            monitor.is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Begins the map of `report`, in the place of any other.
    pub(in crate::ui::views::audit) fn start(&mut self, report: &Arc<AuditReport>, model: &mut MapModel) {
        self.stop();
        model.forget();
        let monitor = Arc::new(MapMonitor::default());
        let (report, told) = (Arc::clone(report), Arc::clone(&monitor));
        let make = move || {
            let map = TimbreMap::new(&report, workers::beside_window(), &*told)?;
            Ok(PreparedMap::new(map, &report))
        };
        match Background::start("audit-map", make) {
            Ok(making) => {
                self.making = Some((making, monitor));
                model.progress = MapProgress::Making(0.0);
            }
            Err(error) => model.progress = MapProgress::Failed(with_remedy(&error)),
        }
    }

    /// Takes what has come into `model`.
    pub(in crate::ui::views::audit) fn drain(&mut self, model: &mut MapModel) {
        let Some((making, monitor)) = &self.making else { return };
        match making.poll().map(|made| made.and_then(|made| made)) {
            None => {
                let [done, total] = [&monitor.done, &monitor.total].map(|n| n.load(Ordering::Relaxed));
                model.progress = MapProgress::Making(done as f32 / total.max(1) as f32);
                return;
            }
            Some(Ok(prepared)) => {
                model.prepared = Some(prepared);
                model.progress = MapProgress::Done;
            }
            Some(Err(error)) => model.progress = MapProgress::Failed(with_remedy(&error)),
        }
        self.making = None;
    }
}
