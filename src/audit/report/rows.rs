//! The end of a table of the page: how many rows it has at most, and what stands below it.

use maud::{Markup, PreEscaped, html};

/// Rows of a table at most; the CSV has all files. A browser takes seconds for more, and ten thousand stay below 5 MB.
pub(super) const ROWS_MAX: usize = 2_000;

/// Nothing, where a section of the page has nothing to show.
pub(super) fn nothing() -> Markup {
    PreEscaped(String::new())
}

/// What stands below a table of `n` things of which `n_shown` are shown at most.
pub(super) fn more(n: usize, n_shown: usize) -> Markup {
    match n.saturating_sub(n_shown) {
        0 => nothing(),
        n_more => html! { p { "And " (n_more) " more: the CSV report has them all." } },
    }
}
