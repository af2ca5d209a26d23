//! The whole way from a frame to a matte, with the real library and real models. Needs ONNX Runtime: run
//! `cargo xtask setup` once.

mod common;

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use scrim_frame::{Frame, MattedFrame, PixelBuffer, PixelFormat, PixelLayout, Size, YuvEncoding};
use scrim_matting::{
    BuiltInModel, InferenceDevice, InputSize, Islands, LoadReport, Matting, MattingError,
    MattingOptions, ModelSource, ProviderChoice, load, runtime,
};

fn started(options: &MattingOptions) -> (Box<dyn Matting>, LoadReport) {
    load(options, 3).unwrap_or_else(|error| panic!("{error}\n{}", error.try_this()))
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn with_model(path: impl Into<PathBuf>) -> MattingOptions {
    MattingOptions {
        model: ModelSource::File(path.into()),
        // What the models of these tests give is no person.
        islands: Islands::Keep,
        ..MattingOptions::default()
    }
}

fn reference_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/reference")
}

fn figure() -> Frame {
    let picture = image::open(reference_folder().join("figure.png"))
        .expect("the reference picture")
        .to_rgb8();
    let size = Size::new(picture.width(), picture.height()).expect("a size");
    let layout = PixelLayout::packed(PixelFormat::Rgb8, size);
    let buffer = PixelBuffer::new(layout, picture.into_raw()).expect("packed pixels");
    Frame::new(buffer, Instant::now())
}

#[test]
fn the_mattes_are_what_plain_python_computes() {
    let text = fs::read_to_string(reference_folder().join("figure.json")).unwrap();
    let numbers: serde_json::Value = serde_json::from_str(&text).unwrap();
    let block = numbers["block"].as_u64().unwrap() as usize;
    for (model, tolerance) in [
        (BuiltInModel::Quality, 1e-3),
        // int8: from one version of the runtime to the next its kernels round otherwise.
        (BuiltInModel::Light, 1e-2),
    ] {
        let model = ModelSource::BuiltIn(model);
        let expected = &numbers["models"][model.to_string()];
        let blocks: Vec<Vec<f64>> =
            serde_json::from_value(expected["block_means"].clone()).unwrap();
        let options = MattingOptions {
            model: model.clone(),
            islands: Islands::Keep,
            ..MattingOptions::default()
        };
        let (mut matting, _) = started(&options);
        let matte = matting.estimate(&figure()).unwrap();
        let size = serde_json::json!([matte.size().width(), matte.size().height()]);
        assert_eq!(numbers["size"], size);
        let width = matte.size().width() as usize;
        let mut difference = 0.0;
        for (by, row) in blocks.iter().enumerate() {
            for (bx, expected) in row.iter().enumerate() {
                let at = |i: usize| (by * block + i / block) * width + bx * block + i % block;
                let sum: f32 = (0..block * block).map(|i| matte.samples()[at(i)]).sum();
                difference += (f64::from(sum) / (block * block) as f64 - expected).abs();
            }
        }
        difference /= (blocks.len() * blocks[0].len()) as f64;
        let mean: f32 = matte.samples().iter().sum::<f32>() / matte.samples().len() as f32;
        println!("{model}: mean absolute difference {difference:.6}, mean alpha {mean:.5}");
        assert!(difference < tolerance, "{model}: {difference}");
        assert!((f64::from(mean) - expected["mean"].as_f64().unwrap()).abs() < tolerance);
        let both = 0.05..0.95;
        assert!(both.contains(&mean), "a picture with a person and a room");
    }
}

#[test]
fn every_format_gives_nearly_the_same_matte() {
    let figure = figure();
    let size = figure.size();
    let (mut matting, _) = started(&MattingOptions::default());
    let expected = matting.estimate(&figure).unwrap();
    let plane = figure.plane(0);
    let scene = |x: f32, y: f32| {
        let (x, y) = (
            (x as u32).min(size.width() - 1),
            (y as u32).min(size.height() - 1),
        );
        let at = y as usize * plane.stride + x as usize * 3;
        [0, 1, 2].map(|c| f32::from(plane.bytes[at + c]))
    };
    for format in [
        PixelFormat::Rgba8,
        PixelFormat::Bgra8,
        PixelFormat::Nv12(YuvEncoding::BT709_LIMITED),
        PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
        PixelFormat::I420(YuvEncoding::BT601_FULL),
    ] {
        let frame = common::frame(format, size, 16, &scene);
        let matte = matting.estimate(&frame).unwrap();
        let sum: f32 = matte
            .samples()
            .iter()
            .zip(expected.samples())
            .map(|(a, b)| (a - b).abs())
            .sum();
        let difference = sum / matte.samples().len() as f32;
        println!("{format}: {difference:.5}");
        assert!(
            difference < 0.01,
            "{format}: mean absolute difference {difference}"
        );
    }
}

