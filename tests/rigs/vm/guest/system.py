"""The guest's system: kernel modules, udev, device nodes, controls, waiting."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rigs.vm.guest.report import Wrong

T = TypeVar("T")

# An emulated machine on a busy host: what takes a moment may take seconds here.
PATIENCE = 90.0


def call(*command: object, fails: bool = False, limit: float = 60.0) -> str:
    """What a program prints, both ways. Raises Wrong where it fails, unless it may."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit)
    if done.returncode and not fails:
        raise Wrong(f"`{' '.join(words)}` failed ({done.returncode}): {done.stdout.strip()}")
    return done.stdout


def wait_for(what: Callable[[], T], words: str, limit: float = PATIENCE) -> T:
    """The first true answer. Raises Wrong where there is none in time."""
    end = time.monotonic() + limit
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise Wrong(f"waited {limit:g} s in vain for {words}")
        time.sleep(0.05)


def load(module: str, *options: str) -> None:
    """Loads a module of the kernel's, or one from a file."""
    if "/" in module:
        call("modprobe", "videodev")
        call("insmod", module, *options)
    else:
        call("modprobe", module, *options)


def unload(module: str) -> None:
    """Removes a module as soon as nobody uses it."""
    name = module.replace("-", "_")
    wait_for(lambda: not Path(f"/sys/module/{name}").exists() or not call("rmmod", name, fails=True), f"rmmod {name}")


def start_udev() -> None:
    """Device nodes get their names under /dev/v4l, as on any computer."""
    if not Path("/run/udev/control").exists():
        call("/usr/lib/systemd/systemd-udevd", "--daemon")
    call("udevadm", "trigger", "--action=add")
    call("udevadm", "settle", "--timeout=60", limit=90)


def video_nodes() -> dict[str, str]:
    """All video nodes with their names."""
    folder = Path("/sys/class/video4linux")
    if not folder.exists():
        return {}
    return {f"/dev/{node.name}": (node / "name").read_text().strip() for node in sorted(folder.iterdir())}


def control(node: str, name: str, value: int) -> None:
    """Sets a control of a device."""
    call("v4l2-ctl", "-d", node, "-c", f"{name}={value}")
