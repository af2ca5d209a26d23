//! The settings file comes back as it was written, and no content of it stops the program.

mod common;

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use common::{facts, settings, size};
use scrim_panel::{Store, default_settings};
use scrim_pipeline::{
    ANY_CAMERA, BackgroundSpec, BuiltInModel, CameraBackend, CameraRequest, Deliver, Fit,
    InferenceDevice, InputSize, ModelSource, OutputSpec, Pace, Playback, PreviewView,
    ProblemSource, ProviderChoice, Rgb, Settings, Severity, SourceSpec, Upsampling,
};

fn sources() -> Vec<SourceSpec> {
    let mut sources = vec![SourceSpec::Sample];
    for backend in [CameraBackend::Native, CameraBackend::Nokhwa] {
        for id in [
            None,
            Some("/dev/video0"),
            Some("HD Webcam \"C615\" · ü"),
            Some("2"),
        ] {
            for (size, rate) in [(None, None), (Some(size(1280, 720)), Some(29.97))] {
                sources.push(SourceSpec::Camera {
                    id: id.map(Into::into),
                    backend,
                    request: CameraRequest { size, rate },
                });
            }
        }
    }
    for rate in [30.0, 12.5] {
        let size = size(640, 480);
        sources.push(SourceSpec::Pattern { size, rate });
    }
    for path in [
        "/home/me/clip.mp4",
        "relative/ünïcode \"quoted\" \\ back.mkv",
        "./sample",
    ] {
        for playback in [Playback::Loop, Playback::Once] {
            for pace in [Pace::RealTime, Pace::Unpaced] {
                sources.push(SourceSpec::File {
                    path: path.into(),
                    playback,
                    pace,
                });
            }
        }
    }
    sources
}

/// Each value of each setting at least once, in changing company.
fn many_settings() -> Vec<Settings> {
    let backgrounds = [
        BackgroundSpec::Color(Rgb(0, 177, 64)),
        BackgroundSpec::Gradient(Rgb(1, 2, 3), Rgb(255, 254, 253)),
        BackgroundSpec::Blur(0.0),
        BackgroundSpec::Blur(0.6),
        BackgroundSpec::Blur(1.0),
        BackgroundSpec::Transparent,
        BackgroundSpec::File("/pictures/bücher 'wand'.jpg".into()),
        BackgroundSpec::File("./blur".into()),
    ];
    let views = [
        PreviewView::Composite,
        PreviewView::Matte,
        PreviewView::Source,
        PreviewView::Split(0.0),
        PreviewView::Split(0.123_456_7),
        PreviewView::Split(1.0),
    ];
    let sizes = [
        InputSize::Fast,
        InputSize::Balanced,
        InputSize::Quality,
        InputSize::Reference,
        InputSize::ShortSide(384),
    ];
    let mut providers = vec![ProviderChoice::Auto];
    providers.extend(InferenceDevice::ALL.map(ProviderChoice::Only));
    let models = [
        ModelSource::BuiltIn(BuiltInModel::Quality),
        ModelSource::BuiltIn(BuiltInModel::Light),
        ModelSource::File("/models/own.onnx".into()),
        ModelSource::File("a \"b\".onnx".into()),
    ];
    let fits = [Fit::Fill, Fit::Fit, Fit::Tile];
    let mut all = Vec::new();
    for (i, source) in sources().into_iter().enumerate() {
        let mut s = settings();
        s.source = source;
        s.background = backgrounds[i % backgrounds.len()].clone();
        s.view = views[i % views.len()];
        s.fit = fits[i % fits.len()];
        s.mirror = i % 2 == 0;
        s.upsampling = [Upsampling::Guided, Upsampling::Bilinear][i / 2 % 2];
        s.deliver = [Deliver::Composite, Deliver::Matte][i / 3 % 2];
        s.matting.model = models[i % models.len()].clone();
        s.matting.provider = providers[i % providers.len()];
        s.matting.size = sizes[i % sizes.len()];
        s.matting.threads = NonZeroUsize::new(i % 5);
        if i % 2 == 1 {
            let odd = ["usb-046d_HD \"Pro\" Webcam-video-index0", "/dev/video0"][i / 2 % 2];
            let values = s.controls.entry(odd.into()).or_default();
            values.insert("gain".into(), i as i64 - 20);
            values.insert("ünit.of".into(), i64::MAX);
        }
        all.push(s);
    }
    all
}

