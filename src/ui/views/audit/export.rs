//! The menu that writes reports: to a path that is typed, or that the system's dialog gives.

use std::path::{Path, PathBuf};

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{PopupCloseBehavior, TextEdit, Ui};

use super::command::{AuditCommand, Format};
use super::model::{Audit, Exported};
use crate::ui::session::command::Command;
use crate::ui::session::folder::Folder;
use crate::ui::theme::Tone;

/// Width of the path in points.
const PATH_WIDTH: f32 = 360.0;

/// The path that reports go to unless another is typed: beside the dataset, without an ending.
pub(super) fn default_path(root: &Path) -> PathBuf {
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    root.parent().unwrap_or(root).join(format!("{name}-audit"))
}

/// Draws the menu.
pub(super) fn menu_ui(ui: &mut Ui, folder: &Folder, audit: &Audit, own: &mut Vec<AuditCommand>) {
    let stays = MenuConfig::default().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (menu, _) = MenuButton::new("Export…").config(stays).ui(ui, |ui| {
        let before =
            audit.report_path.clone().unwrap_or_else(|| default_path(&folder.root).display().to_string());
        let mut path = before.clone();
        let label = ui.label("Where the report goes, without its ending");
        ui.add(TextEdit::singleline(&mut path).desired_width(PATH_WIDTH)).labelled_by(label.id);
        if path != before {
            own.push(AuditCommand::TypeReportPath(path.clone()));
        }
        for format in Format::ALL {
            ui.horizontal(|ui| {
                let to = with_ending(&path, format);
                let save = ui.button(format!("Save {}", format.name()));
                if save.on_hover_text(format!("{}:\n{}", format.help(), to.display())).clicked() {
                    own.push(AuditCommand::Export { format, to, replace: false });
                    ui.close();
                }
                let ask = ui.button(format!("Choose where for {}…", format.name()));
                if ask.on_hover_text("Asks in the system's dialog").clicked() {
                    own.push(AuditCommand::AskReportPath(format));
                    ui.close();
                }
            });
        }
    });
    menu.on_hover_text("Writes what was found into a file");
}

/// `path` with the ending of `format`, unless it has it already.
fn with_ending(path: &str, format: Format) -> PathBuf {
    let path = path.trim();
    let ending = format!(".{}", format.extension());
    if path.to_lowercase().ends_with(&ending) { path.into() } else { format!("{path}{ending}").into() }
}

/// Draws what became of the last report, and what can be done with it.
pub(super) fn exported_ui(
    ui: &mut Ui,
    audit: &Audit,
    own: &mut Vec<AuditCommand>,
    commands: &mut Vec<Command>,
) {
    let Some(exported) = &audit.exported else { return };
    ui.horizontal_wrapped(|ui| match exported {
        Exported::Written(path) => {
            let text = Tone::Good.text(ui, format!("The report is in {}", path.display()));
            ui.label(text);
            if ui.button("Open report").on_hover_text("Opens it in the program for such files").clicked() {
                commands.push(Command::OpenOutside(path.clone()));
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if ui.button("Show in folder").on_hover_text("Opens the folder that it is in").clicked() {
                commands.extend(folder.map(|folder| Command::OpenOutside(folder.to_path_buf())));
            }
        }
        Exported::Exists { format, path } => {
            let text = Tone::Warning.text(ui, format!("There is a file at {} already", path.display()));
            ui.label(text);
            if ui.button("Replace it").on_hover_text("Writes the report in its place").clicked() {
                own.push(AuditCommand::Export { format: *format, to: path.clone(), replace: true });
            }
        }
        Exported::Failed(words) => {
            let text = Tone::Warning.text(ui, words);
            ui.label(text);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_lies_beside_the_dataset_with_one_ending() {
        let path = default_path(Path::new("/sounds/drums"));
        assert_eq!(path, Path::new("/sounds/drums-audit"));
        assert_eq!(with_ending(" /sounds/a ", Format::Csv), Path::new("/sounds/a.csv"));
        assert_eq!(with_ending("/sounds/a.HTML", Format::Html), Path::new("/sounds/a.HTML"));
        assert_eq!(with_ending("/sounds/v1.2", Format::Json), Path::new("/sounds/v1.2.jsonl"));
    }
}
