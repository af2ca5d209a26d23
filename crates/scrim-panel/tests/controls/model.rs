//! The model, what runs it, and how fast it runs.

use std::num::NonZeroUsize;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use scrim_pipeline::{
    BuiltInModel, InferenceDevice, InputSize, Islands, ModelSource, ProviderChoice, Steadying,
    Upsampling,
};

use crate::bench;
use crate::common::{choose, click, click_word, enter, open_section, tall};

#[test]
fn model_choices() {
    let mut harness = tall(bench());
    open_section(&mut harness, "Model");
    choose(&mut harness, "Provider", "OpenVINO");
    choose(&mut harness, "Input size", "Quality");
    choose(&mut harness, "Threads", "1");
    click_word(&mut harness, "Edges", "Plain");
    click_word(&mut harness, "Flicker", "As it comes");
    click_word(&mut harness, "Stray parts", "Kept");
    let settings = harness.state().settings();
    let provider = ProviderChoice::Only(InferenceDevice::OpenVino);
    assert_eq!(settings.matting.provider, provider);
    assert_eq!(settings.matting.size, InputSize::Quality);
    assert_eq!(settings.matting.threads, NonZeroUsize::new(1));
    assert_eq!(settings.upsampling, Upsampling::Bilinear);
    assert_eq!(settings.matting.steadying, Steadying::Off);
    assert_eq!(settings.matting.islands, Islands::Keep);
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
    let quality = ModelSource::BuiltIn(BuiltInModel::Quality);
    assert_eq!(harness.state().settings().matting.model, quality);
    click_word(&mut harness, "Model", "Light");
    let light = ModelSource::BuiltIn(BuiltInModel::Light);
    assert_eq!(harness.state().settings().matting.model, light);
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