#[test]
fn settings_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("new/folder/settings.toml"));
    let other = default_settings(&facts());
    for settings in many_settings() {
        store.save(&settings).unwrap();
        let loaded = store.load(&other);
        assert_eq!(loaded.settings, settings);
        assert_eq!(loaded.notices, []);
    }
    let left: Vec<_> = fs::read_dir(store.path().parent().unwrap())
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1, "no temporary file stays: {left:?}");
}

#[test]
fn a_camera_that_a_program_makes_is_not_taken_unasked() {
    let mut facts = facts();
    assert!(matches!(
        default_settings(&facts).source,
        SourceSpec::Camera { id: None, .. }
    ));
    for camera in &mut facts.cameras {
        camera.is_virtual = true;
    }
    assert_eq!(default_settings(&facts).source, SourceSpec::Sample);
    facts.has_shut_camera = true;
    assert!(
        matches!(
            default_settings(&facts).source,
            SourceSpec::Camera { id: None, .. }
        ),
        "what is in its way has to be told"
    );
}

#[test]
fn the_documented_file_names_every_setting() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/settings.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("settings.toml"));
    fs::write(store.path(), example).unwrap();
    let loaded = store.load(&settings());
    assert_eq!(loaded.notices, [], "each line can be used");
    store.save(&loaded.settings).unwrap();
    let written = fs::read_to_string(store.path()).unwrap();
    let keys = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(key, _)| key.to_owned()).collect()
    };
    assert_eq!(keys(&written), keys(example));
}

#[test]
fn recordings_are_not_remembered_and_virtual_cameras_are() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("settings.toml"));
    let mut recording = settings();
    recording.outputs.push(OutputSpec::Null);
    store.save(&recording).unwrap();
    assert_eq!(store.load(&settings()).settings, settings());
    let camera: OutputSpec = "v4l2:/dev/video7?format=nv12".parse().unwrap();
    recording.outputs.push(camera.clone());
    store.save(&recording).unwrap();
    assert_eq!(store.load(&settings()).settings.outputs, [camera]);
    for (wrong, why) in [
        ("\"v4l2\"", "a list"),
        ("[\"talk.mp4\"]", "it is no virtual camera; write"),
        ("[\"v4l2:x\"]", "v4l2:/dev/video10"),
        ("[7]", "a text"),
        ("[\"v4l\"]", "it is no virtual camera; did you mean v4l2?"),
    ] {
        let text = format!("version = 1\nvirtual_cameras = {wrong}\n");
        fs::write(store.path(), text).unwrap();
        let loaded = store.load(&settings());
        assert_eq!(loaded.settings.outputs, [], "{wrong}");
        assert_eq!(loaded.notices.len(), 1, "{wrong}");
        assert!(loaded.notices[0].why.contains(why), "{loaded:?}");
    }
}

#[test]
fn a_wrong_value_leaves_its_neighbours_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("settings.toml"));
    let text = "version = 1\nvirtual_cameras = [\"pipwire\", \"v4l2\"]\n\
                [controls]\na = { gain = \"much\", focus = 3 }\nb = 7\nc = { zoom = 4 }\n";
    fs::write(store.path(), text).unwrap();
    let loaded = store.load(&settings());
    let camera: OutputSpec = "v4l2".parse().unwrap();
    assert_eq!(loaded.settings.outputs, [camera]);
    let value = |camera, control: &str| loaded.settings.controls_of(camera).get(control).copied();
    assert_eq!(value("a", "focus"), Some(3));
    assert_eq!(value("a", "gain"), None);
    assert_eq!(value("c", "zoom"), Some(4));
    let said: Vec<_> = loaded.notices.iter().map(|n| n.why.as_str()).collect();
    for (part, number) in [("pipwire", 1), ("controls.a.gain", 1), ("controls.b", 1)] {
        let count = said.iter().filter(|why| why.contains(part)).count();
        assert_eq!(count, number, "{part}: {said:?}");
    }
    assert_eq!(said.len(), 3);
}

#[test]
fn what_the_command_line_set_on_every_camera_is_not_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("settings.toml"));
    let mut once = settings();
    let all = once.controls.entry(ANY_CAMERA.into()).or_default();
    all.insert("gain".into(), 3);
    store.save(&once).unwrap();
    assert_eq!(store.load(&settings()).settings, settings());
}

#[test]
fn without_a_file_there_are_defaults_and_no_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = Store::at(folder.path().join("settings.toml")).load(&settings());
    assert_eq!(loaded.settings, settings());
    assert_eq!(loaded.notices, []);
}

