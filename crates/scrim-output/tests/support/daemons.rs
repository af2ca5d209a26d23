//! A PipeWire of the test's own, with a session manager and a message bus, and GStreamer to watch with.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What has to be there.
const PROGRAMS: [&str; 4] = ["dbus-daemon", "pipewire", "wireplumber", "gst-launch-1.0"];

/// Whether the test can run here: what is missing.
pub fn missing() -> Vec<&'static str> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &&str| env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let mut missing: Vec<_> = PROGRAMS.into_iter().filter(|p| !is_there(p)).collect();
    let plugin = quiet(Command::new("gst-inspect-1.0").arg("pipewiresrc")).status();
    if !plugin.is_ok_and(|status| status.success()) {
        missing.push("GStreamer's pipewiresrc");
    }
    missing
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// What `command` needs so that it and what it starts meet in `folder`, and nowhere else.
pub fn confine(command: &mut Command, folder: &Path) {
    let bus = format!("unix:path={}", folder.join("bus").display());
    for name in ["PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR", "PIPEWIRE_DEBUG"] {
        command.env_remove(name);
    }
    command
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("DBUS_SESSION_BUS_ADDRESS", bus);
}

/// Running programs; killed when dropped.
pub struct Daemons {
    running: Vec<Child>,
}

impl Daemons {
    /// Starts them. This process must have been [confined](confine).
    pub fn start() -> io::Result<Self> {
        let mut daemons = Self {
            running: Vec::new(),
        };
        let bus = env::var("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
        let folder = PathBuf::from(env::var_os("XDG_RUNTIME_DIR").unwrap_or_default());
        let address = format!("--address={bus}");
        daemons.add(Command::new("dbus-daemon").args([
            "--session",
            &address,
            "--nofork",
            "--nopidfile",
        ]))?;
        appears(&folder.join("bus"))?;
        daemons.add(&mut Command::new("pipewire"))?;
        appears(&folder.join("pipewire-0"))?;
        daemons.add(&mut Command::new("wireplumber"))?;
        Ok(daemons)
    }

    fn add(&mut self, command: &mut Command) -> io::Result<()> {
        self.running.push(quiet(command).spawn()?);
        Ok(())
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        for mut child in self.running.drain(..) {
            // They fail only where it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        let folder = PathBuf::from(env::var_os("XDG_RUNTIME_DIR").unwrap_or_default());
        let _ = std::fs::remove_file(folder.join("bus"));
    }
}

fn appears(path: &Path) -> io::Result<()> {
    if within(Duration::from_secs(20), || path.exists()) {
        Ok(())
    } else {
        Err(io::Error::other(format!("no {}", path.display())))
    }
}

/// Whether it comes to be so in time.
pub fn within(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
}

/// Somebody who watches the camera and keeps its pictures; gone when dropped.
pub struct Watcher {
    child: Child,
    file: PathBuf,
}

impl Watcher {
    /// `count`: how many pictures until it goes by itself; `None`: it stays.
    pub fn start(file: &Path, format: &str, count: Option<u32>) -> io::Result<Self> {
        let count = count.map_or(-1, i64::from);
        let child = Command::new("gst-launch-1.0")
            .args(["-q", "pipewiresrc", "target-object=scrim"])
            .arg(format!("num-buffers={count}"))
            .args(["!", &format!("video/x-raw,format={format}"), "!"])
            .args(["filesink", "buffer-mode=unbuffered"])
            .arg(format!("location={}", file.display()))
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self {
            child,
            file: file.into(),
        })
    }

    /// Whether it has gone by itself, and without a complaint.
    pub fn has_gone(&mut self) -> bool {
        match self.child.try_wait() {
            Ok(Some(status)) => {
                assert!(status.success(), "GStreamer: {status}");
                true
            }
            _ => false,
        }
    }

    /// How much it has seen.
    pub fn seen(&self) -> u64 {
        std::fs::metadata(&self.file).map_or(0, |file| file.len())
    }

    /// What it has seen.
    pub fn pictures(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.file)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
