//! The program: the command line or the window, and the exit code.

use std::process::ExitCode;

use melscope::cli::{self, WindowArgs};

fn main() -> ExitCode {
    cli::main(open_window)
}

#[cfg(feature = "gui")]
fn open_window(args: WindowArgs) -> Result<(), String> {
    use melscope::ui::theme::Theme;
    use melscope::ui::{self, Shot, Start, WindowError};

    let WindowArgs { path, file, screenshot, view, size, scale, theme } = args;
    ui::run(Start {
        path,
        file,
        theme: theme.map(|theme| match theme {
            cli::Theme::System => Theme::System,
            cli::Theme::Light => Theme::Light,
            cli::Theme::Dark => Theme::Dark,
        }),
        view: Some(view.name()),
        shot: screenshot.map(|file| Shot { file, size, scale }),
        ..Start::default()
    })
    .map_err(|error| match error {
        WindowError::NoFile(error) | WindowError::Screenshot(error) => cli::with_remedy(&error),
        other @ WindowError::NoWindow(_) => other.to_string(),
    })
}

#[cfg(not(feature = "gui"))]
fn open_window(_args: WindowArgs) -> Result<(), String> {
    Err("this build of the program has no window: `melscope build DIR` builds in the terminal, and `melscope --help` \
         shows what else there is"
        .into())
}