#[test]
fn a_broken_file_is_kept_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    let store = Store::at(&path);
    let broken: [&[u8]; 6] = [
        b"version = ",
        b"\xff\xfe not text",
        b"version = \"one\"",
        b"version = 0",
        b"mirror = true",
        b"version = 1\nmirror = true\nmirror = false\n",
    ];
    for (i, bytes) in broken.iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        let loaded = store.load(&settings());
        assert_eq!(loaded.settings, settings());
        let [problem] = &loaded.notices[..] else {
            panic!("one notice, not {:?}", loaded.notices);
        };
        assert_eq!(problem.source, ProblemSource::Settings);
        assert_eq!(problem.severity, Severity::Warning);
        let name = format!("settings.broken-{}.toml", i + 1);
        assert!(problem.why.contains(&name), "{}", problem.why);
        assert_eq!(&fs::read(folder.path().join(name)).unwrap(), bytes);
        assert!(!path.exists());
    }
}

#[test]
fn a_wrong_value_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    let text = "version = 1\nsource = \"sample\"\nbackground = \"color:blue-ish\"\nfit = \"stretch\"\nmirror = \"yes\"\n\
                threads = 257\ncontrols = { cam = { gain = \"much\" } }\nview = \"split\"\nsplit = 7.5\nprovider = \"abacus\"\nsize = \"quality\"\nsparkle = true\n";
    fs::write(&path, text).unwrap();
    let loaded = Store::at(&path).load(&settings());
    let mut wanted = settings();
    wanted.source = SourceSpec::Sample;
    wanted.view = PreviewView::Split(0.5);
    wanted.matting.size = InputSize::Quality;
    assert_eq!(loaded.settings, wanted);
    for key in [
        "background",
        "fit",
        "mirror",
        "threads",
        "controls.cam.gain",
        "split",
        "provider",
        "sparkle",
    ] {
        let told = loaded
            .notices
            .iter()
            .filter(|n| n.why.contains(&format!("\"{key}\"")));
        assert_eq!(told.count(), 1, "{key}: {:?}", loaded.notices);
    }
    assert_eq!(loaded.notices.len(), 8);
    assert!(
        loaded
            .notices
            .iter()
            .all(|n| n.severity == Severity::Notice)
    );
    assert!(path.exists(), "the file is not broken");
}

#[test]
fn a_newer_file_is_used_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    fs::write(&path, "version = 99\nmirror = true\nhologram = \"on\"\n").unwrap();
    let store = Store::at(&path);
    let loaded = store.load(&settings());
    assert!(loaded.settings.mirror);
    assert_eq!(loaded.notices.len(), 1);
    store.save(&loaded.settings).unwrap();
    let kept = fs::read_to_string(folder.path().join("settings.newer-1.toml")).unwrap();
    assert!(kept.contains("hologram"));
}

#[test]
fn a_folder_that_cannot_be_written_is_a_problem_and_no_crash() {
    let folder = tempfile::tempdir().unwrap();
    let not_a_folder = folder.path().join("file");
    fs::write(&not_a_folder, b"").unwrap();
    refuses(&not_a_folder.join("settings.toml"));
    #[cfg(target_os = "linux")]
    refuses(Path::new("/proc/scrim/settings.toml"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let locked = folder.path().join("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
        if fs::write(locked.join("probe"), b"").is_ok() {
            eprintln!("SKIPPED: the administrator may write into read-only folders");
        } else {
            refuses(&locked.join("settings.toml"));
        }
    }
}

fn refuses(path: &Path) {
    let problem = Store::at(path)
        .save(&settings())
        .expect_err("nobody can write there");
    assert_eq!(problem.source, ProblemSource::Settings);
    assert!(problem.why.contains("settings.toml"), "{}", problem.why);
    assert!(problem.try_this.is_some());
}

#[test]
fn a_folder_in_place_of_the_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = Store::at(folder.path()).load(&settings());
    assert_eq!(loaded.settings, settings());
    assert_eq!(loaded.notices.len(), 1);
    assert!(loaded.notices[0].what.contains("cannot be read"));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("dotfiles.toml");
    fs::write(&target, "").unwrap();
    let link = folder.path().join("settings.toml");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    Store::at(&link).save(&settings()).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("version = 1"));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_text_is_left_out_and_told() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("settings.toml"));
    let mut odd = settings();
    let name = std::ffi::OsStr::from_bytes(b"/pictures/\xff.png");
    odd.background = BackgroundSpec::File(name.into());
    odd.mirror = true;
    let problem = store.save(&odd).unwrap_err();
    assert_eq!(problem.severity, Severity::Notice);
    let loaded = store.load(&settings()).settings;
    assert!(loaded.mirror, "the rest is remembered");
    assert_eq!(loaded.background, settings().background);
}
