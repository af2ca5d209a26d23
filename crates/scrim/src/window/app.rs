//! The window's life: events in, pictures and settings out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_winit::accesskit_winit;
use scrim_panel::{Panel, PanelEvent, PanelFacts, PreviewImage};
use scrim_pipeline::{OutputSpec, Parts, Pipeline, PipelineOptions, Settings};
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{
    ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy, OwnedDisplayHandle,
};
use winit::window::{Window, WindowId};

use super::UserEvent;
use super::graphics::{Graphics, Painted};
use super::looks::{DeviceLooks, Thoroughly};
use super::memory::Memory;
use super::sight::Sight;
use crate::exit::{COMPLETION, Failure, failed_output};

/// When to draw again after a frame for which the system had no picture to draw on.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// When to look again for a graphics device whose driver has not come back yet.
const RENEW_AGAIN: Duration = Duration::from_secs(1);

/// What exists only while there is a window.
struct Shown {
    window: Arc<Window>,
    /// `None` between the loss of a device and the next one.
    graphics: Option<Graphics>,
    input: egui_winit::State,
    pipeline: Pipeline,
    sight: Sight,
}

impl Shown {
    /// Lets the pipeline know whether the user can see what it makes.
    fn look_at_the_window(&mut self) {
        let is_seen = self.sight.is_seen(&self.window, Instant::now());
        self.pipeline.show_window(is_seen);
    }
}

/// The program with a window.
pub struct App {
    context: egui::Context,
    display: OwnedDisplayHandle,
    proxy: EventLoopProxy<UserEvent>,
    panel: Panel,
    memory: Memory,
    shown: Option<Shown>,
    failure: Option<Failure>,
    looks: DeviceLooks,
    repaint_at: Option<Instant>,
    renew_at: Option<Instant>,
    close_at: Option<Instant>,
}

