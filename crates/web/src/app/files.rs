//! The run as files: saved, or read in a window.

use crate::app::capture;
use crate::app::model::{Dialog, Model, Notice, Theme, Viewed};
use crate::app::msg::Effect;
use crate::proto::Question;
use whyeof_render::formats::{self, Name, Written};

/// Asks for a file that is to be kept.
pub(super) fn save(model: &mut Model, id: &str) -> Vec<Effect> {
    model.dialog = None;
    model.writing.viewed = None;
    model.notice = Some(Notice::Writing);
    vec![ask(model, id)]
}

/// Asks for a text that is to be read here.
pub(super) fn view(model: &mut Model, id: &str) -> Vec<Effect> {
    let Some(format) = by_id(id) else {
        return Vec::new();
    };
    model.dialog = Some(Dialog::View);
    model.writing.viewed = Some(Viewed { format, text: None });
    vec![ask(model, id)]
}

/// Asks for the diagram, to draw it as PNG.
pub(super) fn png(model: &mut Model, theme: Theme) -> Vec<Effect> {
    model.dialog = None;
    model.writing.viewed = None;
    model.writing.png = Some(theme);
    model.notice = Some(Notice::Writing);
    vec![ask(model, "svg")]
}

/// The worker has written it.
pub(super) fn written(model: &mut Model, id: &str, written: Written) -> Vec<Effect> {
    let stem = model.preset().map_or("whyeof", |preset| preset.id);
    let Written::Text(text) = written else {
        return keep(model, id, stem, written);
    };
    if let Some(viewed) = &mut model.writing.viewed
        && viewed.format.id == id
    {
        viewed.text = Some(text);
        return Vec::new();
    }
    if let Some(theme) = model.writing.png.take_if(|_| id == "svg") {
        // The file follows its reader's machine; a PNG cannot.
        let fixed = text.replace(
            "color-scheme: light dark",
            &format!("color-scheme: {}", theme.id()),
        );
        let file = format!("{stem}.png");
        model.notice = Some(Notice::Saved(file.clone()));
        return vec![Effect::SavePng(file, fixed)];
    }
    keep(model, id, stem, Written::Text(text))
}

/// Offers a file to keep.
fn keep(model: &mut Model, id: &str, stem: &str, written: Written) -> Vec<Effect> {
    let Some(format) = by_id(id) else {
        return Vec::new();
    };
    let file = format!("{stem}.{}", format.extension);
    model.notice = Some(Notice::Saved(file.clone()));
    vec![Effect::Save(file, format.mime, written)]
}

fn by_id(id: &str) -> Option<Name> {
    formats::NAMES.into_iter().find(|name| name.id == id)
}

fn ask(model: &Model, id: &str) -> Effect {
    if let Some(effect) = capture::export(model, id) {
        return effect;
    }
    Effect::Clerk(Question::Export {
        id: model.ticket,
        scenario: model.scenario.to_json(),
        format: id.to_owned(),
        lang: model.lang.tag().to_owned(),
        base: model.env.base.clone(),
    })
}
