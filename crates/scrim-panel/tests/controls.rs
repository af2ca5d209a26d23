//! Every control changes the settings that it says it changes, and nothing else.

mod common;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use common::{Bench, choose, click, click_word, enter, facts, open_section, settings, tall, word};
use egui::Key;
use egui::accesskit::{Role, Toggled};
use egui_kittest::kittest::{NodeT, Queryable};
use scrim_panel::{Chosen, PanelEvent};
use scrim_pipeline::frame::Size;
use scrim_pipeline::output::VideoCodec;
use scrim_pipeline::{
    BackgroundSpec, CameraBackend, CameraRequest, Deliver, Fit, InferenceDevice, InputSize,
    ModelSource, OutputSpec, OutputStatus, Pace, Playback, PreviewView, ProviderChoice, Rgb,
    SourceSpec, StageState, Upsampling,
};

fn bench() -> Bench {
    Bench::new(settings(), facts())
}

fn camera(id: Option<&str>, size: Option<(u32, u32)>, rate: Option<f32>) -> SourceSpec {
    SourceSpec::Camera {
        id: id.map(Into::into),
        backend: CameraBackend::Native,
        request: CameraRequest {
            size: size.map(|(w, h)| Size::new(w, h).expect("a size")),
            rate,
        },
    }
}

#[test]
fn nothing_is_asked_for_until_something_is_changed() {
    let mut harness = tall(bench());
    harness.run_steps(8);
    assert_eq!(harness.state().events, []);
}

#[test]
fn a_change_is_applied_once_and_remembered_when_it_has_settled() {
    let mut harness = tall(bench());
    click(&mut harness, Role::CheckBox, "Mirror");
    let mut wanted = settings();
    wanted.mirror = true;
    assert_eq!(harness.state().events, [PanelEvent::Apply(wanted.clone())]);
    harness.run_steps(8);
    let events = &harness.state().events;
    assert_eq!(events[1..], [PanelEvent::Remember(wanted)]);
}

#[test]
fn source_kinds() {
    let mut harness = tall(bench());
    click_word(&mut harness, "Source", "Sample");
    assert_eq!(harness.state().settings().source, SourceSpec::Sample);
    click_word(&mut harness, "Source", "Pattern");
    let source = &harness.state().settings().source;
    assert!(matches!(source, SourceSpec::Pattern { .. }));
    // A file that is yet to be named changes nothing.
    let before = harness.state().settings().clone();
    click_word(&mut harness, "Source", "File");
    assert_eq!(harness.state().settings(), &before);
    click_word(&mut harness, "Source", "Camera");
    assert_eq!(harness.state().settings().source, camera(None, None, None));
}

#[test]
fn camera_size_and_rate() {
    let mut harness = tall(bench());
    choose(&mut harness, "Camera", "Capture Card");
    choose(&mut harness, "Size", "1920×1080");
    choose(&mut harness, "Rate", "15 fps");
    let wanted = camera(Some("/dev/video2"), Some((1920, 1080)), Some(15.0));
    assert_eq!(harness.state().settings().source, wanted);
    // What was asked of the camera comes back with it.
    click_word(&mut harness, "Source", "Sample");
    click_word(&mut harness, "Source", "Camera");
    assert_eq!(harness.state().settings().source, wanted);
    click(&mut harness, Role::Button, "Look for cameras again");
    let last = harness.state().events.last();
    assert_eq!(last, Some(&PanelEvent::RefreshDevices));
}

#[test]
fn a_source_file_by_path() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("clip.mp4");
    std::fs::write(&clip, b"what is inside is the source's affair").unwrap();
    let mut harness = tall(bench());
    click_word(&mut harness, "Source", "File");
    enter(&mut harness, "Source file", clip.to_str().unwrap());
    let file = |playback| SourceSpec::File {
        path: clip.clone(),
        playback,
        pace: Pace::RealTime,
    };
    assert_eq!(harness.state().settings().source, file(Playback::Loop));
    click(&mut harness, Role::CheckBox, "Play again from the start");
    assert_eq!(harness.state().settings().source, file(Playback::Once));
}

