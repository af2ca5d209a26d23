//! `scrim eval`: the same figures as the Python evaluation, and a reason where there are none.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage};
use serde_json::Value;
use support::{fail, json, scrim, succeed};

/// `pair` of `data/make_eval.py`, in whole numbers as there: the picture and its truth.
fn pair(width: u32, height: u32, shift: i64) -> (RgbImage, GrayImage) {
    let (mut picture, mut truth) = (RgbImage::new(width, height), GrayImage::new(width, height));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (column, row) = (i64::from(x), i64::from(y));
        let across = column - i64::from(width / 2) - 2 * shift;
        let d = across * across + (row - i64::from(height / 2)).pow(2);
        let base = match () {
            () if (10..15).contains(&across) => 20,
            () if x < 12 && y < 12 => 240,
            () => (255 - d / 10).max(0),
        };
        let code = |value: i64| value.clamp(0, 255) as u8;
        *pixel = Rgb([
            code(base + (13 * column + 29 * row) % 31),
            code(base / 2 + 100),
            code(base * 3 / 4 + (column * row) % 17),
        ]);
        let alpha = if x < 10 && y < 8 {
            255
        } else {
            (1400 - d).div_euclid(3) + 128
        };
        truth.put_pixel(x, y, Luma([code(alpha)]));
    }
    (picture, truth)
}

fn write(folder: &Path, name: &str, (picture, truth): &(RgbImage, GrayImage)) {
    fs::create_dir_all(folder).expect("a scratch file can be written");
    picture
        .save(folder.join(format!("{name}.png")))
        .expect("a scratch file can be written");
    truth
        .save(folder.join(format!("{name}.alpha.png")))
        .expect("a scratch file can be written");
}

/// A model that needs no training: a grey value through a sigmoid.
fn grey_model(folder: &Path) -> PathBuf {
    let model = folder.join("grey.onnx");
    fs::write(
        &model,
        include_bytes!("../../scrim-matting/tests/data/grey.onnx"),
    )
    .expect("a scratch file can be written");
    fs::write(
        folder.join("grey.toml"),
        "name = \"Grey\"\n[input]\nmean = [128.0, 128.0, 128.0]\nscale = [12.0, 12.0, 12.0]\n",
    )
    .expect("a scratch file can be written");
    model
}

fn eval(pairs: &Path, model: &Path) -> std::process::Command {
    let mut command = scrim();
    command.arg("eval").arg("--pairs").arg(pairs);
    command
        .arg("--model")
        .arg(model)
        .args(["--size", "64", "--provider", "cpu"]);
    command
}

/// Every number, text and null of `expected` is in `found`, numbers within 0.001.
fn agrees(found: &Value, expected: &Value, place: &str) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, value) in expected {
                agrees(&found[name], value, &format!("{place}.{name}"));
            }
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len(), "{place}");
            for (index, value) in expected.iter().enumerate() {
                agrees(&found[index], value, &format!("{place}[{index}]"));
            }
        }
        (Value::Number(found), Value::Number(expected)) => {
            let (found, expected) = (found.as_f64(), expected.as_f64());
            assert!(
                matches!((found, expected), (Some(f), Some(e)) if (f - e).abs() < 1e-3),
                "{place} is {found:?}, Python has {expected:?}"
            );
        }
        _ => assert_eq!(found, expected, "{place}"),
    }
}

#[test]
fn the_figures_are_those_of_the_python_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = folder.path().join("pairs");
    write(&pairs, "across", &pair(150, 100, 0));
    write(&pairs, "upright", &pair(90, 120, 3));
    write(
        &pairs.join("empty"),
        "room",
        &(pair(64, 64, 1).0, GrayImage::new(64, 64)),
    );
    for shift in 0..3_i64 {
        let frame = format!("{shift:04}");
        write(&pairs.join("clips/wave"), &frame, &pair(150, 100, shift));
    }
    let model = grey_model(folder.path());
    let report = json(&succeed(eval(&pairs, &model).arg("--json")));
    let expected: Value = serde_json::from_str(include_str!("data/eval.json")).unwrap();
    for part in ["sets", "clips"] {
        agrees(&report[part], &expected[part], part);
    }
    // The figures must have something to say, or agreeing on them means nothing.
    let across = &report["sets"][0]["results"][0]["pictures"][0];
    for figure in [
        "mad",
        "grad",
        "conn",
        "edge_mad",
        "false_background",
        "mean_alpha",
    ] {
        assert!(
            across[figure].as_f64().unwrap() > 0.005,
            "{figure}: {across}"
        );
    }
    assert_eq!(report["format"], 1);
    assert_eq!(report["size"], "64");
    assert_eq!(report["steady"], false);
    let facts = &report["models"][0];
    assert_eq!(facts["name"], "grey");
    assert_eq!(facts["kind"], "modnet");
    assert_eq!(facts["sha256"].as_str().unwrap().len(), 64);
    // The clip's matte is steadied on request; pictures have nothing before them.
    let steady = json(&succeed(
        eval(&pairs, &model).args(["--json", "--steady", "on"]),
    ));
    agrees(&steady["sets"], &report["sets"], "steadied pictures");
    let flicker = |report: &Value| {
        report["clips"][0]["results"][0]["flicker"]
            .as_f64()
            .unwrap()
    };
    assert!(flicker(&steady) < flicker(&report), "{steady}");
    let table = succeed(&mut eval(&pairs, &model));
    for word in ["pictures", "empty", "wave", "dtssd", "upright"] {
        assert!(table.contains(word), "{word} is not in\n{table}");
    }
}

