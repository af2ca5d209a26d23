"""Debian's package archive through apt, with a configuration, lists and a cache of our own.

Nothing is installed, upgraded or removed, and apt's own state is only read: from it apt knows which libraries are there
already and need not be fetched.
"""

import re
import shutil
import subprocess
from pathlib import Path

# The kernel, QEMU and the tools are this release's. Other suites only give other versions of v4l2loopback.
RELEASE = "bookworm"
NEWER_SUITES = ("trixie", "sid")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class RigError(Exception):
    """What stands in the rig's way, and what to try."""


class Archive:
    """Packages of Debian's, fetched into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        archive, security = mirror("Debian"), mirror("Debian-Security")
        lines = [f"deb [signed-by={KEYRING}] {archive} {suite} main" for suite in (RELEASE, *NEWER_SUITES)]
        if security:
            lines.append(f"deb [signed-by={KEYRING}] {security} {RELEASE}-security main")
        (folder / "sources.list").write_text("\n".join(lines) + "\n")
        self.options = [
            "-o", f"Dir::Etc::SourceList={folder}/sources.list",
            "-o", "Dir::Etc::SourceParts=/dev/null",
            "-o", f"Dir::State::Lists={folder}/lists",
            "-o", f"Dir::Cache={folder}/cache",
            "-o", f"APT::Default-Release=/^{RELEASE}(-security)?$/",
            "-o", "Acquire::Languages=none",
            "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
            "-o", "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
        ]  # fmt: skip

    def apt(self, *arguments: str) -> str:
        """What an apt program prints. Raises RigError with its last words."""
        program, *rest = arguments
        done = subprocess.run([program, *self.options, *rest], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines()[-6:]
            raise RigError(f"`{' '.join(arguments)}` failed; is the network there?\n" + "\n".join(words))
        return done.stdout

    def update(self) -> None:
        self.apt("apt-get", "-qq", "update")

    def closure(self, packages: list[str], without: str) -> list[str]:
        """The packages, and what they need that this system has not. `without` is a pattern of names to leave out."""
        plan = self.apt("apt-get", "--simulate", "--no-install-recommends", "install", *packages)
        names = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
        wanted = {name for name in names if not re.fullmatch(without, name)}
        # What is installed here is not in the plan, and is needed all the same.
        return sorted(wanted | set(packages))

    def versions(self, package: str) -> list[str]:
        """All versions of a package, oldest first."""
        lines = self.apt("apt-cache", "madison", package).splitlines()
        return sorted({line.split("|")[1].strip() for line in lines if "|" in line}, key=_numbers)

    def dependency(self, package: str, pattern: str) -> str:
        """The one dependency of a package that the pattern matches."""
        text = self.apt("apt-cache", "depends", package)
        found = re.search(rf"Depends: ({pattern})\s", text)
        if not found:
            raise RigError(
                f"{package} depends on nothing like {pattern}; the archive's lists are not what this expects"
            )
        return found[1]

    def unpack(self, packages: list[str], target: Path) -> None:
        """Downloads packages and unpacks them below a folder."""
        downloads = self.folder / "downloads"
        downloads.mkdir(exist_ok=True)
        done = subprocess.run(
            ["apt-get", *self.options, "-qq", "download", *packages], cwd=downloads, capture_output=True, text=True
        )
        if done.returncode:
            raise RigError(f"packages cannot be downloaded: {done.stderr.strip()}")
        target.mkdir(parents=True, exist_ok=True)
        for package in sorted(downloads.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, target], check=True)
        shutil.rmtree(downloads)


def mirror(label: str) -> str:
    """Where this system's apt gets Debian from; empty where it does not."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise RigError("this rig takes its machine from Debian's archive and needs apt-get and dpkg: run it on Debian")
    text = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages", "Origin: Debian"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    uris = [line.split(" ", 1)[1] for line in text.splitlines() if line.split(" ", 1)[0] == label]
    if not uris and label == "Debian":
        raise RigError(
            "apt's sources name no archive of Debian's: this rig takes its machine from there, run it on Debian"
        )
    return uris[0] if uris else ""


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