#[test]
fn a_path_with_nothing_there_is_complained_about_and_not_applied() {
    let mut harness = tall(bench());
    click_word(&mut harness, "Source", "File");
    enter(&mut harness, "Source file", "/no/such/clip.mp4");
    harness.get_by_label_contains("/no/such/clip.mp4 cannot be opened");
    assert_eq!(harness.state().applied(), None);
    enter(&mut harness, "Source file", "/");
    harness.get_by_label_contains("is a folder");
    assert_eq!(harness.state().applied(), None);
}

#[test]
fn a_file_from_the_dialog() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, b"x").unwrap();
    let bench = Bench::with_chooser(settings(), facts(), Chosen::File(photo.clone()));
    let mut harness = tall(bench);
    click(&mut harness, Role::RadioButton, "Own file");
    click(&mut harness, Role::Button, "Choose background file");
    wait_until(&mut harness, |bench| bench.applied().is_some());
    let wanted = BackgroundSpec::File(photo);
    assert_eq!(harness.state().settings().background, wanted);
}

#[test]
fn without_a_file_dialog_the_reason_is_shown_and_the_path_can_be_typed() {
    let answer = Chosen::Unavailable("no portal".into());
    let mut harness = tall(Bench::with_chooser(settings(), facts(), answer));
    click(&mut harness, Role::RadioButton, "Own file");
    click(&mut harness, Role::Button, "Choose background file");
    for _ in 0..400 {
        harness.run();
        if harness.query_by_label_contains("no portal").is_some() {
            break;
        }
        pause();
    }
    harness.get_by_label_contains("Type the path here and press Enter");
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, b"x").unwrap();
    enter(&mut harness, "Background file", photo.to_str().unwrap());
    let wanted = BackgroundSpec::File(photo);
    assert_eq!(harness.state().settings().background, wanted);
}

#[test]
fn background_tiles() {
    let mut harness = tall(bench());
    let background = |harness: &mut _, tile: &str| {
        click(harness, Role::RadioButton, tile);
        let node = harness.get_by_role_and_label(Role::RadioButton, tile);
        assert_eq!(
            node.accesskit_node().toggled(),
            Some(Toggled::True),
            "{tile}"
        );
        harness.state().settings().background.clone()
    };
    assert_eq!(
        background(&mut harness, "Evening"),
        facts().backgrounds[2].spec
    );
    assert!(matches!(
        background(&mut harness, "Blur"),
        BackgroundSpec::Blur(_)
    ));
    assert!(matches!(
        background(&mut harness, "Gradient"),
        BackgroundSpec::Gradient(..)
    ));
    assert_eq!(
        background(&mut harness, "Transparent"),
        BackgroundSpec::Transparent
    );
    assert!(matches!(
        background(&mut harness, "Colour"),
        BackgroundSpec::Color(_)
    ));
    let evening = harness.get_by_role_and_label(Role::RadioButton, "Evening");
    assert_eq!(evening.accesskit_node().toggled(), Some(Toggled::False));
}

#[test]
fn background_details() {
    let mut harness = tall(bench());
    click(&mut harness, Role::RadioButton, "Colour");
    enter(&mut harness, "Colour as #rrggbb", "#123456");
    let color = BackgroundSpec::Color(Rgb(0x12, 0x34, 0x56));
    assert_eq!(harness.state().settings().background, color);
    // Something that is no colour changes nothing.
    enter(&mut harness, "Colour as #rrggbb", "blue");
    assert_eq!(harness.state().settings().background, color);

    click(&mut harness, Role::RadioButton, "Gradient");
    enter(&mut harness, "Top as #rrggbb", "#ffffff");
    enter(&mut harness, "Bottom as #rrggbb", "#000000");
    let gradient = BackgroundSpec::Gradient(Rgb(255, 255, 255), Rgb(0, 0, 0));
    assert_eq!(harness.state().settings().background, gradient);

    click(&mut harness, Role::RadioButton, "Blur");
    harness
        .get_by_role_and_label(Role::Slider, "Strength")
        .set_value_accesskit(80.0);
    harness.run();
    assert_eq!(
        harness.state().settings().background,
        BackgroundSpec::Blur(0.8)
    );

    click(&mut harness, Role::RadioButton, "Study");
    click_word(&mut harness, "Fit", "Tile");
    assert_eq!(harness.state().settings().fit, Fit::Tile);
}

