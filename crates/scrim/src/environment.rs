//! What is set up before anything else: the log, a quiet graphics driver, and a runtime that reports to nobody.

/// Log lines go to standard error: warnings, with `-v` information, with `-vv` everything. `SCRIM_LOG` overrides both.
pub fn init_log(verbose: u8) {
    // What winit warns of is what it misses in an X server, which nobody who uses the program can act upon.
    let default = [
        "warn,winit=error",
        "info,wgpu=warn,naga=warn",
        "debug,wgpu=info,naga=info",
    ];
    let filter = tracing_subscriber::EnvFilter::try_from_env("SCRIM_LOG")
        .unwrap_or_else(|_| default[usize::from(verbose).min(2)].into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

/// Keeps Mesa from printing "error: `XDG_RUNTIME_DIR` is invalid" in sessions that have none (a service, a container, a
/// remote shell), where nothing is wrong.
///
/// The words come from its device-selection layer, which asks a Wayland compositor for the preferred device. Without that
/// variable there is no such compositor to ask, so the layer has nothing to do.
///
/// Must be called while the process has one thread.
pub fn quiet_driver() {
    const RUNTIME_FOLDER: &str = "XDG_RUNTIME_DIR";
    const LAYER_OFF: &str = "NODEVICE_SELECT";
    if cfg!(target_os = "linux") && std::env::var_os(RUNTIME_FOLDER).is_none() {
        // SAFETY: setting a variable is unsound while another thread reads the environment; this runs first in `main`,
        // before any thread is started.
        unsafe { std::env::set_var(LAYER_OFF, "1") };
    }
}

/// Keeps ONNX Runtime from reporting to its maker. The builds of Microsoft's do that by themselves (1.30: a lasting id and
/// what the computer is like, kept in the user's cache folder and sent from there), begin while the library is loaded,
/// and so before its interface for turning it off can be called.
///
/// Must be called while the process has one thread.
pub fn forbid_telemetry() {
    // SAFETY: setting a variable is unsound while another thread reads the environment; this runs first in `main`, before
    // any thread is started.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
}
