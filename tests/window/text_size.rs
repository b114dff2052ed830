//! No letter that is drawn is too small to read.

use egui::epaint::{ClippedShape, Shape};
use melscope::pipeline::demo::write_demo;
use melscope::ui::theme::{SMALLEST_TEXT, Theme};

use crate::support::{settle, show_view, view_on};

/// Each text among `shapes` with the size of its smallest letters, in points.
fn texts(shapes: &[ClippedShape]) -> Vec<(String, f32)> {
    fn collect(shape: &Shape, texts: &mut Vec<(String, f32)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, texts)),
            Shape::Text(text) => {
                let job = &text.galley.job;
                let sizes = job.sections.iter().map(|section| section.format.font_id.size);
                texts.push((job.text.clone(), sizes.fold(f32::INFINITY, f32::min)));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for shape in shapes {
        collect(&shape.shape, &mut all);
    }
    all
}

#[test]
fn letters_have_eleven_points_at_least_in_every_view() {
    let folder = tempfile::tempdir().unwrap();
    write_demo(folder.path()).unwrap();
    let mut window = view_on("tune", folder.path(), Theme::Dark);
    settle(&mut window);
    for view in ["Tune", "Augment", "Audit", "Build"] {
        show_view(&mut window, view);
        settle(&mut window);
        window.run_steps(2);
        let texts = texts(&window.output().shapes);
        assert!(texts.len() > 20, "{view} has words");
        for (text, size) in texts {
            assert!(size >= SMALLEST_TEXT, "{view}: {text:?} has {size} points");
        }
    }
}