#[test]
fn the_key_b_blurs_and_goes_back() {
    let mut harness = tall(bench());
    click(&mut harness, Role::RadioButton, "Meadow");
    harness.key_press(Key::B);
    harness.run();
    assert!(matches!(
        harness.state().settings().background,
        BackgroundSpec::Blur(_)
    ));
    harness.key_press(Key::B);
    harness.run();
    assert_eq!(
        harness.state().settings().background,
        facts().backgrounds[1].spec
    );
}

#[test]
fn views_by_click_and_by_key() {
    let views = [
        ("Composite", Key::Num1, PreviewView::Composite),
        ("Matte", Key::Num2, PreviewView::Matte),
        ("Source", Key::Num3, PreviewView::Source),
        ("Split", Key::Num4, PreviewView::Split(0.5)),
    ];
    let mut harness = tall(bench());
    for (label, _, view) in views.iter().rev() {
        click_word(&mut harness, "View", label);
        assert_eq!(harness.state().settings().view, *view);
    }
    for (_, key, view) in views {
        harness.key_press(key);
        harness.run();
        assert_eq!(harness.state().settings().view, view);
    }
    let chosen = word(&harness, "View", "Split").accesskit_node().toggled();
    assert_eq!(chosen, Some(Toggled::True));
    harness.key_press(Key::M);
    harness.run();
    assert!(harness.state().settings().mirror);
}

#[test]
fn keys_typed_into_a_field_do_nothing_else() {
    let mut harness = tall(bench());
    enter(&mut harness, "Recording file", "1234mb.mp4");
    assert_eq!(harness.state().applied(), None);
}

#[test]
fn model_choices() {
    let mut harness = tall(bench());
    open_section(&mut harness, "Model");
    choose(&mut harness, "Provider", "OpenVINO");
    choose(&mut harness, "Input size", "Quality");
    choose(&mut harness, "Threads", "1");
    click_word(&mut harness, "Edges", "Plain");
    let settings = harness.state().settings();
    let provider = ProviderChoice::Only(InferenceDevice::OpenVino);
    assert_eq!(settings.matting.provider, provider);
    assert_eq!(settings.matting.size, InputSize::Quality);
    assert_eq!(settings.matting.threads, NonZeroUsize::new(1));
    assert_eq!(settings.upsampling, Upsampling::Bilinear);
}

#[test]
fn an_own_model_and_an_own_input_size() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("own.onnx");
    std::fs::write(&model, b"x").unwrap();
    let mut harness = tall(bench());
    open_section(&mut harness, "Model");
    click_word(&mut harness, "Model", "ONNX file");
    assert_eq!(harness.state().applied(), None);
    enter(&mut harness, "Model file", model.to_str().unwrap());
    let matting = harness.state().settings().matting.clone();
    assert_eq!(matting.model, ModelSource::File(model));
    click_word(&mut harness, "Model", "Built-in");
    assert_eq!(
        harness.state().settings().matting.model,
        ModelSource::BuiltIn
    );
    choose(&mut harness, "Input size", "Own");
    assert_eq!(
        harness.state().settings().matting.size,
        InputSize::ShortSide(384)
    );
}

#[test]
fn a_provider_that_is_not_here_cannot_be_chosen_and_says_why() {
    let mut harness = tall(bench());
    open_section(&mut harness, "Model");
    click(&mut harness, Role::ComboBox, "Provider");
    let cuda = harness.get_by_role_and_label(Role::Button, "CUDA");
    assert!(cuda.accesskit_node().is_disabled());
    harness.key_press(Key::Escape);
    harness.run();
    click(
        &mut harness,
        Role::DisclosureTriangle,
        "Not used, and why (2)",
    );
    harness.get_by_label("TensorRT");
    harness.get_by_label("libnvinfer.so.10: cannot open shared object file");
    harness.get_by_label("libcudart.so.13 was not found on this machine");
}

#[test]
fn what_runs_is_shown() {
    let mut harness = tall(bench());
    open_section(&mut harness, "Model");
    for text in [
        "modnet-scrim",
        "OpenVINO",
        "212 OpenVINO, 3 CPU",
        "448×256 px",
        "ONNX Runtime 1.24.4",
        "812 ms",
        "96 ms",
    ] {
        harness.get_by_label(text);
    }
    harness.state_mut().status.loading = true;
    harness.run();
    harness.get_by_label("Another model is being loaded; this one keeps working.");
}

