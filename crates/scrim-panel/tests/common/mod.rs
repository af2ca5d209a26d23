//! A panel under test: real settings, a real status, a made-up preview.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod controls;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use egui::accesskit::Role;
use egui::{Color32, ColorImage, TextureHandle, TextureOptions, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use scrim_panel::{
    BundledBackground, CameraChoice, Chosen, FileChooser, FilePurpose, Panel, PanelEvent,
    PanelFacts, PreviewImage, ProviderFact, default_settings,
};
use scrim_pipeline::compositor::AdapterFacts;
use scrim_pipeline::frame::{PixelFormat, Size, YuvEncoding};
use scrim_pipeline::matting::{NodeCount, Refusal};
use scrim_pipeline::{
    BackgroundSpec, Drops, Figures, InferenceDevice, LoadReport, Percentiles, Problem,
    ProblemSource, Settings, Severity, Showing, SourceFormat, SourceStatus, StageState, Status,
};

/// Frames that the panel may take to settle. An answer from a file dialog's thread comes when the machine has time for it,
/// and each look for it is a frame.
const MAX_STEPS: u64 = 200;

/// The panel, what it is shown, and what it answered.
pub struct Bench {
    pub panel: Panel,
    pub status: Status,
    pub has_picture: bool,
    pub events: Vec<PanelEvent>,
    picture: Option<TextureHandle>,
}

impl Bench {
    pub fn new(settings: Settings, facts: PanelFacts) -> Self {
        Self::with_chooser(settings, facts, Chosen::Nothing)
    }

    /// A panel whose file dialogs all end with `answer`.
    pub fn with_chooser(settings: Settings, facts: PanelFacts, answer: Chosen) -> Self {
        let chooser = Arc::new(Answers(Mutex::new(answer)));
        Self {
            panel: Panel::with_chooser(settings, facts, chooser),
            status: running(),
            has_picture: true,
            events: Vec::new(),
            picture: None,
        }
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let picture = self.picture.get_or_insert_with(|| {
            ui.ctx()
                .load_texture("preview", picture(), TextureOptions::LINEAR)
        });
        let image = self.has_picture.then_some(PreviewImage {
            texture: picture.id(),
            size: [1280, 720],
        });
        let events = self.panel.show(ui, &self.status, image);
        self.events.extend(events);
    }

    pub fn settings(&self) -> &Settings {
        self.panel.settings()
    }

    /// The settings last asked for.
    pub fn applied(&self) -> Option<&Settings> {
        self.events.iter().rev().find_map(|event| match event {
            PanelEvent::Apply(settings) => Some(settings),
            _ => None,
        })
    }
}

struct Answers(Mutex<Chosen>);

impl FileChooser for Answers {
    fn choose(&self, _: FilePurpose) -> Chosen {
        self.0.lock().expect("no test panics in here").clone()
    }
}

/// Large enough that every section, opened, is on the screen.
pub fn tall(bench: Bench) -> Harness<'static, Bench> {
    Harness::builder()
        .with_max_steps(MAX_STEPS)
        .with_size(vec2(1280.0, 2400.0))
        .with_theme(egui::Theme::Dark)
        .build_ui_state(|ui, bench: &mut Bench| bench.show(ui), bench)
}

/// As large as this, and drawn.
pub fn drawn(bench: Bench, size: [f32; 2]) -> Harness<'static, Bench> {
    Harness::builder()
        .with_max_steps(MAX_STEPS)
        .with_size(size)
        .with_theme(egui::Theme::Dark)
        .wgpu()
        .build_ui_state(|ui, bench: &mut Bench| bench.show(ui), bench)
}

pub fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("the size of a picture")
}

pub fn problem(severity: Severity, what: &str, why: &str, try_this: &str) -> Problem {
    Problem {
        source: ProblemSource::Source,
        severity,
        what: what.into(),
        why: why.into(),
        try_this: Some(try_this.into()),
    }
}

pub fn facts() -> PanelFacts {
    let camera = |id: &str, name: &str| CameraChoice {
        id: id.into(),
        name: name.into(),
        is_virtual: false,
        sizes: vec![size(640, 480), size(1280, 720), size(1920, 1080)],
        rates: vec![15.0, 30.0],
    };
    let provider = |device, missing: Option<&str>| ProviderFact {
        device,
        missing: missing.map(Into::into),
    };
    PanelFacts {
        cameras: vec![
            camera("/dev/video0", "HD Webcam C615"),
            camera("/dev/video2", "Capture Card"),
        ],
        has_shut_camera: false,
        backgrounds: vec![
            background("Study", [(196, 160, 120), (92, 66, 52)]),
            background("Meadow", [(150, 196, 232), (84, 140, 72)]),
            background("Evening", [(54, 44, 92), (224, 128, 92)]),
        ],
        providers: vec![
            provider(
                InferenceDevice::Cuda,
                Some("libcudart.so.13 was not found on this machine"),
            ),
            provider(InferenceDevice::OpenVino, None),
            provider(InferenceDevice::Cpu, None),
        ],
        notices: Vec::new(),
        recordings: None,
    }
}