impl App {
    /// Prepares everything that needs no window yet.
    pub fn new(
        event_loop: &EventLoop<UserEvent>,
        settings: Settings,
        memory: Memory,
        facts: PanelFacts,
        seconds: Option<f64>,
    ) -> Self {
        let proxy = event_loop.create_proxy();
        let context = fresh_context(&proxy);
        Self {
            context,
            display: event_loop.owned_display_handle(),
            proxy,
            panel: Panel::new(settings, facts),
            memory,
            shown: None,
            failure: None,
            looks: DeviceLooks::default(),
            repaint_at: None,
            renew_at: None,
            close_at: seconds.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds)),
        }
    }

    /// What ended the program.
    pub fn into_result(self) -> Result<(), Failure> {
        self.failure.map_or(Ok(()), Err)
    }

    fn open(&self, event_loop: &ActiveEventLoop) -> Result<Shown, Failure> {
        let attributes = Window::default_attributes()
            .with_title("Scrim")
            .with_inner_size(LogicalSize::new(1280.0, 800.0))
            .with_min_inner_size(LogicalSize::new(720.0, 480.0))
            .with_visible(false);
        let window = event_loop
            .create_window(attributes)
            .map(Arc::new)
            .map_err(|error| {
                Failure::new(
                    format!("no window can be opened: {error}"),
                    "Start Scrim again.",
                )
            })?;
        let graphics = Graphics::new(Arc::clone(&window), &self.display)?;
        let mut input = input_state(&self.context, &window, &graphics);
        // Assistive programs must be connected before the window is shown for the first time.
        input.init_accesskit(event_loop, &window, self.proxy.clone());
        window.set_visible(true);
        let changed = self.proxy.clone();
        let options = PipelineOptions {
            gpu: graphics.gpu().clone(),
            parts: Parts::default(),
            preview: true,
            on_change: Arc::new(move || {
                let _ = changed.send_event(UserEvent::PipelineChanged);
            }),
        };
        let pipeline = Pipeline::start(self.panel.settings().clone(), options)
            .map_err(|error| Failure::other(format!("threads cannot be started: {error}")))?;
        window.request_redraw();
        Ok(Shown {
            window,
            graphics: Some(graphics),
            input,
            pipeline,
            sight: Sight::new(Instant::now()),
        })
    }

    fn redraw(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        let Some(graphics) = &mut shown.graphics else {
            return;
        };
        // A device that refuses one picture still draws the window; a lost one draws nothing.
        if graphics.is_lost() {
            return self.renew_graphics();
        }
        let status = shown.pipeline.status();
        let preview = shown.pipeline.preview().map(|preview| PreviewImage {
            texture: graphics.preview_texture(&preview),
            size: [preview.size.width(), preview.size.height()],
        });
        let raw = shown.input.take_egui_input(&shown.window);
        let panel = &mut self.panel;
        let mut events = Vec::new();
        let mut output = self
            .context
            .run_ui(raw, |ui| events.extend(panel.show(ui, &status, preview)));
        shown
            .input
            .handle_platform_output(&shown.window, output.platform_output);
        let jobs = self
            .context
            .tessellate(output.shapes, output.pixels_per_point);
        let painted = graphics.paint(&jobs, &mut output.textures_delta, output.pixels_per_point);
        let delay = output
            .viewport_output
            .get(&egui::ViewportId::ROOT)
            .map_or(Duration::MAX, |v| v.repaint_delay);
        let delay = match painted {
            Painted::Yes | Painted::Hidden => delay,
            Painted::TryAgain => delay.min(TRY_AGAIN),
            Painted::Lost => {
                self.renew_graphics();
                delay
            }
        };
        self.repaint_at = Instant::now().checked_add(delay);
        for event in events {
            self.serve(event);
        }
    }

    /// After a lost device: a new surface, a new device, and the pipeline draws with that. The camera, the model and the
    /// outputs stay as they are. A driver that is still coming back is tried again.
    fn renew_graphics(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        // A window has one swapchain: the old one must go first.
        shown.graphics = None;
        match Graphics::new(Arc::clone(&shown.window), &self.display) {
            Ok(graphics) => {
                shown.pipeline.replace_gpu(graphics.gpu().clone());
                // egui's textures went with the device, and only a fresh context sends them all again.
                self.context = fresh_context(&self.proxy);
                self.panel.forget_context();
                let mut input = input_state(&self.context, &shown.window, &graphics);
                // The connection to assistive programs belongs to the window, which stays.
                input.accesskit = shown.input.accesskit.take();
                self.context.enable_accesskit();
                shown.input = input;
                shown.graphics = Some(graphics);
                self.renew_at = None;
                shown.window.request_redraw();
            }
            Err(failure) => {
                tracing::warn!(?failure, "the graphics device is not back yet");
                self.renew_at = Some(Instant::now() + RENEW_AGAIN);
            }
        }
    }

    fn serve(&mut self, event: PanelEvent) {
        match event {
            PanelEvent::Apply(settings) => {
                if let Some(shown) = &self.shown {
                    shown.pipeline.apply(settings);
                }
            }
            PanelEvent::Remember(_) => self.save(),
            PanelEvent::RefreshDevices => self.looks.look(&self.proxy, Thoroughly::Yes),
            PanelEvent::WatchDevices => self.looks.look(&self.proxy, Thoroughly::IfChanged),
            PanelEvent::Retry => {
                if let Some(shown) = &self.shown {
                    shown.pipeline.retry_now();
                }
            }
        }
    }

    fn save(&mut self) {
        let notices = self
            .memory
            .save(self.panel.settings(), &self.panel.facts().notices);
        self.panel.set_notices(notices);
    }

    fn request_redraw(&self) {
        if let Some(shown) = &self.shown {
            shown.window.request_redraw();
        }
    }

    fn close(&mut self, event_loop: &ActiveEventLoop) {
        self.save();
        if let Some(shown) = self.shown.take() {
            shown.window.set_visible(false);
            // A recording is completed, however long its encoder needs; without one, nothing keeps the program.
            let outputs = &self.panel.settings().outputs;
            let is_recording = !outputs.iter().all(OutputSpec::is_camera);
            let status = if is_recording {
                shown.pipeline.stop_within(COMPLETION)
            } else {
                shown.pipeline.stop()
            };
            self.failure = failed_output(&status).map(Failure::Problem);
        }
        event_loop.exit();
    }
}