#[test]
fn figures_of_jpeg_are_near_those_of_the_python_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = folder.path().join("pairs");
    write(&pairs, "across", &pair(150, 100, 0));
    fs::remove_file(pairs.join("across.png")).unwrap();
    fs::write(pairs.join("across.jpg"), include_bytes!("data/across.jpg")).unwrap();
    let model = grey_model(folder.path());
    let report = json(&succeed(eval(&pairs, &model).arg("--json")));
    let found = &report["sets"][0]["results"][0]["pictures"][0];
    let expected: Value = serde_json::from_str(include_str!("data/eval.json")).unwrap();
    let mut means = expected["jpeg"].clone();
    for sum in ["sad", "grad", "conn"] {
        let python = means.as_object_mut().unwrap().remove(sum).unwrap();
        let (found, python) = (found[sum].as_f64().unwrap(), python.as_f64().unwrap());
        // Sums over pixels show the decoders' differences, where means hide them.
        assert!(
            (found - python).abs() < 0.01 * python,
            "{sum} is {found}, Python has {python}"
        );
    }
    agrees(found, &means, "jpeg");
}

#[test]
fn folders_that_cannot_be_judged_on() {
    let folder = tempfile::tempdir().unwrap();
    let model = grey_model(folder.path());
    let pairs = folder.path().join("pairs");
    let refused = |words: &[&str]| {
        let words = [words, &["try:"]].concat();
        fail(&mut eval(&pairs, &model), 3, &words);
    };
    refused(&["pairs"]);
    fs::create_dir(&pairs).unwrap();
    refused(&["no pair"]);
    // A folder without any truth is passed over; a picture without truth among pictures that have one is not.
    let (picture, truth) = pair(32, 32, 0);
    picture.save(pairs.join("b.png")).unwrap();
    refused(&["no pair"]);
    write(&pairs, "a", &(picture.clone(), truth.clone()));
    refused(&["b has no truth"]);
    fs::remove_file(pairs.join("b.png")).unwrap();
    truth.save(pairs.join("c.alpha.png")).unwrap();
    refused(&["c has no picture"]);
    fs::remove_file(pairs.join("c.alpha.png")).unwrap();
    picture.save(pairs.join("a.jpg")).unwrap();
    refused(&["same name"]);
    fs::remove_file(pairs.join("a.jpg")).unwrap();

    truth.save(pairs.join("a.alpha.png")).unwrap();
    GrayImage::new(32, 16)
        .save(pairs.join("a.alpha.png"))
        .unwrap();
    refused(&["a.alpha.png", "32×16", "32×32"]);
    fs::write(pairs.join("a.alpha.png"), "no picture").unwrap();
    refused(&["a.alpha.png"]);
    ImageBuffer::<Luma<u16>, _>::new(32, 32)
        .save(pairs.join("a.alpha.png"))
        .unwrap();
    refused(&["a.alpha.png", "16-bit", "eight bits"]);
    // The header is read before anything else: its last two bytes are the depth and the kind, 0 for grey.
    let header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x01\0";
    fs::write(pairs.join("a.alpha.png"), header).unwrap();
    refused(&["a.alpha.png", "1-bit"]);
    truth.save(pairs.join("a.alpha.png")).unwrap();
    ImageBuffer::<Rgb<u16>, _>::new(32, 32)
        .save(pairs.join("a.png"))
        .unwrap();
    refused(&["a.png", "16-bit"]);
    picture.save(pairs.join("a.png")).unwrap();

    let clip = pairs.join("clips/short");
    write(&clip, "0000", &(picture, truth));
    refused(&["short", "one frame"]);
    write(&clip, "0001", &pair(64, 32, 0));
    refused(&["0001.png", "first frame"]);
}

#[test]
fn models_that_cannot_judge() {
    let folder = tempfile::tempdir().unwrap();
    let pairs = folder.path().join("pairs");
    write(&pairs, "a", &pair(32, 32, 0));
    fail(
        &mut eval(&pairs, Path::new("nowhere.onnx")),
        4,
        &["nowhere.onnx", "try:"],
    );
    fail(scrim().arg("eval"), 2, &["--pairs"]);
}