fn background(name: &str, colors: [(u8, u8, u8); 2]) -> BundledBackground {
    let [top, bottom] = colors.map(|(r, g, b)| Color32::from_rgb(r, g, b));
    let pixels = (0..117)
        .flat_map(|y| {
            let color = top.lerp_to_gamma(bottom, y as f32 / 116.0);
            std::iter::repeat_n(color, 208)
        })
        .collect();
    BundledBackground {
        name: name.into(),
        spec: BackgroundSpec::File(PathBuf::from(format!("/usr/share/scrim/{name}.webp"))),
        thumbnail: ColorImage::new([208, 117], pixels),
    }
}

pub fn settings() -> Settings {
    default_settings(&facts())
}

/// Everything works.
pub fn running() -> Status {
    let ms = |p50: f64, p95: f64, p99: f64| Percentiles {
        p50: Duration::from_secs_f64(p50 / 1e3),
        p95: Duration::from_secs_f64(p95 / 1e3),
        p99: Duration::from_secs_f64(p99 / 1e3),
    };
    Status {
        source: SourceStatus {
            state: StageState::Running,
            description: "HD Webcam C615".into(),
            format: Some(SourceFormat {
                size: size(1280, 720),
                pixels: PixelFormat::Yuyv(YuvEncoding::BT601_LIMITED),
                interval: Some(Duration::from_secs_f64(1.0 / 30.0)),
            }),
            camera: Some("usb-046d_HD_Webcam_C615-video-index0".into()),
            controls: Arc::default(),
        },
        matting: StageState::Running,
        loaded: Some(report()),
        loading: false,
        compositor: StageState::Running,
        adapter: Some(AdapterFacts {
            name: "llvmpipe (LLVM 15.0.6, 256 bits)".into(),
            backend: "vulkan".into(),
            is_software: true,
        }),
        leaving: Vec::new(),
        outputs: Vec::new(),
        showing: Showing::Person,
        figures: Figures {
            capture_rate: 30.0,
            composite_rate: 21.4,
            matting: ms(44.2, 52.9, 71.0),
            compositing: ms(3.1, 4.4, 6.0),
            output: Percentiles::default(),
            total: ms(47.9, 57.2, 120.4),
            drops: Drops {
                at_source: 2,
                damaged: 1,
                before_matting: 1411,
                before_compositing: 7,
                before_output: 0,
            },
        },
        problems: Vec::new(),
    }
}

pub fn report() -> LoadReport {
    LoadReport {
        model: "modnet-scrim".into(),
        runtime: "/usr/lib/libonnxruntime.so.1.24.4".into(),
        runtime_version: "1.24.4".into(),
        active: InferenceDevice::OpenVino,
        refused: vec![Refusal {
            device: InferenceDevice::TensorRt,
            reason: "libnvinfer.so.10: cannot open shared object file".into(),
        }],
        nodes: vec![
            NodeCount {
                provider: "OpenVINOExecutionProvider".into(),
                nodes: 212,
            },
            NodeCount {
                provider: "CPUExecutionProvider".into(),
                nodes: 3,
            },
        ],
        threads: NonZeroUsize::MIN.get(),
        input_size: size(448, 256),
        load: Duration::from_millis(812),
        warm_up: Duration::from_millis(96),
    }
}

/// A head and shoulders before a wall: enough to judge the panel's looks by.
fn picture() -> ColorImage {
    let (w, h) = (320_i32, 180_i32);
    let pixels = (0..w * h)
        .map(|i| {
            let (x, y) = ((i % w) as f32 / w as f32, (i / w) as f32 / h as f32);
            let head = ((x - 0.5) / 0.075).powi(2) + ((y - 0.42) / 0.17).powi(2) < 1.0;
            let body = ((x - 0.5) / 0.24).powi(2) + ((y - 1.08) / 0.44).powi(2) < 1.0;
            if head {
                Color32::from_rgb(206, 160, 132)
            } else if body {
                Color32::from_rgb(52, 74, 104)
            } else {
                let wall = Color32::from_rgb(196, 160, 120);
                wall.lerp_to_gamma(Color32::from_rgb(92, 66, 52), y)
            }
        })
        .collect();
    ColorImage::new([w as usize, h as usize], pixels)
}

/// The one of a row of words that belongs to `group`.
pub fn word<'h>(
    harness: &'h Harness<'static, Bench>,
    group: &'h str,
    label: &'h str,
) -> egui_kittest::Node<'h> {
    harness.get_by(move |node| {
        node.role() == Role::RadioButton
            && node.label().as_deref() == Some(label)
            && node
                .description()
                .is_some_and(|d| d.split_once(". ").is_some_and(|(g, _)| g == group))
    })
}

pub fn click_word(harness: &mut Harness<'static, Bench>, group: &str, label: &str) {
    word(harness, group, label).click();
    harness.run();
}

pub fn click(harness: &mut Harness<'static, Bench>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run();
}

pub fn open_section(harness: &mut Harness<'static, Bench>, title: &str) {
    click(harness, Role::DisclosureTriangle, title);
    harness.run();
}

/// Opens the drop-down list and clicks on an entry.
pub fn choose(harness: &mut Harness<'static, Bench>, list: &str, entry: &str) {
    click(harness, Role::ComboBox, list);
    click(harness, Role::Button, entry);
}

/// Replaces the text of a field and presses Enter.
pub fn enter(harness: &mut Harness<'static, Bench>, field: &str, text: &str) {
    harness.get_by_label(field).click();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run();
    harness.get_by_label(field).type_text(text);
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
}