fn fresh_context(proxy: &EventLoopProxy<UserEvent>) -> egui::Context {
    let context = egui::Context::default();
    let repaint = proxy.clone();
    context.set_request_repaint_callback(move |request| {
        // What is wanted later is waited for by the event loop, which is told after each frame.
        if request.delay.is_zero() {
            let _ = repaint.send_event(UserEvent::Repaint);
        }
    });
    context
}

fn input_state(context: &egui::Context, window: &Window, graphics: &Graphics) -> egui_winit::State {
    egui_winit::State::new(
        context.clone(),
        egui::ViewportId::ROOT,
        window,
        Some(window.scale_factor() as f32),
        window.theme(),
        Some(graphics.max_texture_side()),
    )
}

impl ApplicationHandler<UserEvent> for App {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.shown.is_some() {
            return;
        }
        match self.open(event_loop) {
            Ok(shown) => self.shown = Some(shown),
            Err(failure) => {
                self.failure = Some(failure);
                event_loop.exit();
            }
        }
    }

    fn new_events(&mut self, _: &ActiveEventLoop, cause: StartCause) {
        if matches!(cause, StartCause::ResumeTimeReached { .. })
            && self.repaint_at.is_some_and(|at| at <= Instant::now())
        {
            self.repaint_at = None;
            self.request_redraw();
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(shown) = &mut self.shown else { return };
        let response = shown.input.on_window_event(&shown.window, &event);
        match event {
            WindowEvent::CloseRequested => return self.close(event_loop),
            WindowEvent::Resized(size) => {
                if let Some(graphics) = &mut shown.graphics {
                    graphics.resize(size.width, size.height);
                }
                shown.look_at_the_window();
            }
            WindowEvent::Focused(_) => shown.look_at_the_window(),
            WindowEvent::RedrawRequested => return self.redraw(),
            WindowEvent::Occluded(is_covered) => {
                shown.sight.cover(is_covered);
                shown.look_at_the_window();
            }
            _ => {}
        }
        if response.repaint {
            self.request_redraw();
        }
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: UserEvent) {
        match event {
            UserEvent::PipelineChanged | UserEvent::Repaint => {
                if let Some(shown) = &mut self.shown
                    && shown.sight.is_due(Instant::now())
                {
                    shown.look_at_the_window();
                }
                self.request_redraw();
            }
            UserEvent::Cameras(cameras) => {
                self.panel.set_facts(PanelFacts {
                    cameras,
                    ..self.panel.facts().clone()
                });
                self.request_redraw();
            }
            UserEvent::Accessibility(event) => {
                let Some(shown) = &mut self.shown else { return };
                match event.window_event {
                    accesskit_winit::WindowEvent::InitialTreeRequested => {
                        self.context.enable_accesskit();
                    }
                    accesskit_winit::WindowEvent::ActionRequested(request) => {
                        shown.input.on_accesskit_action_request(request);
                    }
                    accesskit_winit::WindowEvent::AccessibilityDeactivated => {
                        self.context.disable_accesskit();
                    }
                }
                self.request_redraw();
            }
            UserEvent::Interrupted => self.close(event_loop),
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let now = Instant::now();
        if self.close_at.is_some_and(|at| at <= now) {
            return self.close(event_loop);
        }
        if self.renew_at.is_some_and(|at| at <= now) {
            self.renew_graphics();
        }
        let next = [self.repaint_at, self.renew_at, self.close_at]
            .into_iter()
            .flatten()
            .min();
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}