#[test]
fn a_matte_belongs_to_its_frame_and_follows_its_shape() {
    let (mut matting, report) = started(&with_model(data("grey.onnx")));
    assert_eq!(report.model, "grey");
    assert_eq!(report.active, InferenceDevice::Cpu);
    for (width, height, expected) in [
        (1280, 720, (448, 256)),
        (720, 1280, (256, 448)),
        (1, 1, (256, 256)),
        (1367, 769, (448, 256)),
    ] {
        let size = Size::new(width, height).unwrap();
        let frame = common::frame(PixelFormat::Rgb8, size, 0, &|_, _| [255.0; 3]);
        let matte = matting.estimate(&frame).unwrap();
        assert_eq!((matte.size().width(), matte.size().height()), expected);
        // The model is a sigmoid of the mean, and white is 1.
        assert!(matte.samples().iter().all(|v| (v - 0.731_06).abs() < 1e-3));
        MattedFrame::new(frame, matte).unwrap();
    }
}

#[test]
fn islands_are_dropped_unless_they_are_to_be_kept() {
    let size = Size::new(640, 384).unwrap();
    // A person, and a spot that touches nobody: 100 × 300 and 24 × 24 pixels.
    let frame = common::frame(PixelFormat::Rgb8, size, 0, &|x, y| {
        let person = (100.0..200.0).contains(&x) && y > 84.0;
        let spot = (400.0..424.0).contains(&x) && (100.0..124.0).contains(&y);
        [if person || spot { 255.0 } else { 0.0 }; 3]
    });
    let covered = |islands| {
        let options = MattingOptions {
            islands,
            size: InputSize::ShortSide(192),
            ..with_model(data("contrast.onnx"))
        };
        let matte = started(&options).0.estimate(&frame).unwrap();
        let width = matte.size().width() as usize;
        let (left, right): (Vec<f32>, Vec<f32>) = matte
            .samples()
            .chunks_exact(width)
            .map(|row| {
                let sum = |part: &[f32]| part.iter().filter(|v| **v > 0.5).count() as f32;
                (sum(&row[..width / 2]), sum(&row[width / 2..]))
            })
            .unzip();
        (left.iter().sum::<f32>(), right.iter().sum::<f32>())
    };
    let (kept, dropped) = (covered(Islands::Keep), covered(Islands::Drop));
    assert!(kept.0 > 7000.0 && kept.1 > 100.0, "{kept:?}");
    assert_eq!(dropped, (kept.0, 0.0));
}

#[test]
fn mattes_that_are_held_elsewhere_are_not_overwritten() {
    let (mut matting, _) = started(&with_model(data("grey.onnx")));
    let size = Size::new(64, 64).unwrap();
    let frame = common::frame(PixelFormat::Rgb8, size, 0, &|_, _| [0.0; 3]);
    let held: Vec<_> = (0..3).map(|_| matting.estimate(&frame).unwrap()).collect();
    let error = matting.estimate(&frame).unwrap_err();
    assert!(matches!(error, MattingError::Pool(_)), "{error}");
    drop(held);
    assert!(matting.estimate(&frame).is_ok());
}

#[test]
fn the_report_says_what_runs() {
    let options = MattingOptions {
        size: InputSize::Fast,
        threads: NonZeroUsize::new(2),
        ..MattingOptions::default()
    };
    let (_, report) = started(&options);
    assert_eq!(
        (report.input_size.width(), report.input_size.height()),
        (288, 160)
    );
    assert_eq!(report.threads, 2);
    assert!(
        report.runtime_version.starts_with("1."),
        "{}",
        report.runtime_version
    );
    let nodes: usize = report
        .nodes
        .iter()
        .filter(|count| count.provider == report.active.provider_name())
        .map(|count| count.nodes)
        .sum();
    assert!(nodes > 100, "{:?}", report.nodes);
    let info = runtime::runtime_info().unwrap();
    assert_eq!(info.location.path, report.runtime);
    assert!(info.providers.contains(&InferenceDevice::Cpu));
}

#[test]
fn a_provider_that_is_not_there_is_refused_alone_and_passed_over_in_auto() {
    let missing = InferenceDevice::ALL
        .into_iter()
        .find(|device| !runtime::runtime_info().unwrap().providers.contains(device))
        .unwrap();
    let options = MattingOptions {
        provider: ProviderChoice::Only(missing),
        ..with_model(data("grey.onnx"))
    };
    let Err(error) = load(&options, 1) else {
        panic!("{missing} ran");
    };
    assert!(matches!(error, MattingError::NoProvider { .. }), "{error}");
    let (_, report) = started(&with_model(data("grey.onnx")));
    assert!(
        report
            .refused
            .iter()
            .any(|refusal| refusal.device == missing)
    );
}

