"""The pictures that the machine's cameras show: the test pattern's first ones, in the formats that cameras send."""

import subprocess
from pathlib import Path

from rigs.vm.host.archive import RigError

SIZES = ("160x90", "320x180", "640x360")
COUNT = 40
# A 4:2:2 JPEG at a quality that keeps the pattern's flat parts within a few levels, as cameras send them.
FORMATS = {
    "yuyv": ("-pix_fmt", "yuyv422", "-f", "rawvideo"),
    "uyvy": ("-pix_fmt", "uyvy422", "-f", "rawvideo"),
    "nv12": ("-pix_fmt", "nv12", "-f", "rawvideo"),
    "i420": ("-pix_fmt", "yuv420p", "-f", "rawvideo"),
    "mjpeg": ("-pix_fmt", "yuvj422p", "-c:v", "mjpeg", "-q:v", "3", "-f", "mjpeg"),
}


def write_pictures(camera_log: Path, folder: Path) -> Path:
    """Writes WxH.rgb and one file for each format and size. Raises RigError."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        _run([str(camera_log), "--pictures", str(folder), size, str(COUNT)])
        source = folder / f"{size}.rgb"
        read = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "15"]
        for name, options in FORMATS.items():
            # Cameras of the UVC class send BT.601, raw pictures in limited range, JPEG in full range.
            span = "full" if name == "mjpeg" else "limited"
            scale = f"scale=out_color_matrix=bt601:out_range={span}:flags=accurate_rnd"
            _run([*read, "-i", str(source), "-vf", scale, *options, str(folder / f"{size}.{name}")])
    return folder


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RigError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
