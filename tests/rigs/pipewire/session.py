"""A desktop session of the rig's own: message bus, PipeWire, WirePlumber, xdg-desktop-portal, in a folder of its own.

Whatever PipeWire runs on the machine is left alone, and so are its cameras: the session's WirePlumber looks for none.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rigs.report import RigError

PORTALS = [
    "/usr/libexec/xdg-desktop-portal",
    "/usr/lib/xdg-desktop-portal",
    "/usr/lib/xdg-desktop-portal/xdg-desktop-portal",
]
START_SECONDS = 20.0
END_SECONDS = 3.0

PORTAL_FILE = """\
[portal]
DBusName=org.freedesktop.impl.portal.desktop.rig
Interfaces=org.freedesktop.impl.portal.Access;
UseIn=rig
"""

# WirePlumber up to 0.4 reads Lua, from 0.5 on its own kind of JSON.
NO_DEVICES_LUA = {
    "main.lua.d/51-rig.lua": "alsa_monitor.enabled = false\nv4l2_monitor.enabled = false\n"
    "if libcamera_monitor then libcamera_monitor.enabled = false end\n",
    "bluetooth.lua.d/51-rig.lua": "bluez_monitor.enabled = false\n",
}
NO_DEVICES_CONF = {
    "wireplumber.conf.d/rig.conf": "wireplumber.profiles = { main = { monitor.alsa = disabled, monitor.v4l2 = disabled,"
    " monitor.libcamera = disabled, monitor.bluez = disabled } }\n",
}


class Session:
    """The running session. `environment` is for those who are to meet in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = self._environment()
        self._running: list[subprocess.Popen[bytes]] = []

    def _environment(self) -> dict[str, str]:
        runtime = self.folder / "runtime"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PIPEWIRE_", "WAYLAND_"))
        }
        return environment | {
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_CURRENT_DESKTOP": "rig",
            "XDG_DESKTOP_PORTAL_DIR": str(self.folder / "portals"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime / 'bus'}",
        }

    def __enter__(self) -> Session:
        try:
            self._write_configuration()
            self._start_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # The bus has started others, which end with it; one of them has a file system here.
        deadline = time.monotonic() + END_SECONDS
        while str(self.folder) in Path("/proc/mounts").read_text() and time.monotonic() < deadline:
            time.sleep(0.05)

    def states(self) -> str:
        """How PipeWire's nodes and links are, in one line."""
        dump = subprocess.run(["pw-dump"], env=self.environment, capture_output=True, timeout=END_SECONDS, check=False)
        try:
            objects = [found.get("info") or {} for found in json.loads(dump.stdout)]
        except json.JSONDecodeError:
            return "PipeWire does not say"
        states = [
            (info.get("props", {}).get("node.name", "link"), info["state"]) for info in objects if "state" in info
        ]
        return ", ".join(f"{name} is {state}" for name, state in states)

    def _write_configuration(self) -> None:
        (self.folder / "runtime").mkdir(mode=0o700)
        (self.folder / "portals").mkdir()
        (self.folder / "portals/rig.portal").write_text(PORTAL_FILE)
        for path, text in (NO_DEVICES_LUA | NO_DEVICES_CONF).items():
            file = self.folder / "config/wireplumber" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def _start_all(self) -> None:
        runtime = self.folder / "runtime"
        address = self.environment["DBUS_SESSION_BUS_ADDRESS"]
        self._start(["dbus-daemon", "--session", f"--address={address}", "--nofork", "--nopidfile"])
        self._until((runtime / "bus").exists, "the message bus")
        self._start(["pipewire"])
        self._until((runtime / "pipewire-0").exists, "PipeWire")
        self._start(["wireplumber"])
        self._start([sys.executable, str(Path(__file__).with_name("portal.py"))], name="access")
        self._until(lambda: self._owns("org.freedesktop.impl.portal.desktop.rig"), "the portal's stand-in for a user")
        portal = next((path for path in PORTALS if Path(path).is_file()), None)
        if portal is None:
            raise RigError("there is no xdg-desktop-portal: install it (Debian: apt install xdg-desktop-portal)")
        self._start([portal, "--verbose"], name="portal")
        self._until(lambda: self._owns("org.freedesktop.portal.Desktop"), "xdg-desktop-portal")

    def _start(self, command: list[str], name: str | None = None) -> None:
        if shutil.which(command[0]) is None:
            raise RigError(f"there is no {command[0]}: cargo xtask setup --for rig installs it")
        log = self.folder / f"{name or command[0]}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        self._running.append(process)

    def _owns(self, name: str) -> bool:
        question = [
            "dbus-send",
            "--session",
            "--print-reply=literal",
            "--dest=org.freedesktop.DBus",
            "/org/freedesktop/DBus",
        ]
        question += ["org.freedesktop.DBus.NameHasOwner", f"string:{name}"]
        answer = subprocess.run(question, env=self.environment, capture_output=True, text=True, check=False)
        return "true" in answer.stdout

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                raise RigError(f"{what} does not start: see the logs in {self.folder}")
            time.sleep(0.05)