#[test]
fn recording_starts_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("talk.mp4");
    let mut harness = tall(bench());
    harness.get_by_label("No output is on: nothing leaves this window.");
    enter(&mut harness, "Recording file", clip.to_str().unwrap());
    click(&mut harness, Role::Button, "Start recording");
    let spec = OutputSpec::Video {
        path: clip.clone(),
        codec: VideoCodec::H264,
    };
    let outputs = &harness.state().settings().outputs;
    assert_eq!(outputs, std::slice::from_ref(&spec));
    harness.state_mut().status.outputs.push(OutputStatus {
        spec,
        state: StageState::Running,
        written: 90,
    });
    harness.run();
    harness.get_by_label("recording: 90 pictures written");
    // The pipeline completes the file; the next recording must not go to the same name.
    std::fs::write(&clip, b"x").unwrap();
    click(&mut harness, Role::Button, "Stop recording");
    assert_eq!(harness.state().settings().outputs, []);
    harness.get_by_label_contains("Stopped after 90 pictures");
    let next = harness.get_by_label("Recording file").value();
    assert_eq!(
        next,
        Some(folder.path().join("talk-2.mp4").display().to_string())
    );
}

#[test]
fn recording_over_a_file_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("talk.webm");
    std::fs::write(&clip, b"dear to someone").unwrap();
    let mut harness = tall(bench());
    enter(&mut harness, "Recording file", clip.to_str().unwrap());
    click(&mut harness, Role::Button, "Start recording");
    assert_eq!(harness.state().applied(), None);
    click(&mut harness, Role::Button, "Take a free name");
    click(&mut harness, Role::Button, "Start recording");
    let path = folder.path().join("talk-2.webm");
    let codec = VideoCodec::Vp9;
    assert_eq!(
        harness.state().settings().outputs,
        [OutputSpec::Video { path, codec }]
    );
}

#[test]
fn a_recording_that_cannot_be_named_says_what_can() {
    let mut harness = tall(bench());
    for (wrong, complaint) in [
        ("talk.txt", "names no output"),
        ("null", "such as scrim.mp4"),
        ("", "Name a file"),
    ] {
        enter(&mut harness, "Recording file", wrong);
        click(&mut harness, Role::Button, "Start recording");
        assert_eq!(harness.state().applied(), None, "{wrong}");
        harness.get_by_label_contains(complaint);
    }
}

#[test]
fn outputs_can_be_given_the_matte() {
    let mut harness = tall(bench());
    click_word(&mut harness, "Give out", "Matte");
    assert_eq!(harness.state().settings().deliver, Deliver::Matte);
}

#[test]
fn figures_are_shown_with_units() {
    let mut harness = tall(bench());
    open_section(&mut harness, "Figures");
    for text in [
        "30.0 fps", "21.4 fps", "44.2 ms", "52.9 ms", "71.0 ms", "3.1 ms", "120 ms", "1411",
    ] {
        harness.get_by_label(text);
    }
    harness.get_by_label("llvmpipe (LLVM 15.0.6, 256 bits) (vulkan)");
    harness.get_by_label_contains("Drawn by the CPU");
    harness.get_by_label_contains("Exposure and transport inside the camera");
}

#[test]
fn settings_from_outside_are_followed_in_silence() {
    let mut harness = tall(bench());
    let mut other = settings();
    other.background = BackgroundSpec::File(PathBuf::from("/home/me/beach.jpg"));
    other.view = PreviewView::Split(0.25);
    harness.state_mut().panel.set_settings(other.clone());
    harness.run();
    assert_eq!(harness.state().applied(), None);
    assert_eq!(harness.state().settings(), &other);
    let field = harness.get_by_label("Background file").value();
    assert_eq!(field.as_deref(), Some("/home/me/beach.jpg"));
}

fn wait_until(harness: &mut egui_kittest::Harness<'static, Bench>, done: impl Fn(&Bench) -> bool) {
    for _ in 0..400 {
        harness.run();
        if done(harness.state()) {
            return;
        }
        pause();
    }
    panic!("it did not happen within two seconds");
}

/// Lets the dialog's thread run.
fn pause() {
    let (_keep, never) = std::sync::mpsc::sync_channel::<()>(0);
    let _ = never.recv_timeout(std::time::Duration::from_millis(5));
}