#[test]
fn a_fixed_shape_is_used() {
    let (mut matting, report) = started(&with_model(data("fixed.onnx")));
    assert_eq!(
        (report.input_size.width(), report.input_size.height()),
        (96, 64)
    );
    let matte = matting.estimate(&figure()).unwrap();
    assert_eq!((matte.size().width(), matte.size().height()), (96, 64));
}

#[test]
fn a_file_with_a_built_in_models_name_stays_a_file() {
    for model in BuiltInModel::ALL {
        let built_in = ModelSource::BuiltIn(model);
        assert_eq!(built_in.to_string().parse(), Ok(built_in));
        let file = ModelSource::File(model.keyword().into());
        let text = file.to_string();
        assert_eq!(text.parse(), Ok(ModelSource::File(text.clone().into())));
    }
}

#[test]
fn models_that_are_no_modnet_are_refused_by_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let built_in = reference_folder().join("../scrim-modnet.onnx");
    let whole = fs::read(built_in).unwrap();
    let truncated = folder.path().join("truncated.onnx");
    fs::write(&truncated, &whole[..whole.len() / 2]).unwrap();
    let text = folder.path().join("text.onnx");
    fs::write(&text, "This is not a model.\n").unwrap();
    let zeros = folder.path().join("zeros.onnx");
    fs::write(&zeros, [0; 4096]).unwrap();
    for (path, words) in [
        (data("two_inputs.onnx"), "2 inputs (\"input\", \"other\")"),
        (
            data("bytes.onnx"),
            "it must be float32 [1, 3, height, width]",
        ),
        (
            data("classifier.onnx"),
            "float32 [1, 3]; it must be float32 [1, 1, height, width]",
        ),
        (
            data("halved.onnx"),
            "gives [1, 1, 128, 224] for a picture of 448×256",
        ),
        (data("beyond.onnx"), "alpha 2"),
        (data("nan.onnx"), "alpha NaN"),
        (truncated, "cannot be run by ONNX Runtime"),
        (text, "cannot be run by ONNX Runtime"),
        (zeros, "cannot be run by ONNX Runtime"),
        (folder.path().join("missing.onnx"), "cannot be read"),
    ] {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Err(error) = load(&with_model(path), 1) else {
            panic!("{name} was loaded");
        };
        let message = error.to_string();
        assert!(matches!(error, MattingError::Model { .. }), "{message}");
        assert!(
            message.contains(words) && message.contains(&name),
            "{message}"
        );
        assert!(!error.try_this().is_empty());
    }
}

/// One process loads one library, so each bad one gets a process of its own: this test again, told to say how loading
/// ends.
#[test]
fn bad_libraries_end_in_a_message() {
    const CHILD: &str = "SCRIM_TEST_SAY_HOW_LOADING_ENDS";
    if env::var_os(CHILD).is_some() {
        match runtime::runtime_info() {
            Ok(info) => println!("loaded {}", info.version),
            Err(error) => println!("{error}\n{}", error.try_this()),
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join(runtime::LIBRARY_FILE);
    let text = folder.path().join("text.so");
    fs::write(&text, "not a library ".repeat(400)).unwrap();
    let mut cases = vec![
        (missing, "which is no file"),
        (text, "cannot be loaded: "),
        (folder.path().to_path_buf(), "which is no file"),
    ];
    if cfg!(target_os = "linux") {
        cases.push((
            "libc.so.6".into(),
            "not ONNX Runtime: it has no OrtGetApiBase",
        ));
        match old_library(folder.path()) {
            Some(old) => cases.push((old, "is ONNX Runtime 1.18.1, which is too old: 1.24")),
            None => eprintln!("SKIPPED: no C compiler to make an old library with"),
        }
    }
    for (path, words) in cases {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "bad_libraries_end_in_a_message", "--nocapture"])
            .env(CHILD, "1")
            .env(runtime::PATH_VARIABLE, &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {said}", path.display());
        assert!(said.contains(words), "{}: {said}", path.display());
        assert!(said.contains("cargo xtask setup"), "{said}");
    }
}

/// A library that answers as ONNX Runtime 1.18 does when asked for a newer interface.
fn old_library(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("old.c"), folder.join("old.so"));
    let code = "static const void *api(unsigned v) { return 0; }\n\
                static const char *version(void) { return \"1.18.1\"; }\n\
                static const void *base[] = { (void *)api, (void *)version };\n\
                const void *OrtGetApiBase(void) { return base; }\n";
    fs::write(&source, code).ok()?;
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source);
    compiler.status().ok()?.success().then_some(library)
}
