"""The first root of the machine: busybox, and the kernel modules by which it reaches the host's root."""

import gzip
from pathlib import Path


def write_initramfs(root: Path, release: str, modules: list[str], init: Path, target: Path) -> None:
    """Packs the archive that the kernel starts from, in the format "newc" of the kernel's initramfs documentation."""
    files = dependencies(root / f"usr/lib/modules/{release}", modules)
    archive = bytearray()
    for folder in ("bin", "modules", "proc", "sys", "dev", "host", "tools", "rw", "whole"):
        archive += _entry(folder, 0o040755, b"")
    archive += _entry("init", 0o100755, init.read_bytes())
    archive += _entry("bin/busybox", 0o100755, (root / "usr/bin/busybox").read_bytes())
    archive += _entry("bin/sh", 0o120777, b"busybox")
    for file in files:
        archive += _entry(f"modules/{file.name}", 0o100644, file.read_bytes())
    archive += _entry("modules/order", 0o100644, "".join(f"{file.name}\n" for file in files).encode())
    archive += _entry("TRAILER!!!", 0, b"")
    target.write_bytes(gzip.compress(bytes(archive), 1))


def dependencies(folder: Path, modules: list[str]) -> list[Path]:
    """The files of modules and of what they need, in the order in which they must be loaded."""
    needs: dict[str, list[str]] = {}
    paths: dict[str, Path] = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        file, _, wanted = line.partition(":")
        name = _module_name(file)
        paths[name], needs[name] = folder / file, [_module_name(one) for one in wanted.split()]
    ordered: list[str] = []

    def add(name: str) -> None:
        for need in needs[name]:
            add(need)
        if name not in ordered:
            ordered.append(name)

    for module in modules:
        # Built into the kernel where it is not listed.
        if module in needs:
            add(module)
    return [paths[name] for name in ordered]


def _module_name(file: str) -> str:
    return Path(file).name.partition(".ko")[0].replace("-", "_")


def _entry(name: str, mode: int, content: bytes) -> bytes:
    links = 2 if mode & 0o040000 else 1
    fields = [0, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    head = "070701" + "".join(f"{field:08X}" for field in fields)
    padded = (head.encode() + name.encode() + b"\0").ljust(-(-(len(head) + len(name) + 1) // 4) * 4, b"\0")
    return padded + content.ljust(-(-len(content) // 4) * 4, b"\0")
