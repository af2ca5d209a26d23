"""Browsers that watch a camera: a fresh profile, no window, no question to anybody, cameras of PipeWire if wished."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from rigs.report import RigError

# How long a browser may take to end after it was asked.
END_SECONDS = 5.0

# What a fresh profile does by itself: nothing of it belongs into a rig, and all of it costs time.
CHROMIUM_FLAGS = [
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-default-apps",
    "--password-store=basic",
    # Whatever is asked for is allowed, and there is nobody to click on a picture to let it play.
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--enable-logging=stderr",
]

# For an emulated machine: processes of the browser's wait for each other as long as it takes, and are few, as its own
# surfaces.
PATIENT_FLAGS = [
    "--ipc-connection-timeout=900",
    "--disable-hang-monitor",
    "--in-process-gpu",
    "--no-default-browser-check",
    # Each picture of the camera draws the window anew.
    "--window-size=240,180",
]
PATIENT_FEATURES = ["NetworkServiceInProcess2"]
# What it prepares by itself for a user who types, searches or prints.
UNUSED_FEATURES = [
    "InitialWebUI",
    "MediaRouter",
    "OnDeviceModelService",
    "OptimizationGuideModelDownloading",
    "OptimizationGuideOnDeviceModel",
    "OptimizationHints",
    "SpareRendererForSitePerProcess",
    "Translate",
    "WebUIOmniboxPopup",
]

FIREFOX_SETTINGS = {
    "media.navigator.permission.disabled": "true",
    "media.autoplay.default": "0",
    "privacy.reduceTimerPrecision": "false",
    "browser.shell.checkDefaultBrowser": "false",
    "browser.aboutwelcome.enabled": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "toolkit.telemetry.enabled": "false",
    "app.update.enabled": "false",
    "app.normandy.enabled": "false",
    "extensions.update.enabled": "false",
    "network.captive-portal-service.enabled": "false",
    "network.connectivity-service.enabled": "false",
}


class Browser:
    """A running browser; its log lies beside its profile."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        home = folder / f"{name}-home"
        home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env={**environment, "HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def close(self) -> None:
        """Ends it and all its processes. A second time, nothing is left to do."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, kind)
                self._process.wait(END_SECONDS)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def program(names: list[str], advice: str) -> str:
    """The first of these programs that is there. Raises RigError with the advice where none is."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise RigError(f"there is no {' or '.join(names)}: {advice}")


def chromium(url: str, folder: Path, environment: dict[str, str], *, pipewire: bool, patient: bool = False) -> Browser:
    """Chromium. With `pipewire` it lists PipeWire's cameras, else those of the kernel; `patient`: for slow machines."""
    path = program(
        ["chromium", "chromium-browser", "google-chrome"],
        "install it (Debian: apt install chromium). Ubuntu's package is a snap, which sees no other session's PipeWire:"
        " use Debian's, or Google's google-chrome",
    )
    cameras = ["WebRtcPipeWireCamera"]
    with_features = [*(cameras if pipewire else []), *(PATIENT_FEATURES if patient else [])]
    without = [*([] if pipewire else cameras), *(UNUSED_FEATURES if patient else [])]
    flags = [
        *CHROMIUM_FLAGS,
        *(PATIENT_FLAGS if patient else []),
        f"--enable-features={','.join(with_features)}",
        f"--disable-features={','.join(without)}",
        f"--user-data-dir={folder / 'chromium-profile'}",
    ]
    if patient:
        # A window without an address bar, which would be a page of its own.
        url = f"--app={url}"
    if os.geteuid() == 0:
        # Chromium's sandbox refuses to work for root.
        flags.append("--no-sandbox")
    return Browser("chromium", [path, *flags, url], folder, environment)


def firefox(url: str, folder: Path, environment: dict[str, str], *, pipewire: bool) -> Browser:
    """Firefox. With `pipewire` it lists PipeWire's cameras, else those of the kernel."""
    path = program(["firefox-esr", "firefox"], "install it (Debian: apt install firefox-esr)")
    profile = folder / "firefox-profile"
    profile.mkdir(parents=True, exist_ok=True)
    settings = {**FIREFOX_SETTINGS, "media.webrtc.camera.allow-pipewire": str(pipewire).lower()}
    lines = [f'user_pref("{name}", {value});\n' for name, value in settings.items()]
    (profile / "user.js").write_text("".join(lines))
    return Browser("firefox", [path, "--headless", "--no-remote", "--profile", str(profile), url], folder, environment)
