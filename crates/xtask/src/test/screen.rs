//! A virtual X11 screen for tests that open a window.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A running Xvfb; dropping it ends it.
///
/// Xvfb is called directly, not through xvfb-run, which needs xauth and looks for a free display number by guessing.
pub struct Screen {
    server: Child,
    display: String,
}

impl Screen {
    /// Starts a server and waits until it accepts clients.
    ///
    /// # Errors
    /// Xvfb is missing or does not come up; it has then said why on standard error.
    pub fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            // It picks a free display number and writes it to its standard output once clients can connect.
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1920x1080x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start Xvfb")?;
        let mut number = String::new();
        if let Some(stdout) = server.stdout.as_mut() {
            // Ends with the server's line, or with its death.
            BufReader::new(stdout)
                .read_line(&mut number)
                .context("cannot read from Xvfb")?;
        }
        let display = format!(":{}", number.trim());
        let screen = Self { server, display };
        ensure!(!number.trim().is_empty(), "Xvfb did not come up");
        Ok(screen)
    }

    /// What clients need in DISPLAY.
    pub fn display(&self) -> &str {
        &self.display
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
