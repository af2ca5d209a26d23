"""What the machine is made of: a kernel, QEMU, tools, and v4l2loopback in several versions. Made once, then kept."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rigs.vm.host.archive import Archive, RigError
from rigs.vm.host.initramfs import write_initramfs

# Renewed when what lies in the folder changes its shape.
LAYOUT = "1"
TOOLS = ["qemu-system-x86", "busybox-static", "kmod", "udev", "v4l-utils", "seabios"]
# What these would also bring, and the machine does not start: an init system, boot files, compilers' parts.
UNNEEDED = (
    r"systemd.*|libpam-systemd|libnss-systemd|initramfs-tools.*|klibc-utils|libklibc|linux-(perf|libc-dev|base)|cpio"
)
LOOPBACK = "v4l2loopback-dkms"
# Before the host's root is there, the kernel has to read it.
FIRST_MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay"]


@dataclass(frozen=True)
class Machine:
    """The finished parts."""

    folder: Path

    @property
    def tools(self) -> Path:
        """Debian packages, unpacked: the guest sees them laid over the host's root."""
        return self.folder / "root"

    @property
    def kept(self) -> Path:
        """What one machine leaves for the next."""
        return self.folder / "kept"

    @property
    def kernel_release(self) -> str:
        return (self.folder / "release").read_text().strip()

    @property
    def kernel(self) -> Path:
        return self.tools / f"boot/vmlinuz-{self.kernel_release}"

    @property
    def initramfs(self) -> Path:
        return self.folder / "initramfs.gz"

    @property
    def loopbacks(self) -> dict[str, str]:
        """v4l2loopback's versions, oldest first, and the modules."""
        modules = (self.folder / "v4l2loopback").glob("*/v4l2loopback.ko")
        found = {module.parent.name: str(module) for module in modules}
        return dict(sorted(found.items(), key=lambda item: [int(n) for n in re.findall(r"\d+", item[0])]))


def prepare(cache: Path) -> Machine:
    """Makes the machine, unless it is there. Raises RigError."""
    _expect_programs()
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache):
        machine = Machine(cache / f"machine-{_stamp()}")
        if not (machine.folder / "complete").exists():
            for old in cache.glob("machine-*"):
                shutil.rmtree(old)
            work = Machine(cache / "incoming")
            shutil.rmtree(work.folder, ignore_errors=True)
            work.folder.mkdir()
            _make(work)
            (work.folder / "complete").touch()
            work.folder.rename(machine.folder)
        machine.kept.mkdir(exist_ok=True)
        # Quickly made, and of the checkout that runs: `init` may have changed.
        init = Path(__file__).parent / "init"
        write_initramfs(machine.tools, machine.kernel_release, FIRST_MODULES, init, machine.initramfs)
    return machine


def _expect_programs() -> None:
    missing = [program for program in ("gcc", "make") if not shutil.which(program)]
    if missing:
        raise RigError(f"{' and '.join(missing)} missing, which build v4l2loopback: run `cargo xtask setup --for rig`")


def _stamp() -> str:
    return hashlib.sha256("\0".join([LAYOUT, *TOOLS]).encode()).hexdigest()[:12]


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(work: Machine) -> None:
    print(f"    the machine is made in {work.folder.parent}, once: about 110 MB from Debian's archive", flush=True)
    archive = Archive(work.folder / "apt")
    archive.update()
    image = archive.dependency("linux-image-amd64", r"linux-image-\S+")
    package = archive.dependency("linux-headers-amd64", r"linux-headers-\S+")
    release = image.removeprefix("linux-image-")
    (work.folder / "release").write_text(release)
    # The kernel by itself: its dependencies would make it bootable for a real computer.
    archive.unpack([image, *archive.closure(TOOLS, UNNEEDED)], work.tools)
    _merge_usr(work.tools)
    build = work.folder / "build"
    parts = archive.closure([package], r"linux-compiler.*|(?!linux-).*")
    archive.unpack(parts, build)
    headers = build / f"usr/src/linux-headers-{release}"
    # The headers' one absolute path: with it changed, they need not lie where they would be installed.
    makefile = headers / "Makefile"
    makefile.write_text(re.sub(r"^include /", f"include {build}/", makefile.read_text(), flags=re.MULTILINE))
    # Debian's depmod is a link to an absolute path, which would lead to the host's.
    kmod = work.tools / "usr/bin/kmod"
    subprocess.run(
        ["depmod", "-b", work.tools, release], executable=kmod, env=tools_environment(work.tools), check=True
    )
    for version in archive.versions(LOOPBACK):
        _build_loopback(work, archive, headers, version)
    shutil.rmtree(build)
    shutil.rmtree(archive.folder)
    for useless in ("usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(work.tools / useless, ignore_errors=True)


def _merge_usr(root: Path) -> None:
    """Moves /bin, /sbin and /lib below /usr, where they are on the host: laid over it, they would hide its links."""
    for name in ("bin", "sbin", "lib", "lib64"):
        old, new = root / name, root / "usr" / name
        if not old.is_dir() or old.is_symlink():
            continue
        shutil.copytree(old, new, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(old)
        old.symlink_to(f"usr/{name}")


def tools_environment(root: Path) -> dict[str, str]:
    """The environment in which unpacked programs find their libraries."""
    return {**os.environ, "LD_LIBRARY_PATH": f"{root}/usr/lib/x86_64-linux-gnu:{root}/usr/lib"}


def _build_loopback(work: Machine, archive: Archive, headers: Path, version: str) -> None:
    sources = headers.parent / version
    archive.unpack([f"{LOOPBACK}={version}"], sources)
    source = next((sources / "usr/src").glob("v4l2loopback-*"))
    # The headers name the release's own compiler, which need not be here.
    command = ["make", "-C", headers, f"M={source}", "CC=gcc", "modules"]
    done = subprocess.run(command, capture_output=True, text=True)
    module = source / "v4l2loopback.ko"
    if done.returncode or not module.exists():
        words = "\n".join(done.stderr.strip().splitlines()[-12:])
        raise RigError(f"v4l2loopback {version} does not build for the kernel {work.kernel_release}:\n{words}")
    target = work.folder / "v4l2loopback" / version.split("-")[0]
    target.mkdir(parents=True)
    shutil.copy(module, target)
    print(f"    v4l2loopback {version} built", flush=True)
