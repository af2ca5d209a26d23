"""One start of the machine: QEMU with the kernel, the host's root to read, one folder to write."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rigs.vm.host.machine import Machine, tools_environment

# The folder `tests`: the guest runs what lies there, as the host does.
TESTS = Path(__file__).resolve().parents[3]
PROCESSORS = "2"
MEMORY_MB = "4096"


@dataclass(frozen=True)
class Outcome:
    """How a suite went."""

    passed: int
    failed: list[str]
    skipped: list[str]
    seconds: float

    @property
    def is_good(self) -> bool:
        return not self.failed and self.passed > 0


def run_suite(machine: Machine, suite: str, request: dict[str, object], logs: Path, limit: float) -> Outcome:
    """Boots, runs one suite, powers off; prints the suite's lines as they come."""
    share = logs / suite
    shutil.rmtree(share, ignore_errors=True)
    share.mkdir(parents=True)
    request = {**request, "suite": suite, "loopbacks": machine.loopbacks}
    (share / "request.json").write_text(json.dumps(request, indent=1))
    (share / "environment").write_text(_environment())
    begun = time.monotonic()
    guest_log = share / "guest.log"
    with (share / "console.log").open("wb") as console:
        # Nothing is typed into it; a terminal would be put into raw mode.
        qemu = subprocess.Popen(
            _command(machine, share),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            env=tools_environment(machine.tools),
        )
        seen = 0
        try:
            while qemu.poll() is None and time.monotonic() < begun + limit:
                time.sleep(0.3)
                seen = _show(guest_log, seen)
        finally:
            qemu.kill()
            code = qemu.wait()
    _show(guest_log, seen)
    return _outcome(share, time.monotonic() - begun, limit, code)


def _command(machine: Machine, share: Path) -> list[str]:
    tools = machine.tools
    append = "console=ttyS0 loglevel=5 panic=-1 mitigations=off nokaslr tsc=reliable no_timer_check"

    def folder(name: str, path: Path, access: str) -> list[str]:
        share = f"local,id={name},path={path},security_model=none{access}"
        return ["-fsdev", share, "-device", f"virtio-9p-pci,fsdev={name},mount_tag={name}"]

    return [
        *("nice", "-n", "5", f"{tools}/usr/bin/qemu-system-x86_64"),
        *("-L", f"{tools}/usr/share/qemu", "-L", f"{tools}/usr/share/seabios"),
        *("-accel", "tcg,thread=multi", "-smp", PROCESSORS, "-cpu", "max", "-m", MEMORY_MB),
        *("-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-net", "none", "-no-reboot"),
        *("-kernel", str(machine.kernel), "-initrd", str(machine.initramfs), "-append", append),
        *folder("host", Path("/"), ",readonly=on,multidevs=remap"),
        *folder("tools", tools, ",readonly=on"),
        *folder("out", share, ""),
        *folder("keep", machine.kept, ""),
    ]


def _environment() -> str:
    """What the guest's programs find: this user's home, for what was installed there, and an ordinary PATH."""
    variables = {
        "RIG_PYTHON": os.path.realpath(sys.executable),
        "PYTHONPATH": str(TESTS),
        # The software graphics driver: shaders that it has made are kept for later machines, and made without the wide
        # registers, which cost more than they save where they are emulated.
        "MESA_SHADER_CACHE_DIR": "/tmp/shaders",
        "LP_NATIVE_VECTOR_WIDTH": "128",
        "HOME": str(Path.home()),
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    kept = {name: os.environ[name] for name in ("ORT_DYLIB_PATH", "XDG_DATA_HOME") if name in os.environ}
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in {**variables, **kept}.items())


def _show(log: Path, seen: int) -> int:
    """Prints the finished lines that are new; says how far the log was read."""
    try:
        with log.open("rb") as file:
            file.seek(seen)
            text = file.read()
    except FileNotFoundError:
        return seen
    end = text.rfind(b"\n") + 1
    for line in text[:end].decode(errors="replace").splitlines():
        print(f"    {line}", flush=True)
    return seen + end


def _outcome(share: Path, seconds: float, limit: float, code: int) -> Outcome:
    log = share / "guest.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []

    def told(word: str) -> list[str]:
        return [line.removeprefix(word) for line in lines if line.startswith(word)]

    failed = told("FAILED: ")
    if "suite ended" not in lines:
        end = f"it was stopped after {limit:.0f} s" if seconds >= limit else f"the machine went down ({code})"
        failed.append(f"{share.name} did not come to its end: {end}; see {log} and {share / 'console.log'}")
    return Outcome(len(told("ok: ")), failed, told("skipped: "), seconds)
