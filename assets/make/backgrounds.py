"""The painted backgrounds, 1920x1080: light on cloth, plaster and air worked out per pixel with numpy.

    backgrounds.py OUT_DIRECTORY [studio|dusk|scrim ...]
"""

import io
import sys

import numpy as np
from PIL import Image

W, H = 1920, 1080
LIMIT = 340_000


def blur(a, radius):
    """Gaussian by three box passes, edges repeated; `radius` is about two standard deviations, in pixels."""
    r = max(1, int(round(radius / 2)))
    for axis in (0, 1):
        for _ in range(3):
            pad = [(0, 0)] * a.ndim
            pad[axis] = (r + 1, r)
            c = np.cumsum(np.pad(a, pad, mode="edge"), axis=axis, dtype=np.float64)
            n = 2 * r + 1
            hi, lo = [slice(None)] * a.ndim, [slice(None)] * a.ndim
            hi[axis], lo[axis] = slice(n, None), slice(None, -n)
            a = ((c[tuple(hi)] - c[tuple(lo)]) / n).astype(np.float32)
    return a


def cloud(rng, cells, octaves=5, aspect=1.0, fall=0.5):
    """Fractal noise about 0, of order 1: `cells` across the picture at the coarsest."""
    out, amp, total = np.zeros((H, W), np.float32), 1.0, 0.0
    for k in range(octaves):
        nx = max(2, int(cells * 2**k))
        ny = max(2, int(cells * 2**k * H / W * aspect))
        grid = Image.fromarray(rng.normal(size=(ny + 3, nx + 3)).astype(np.float32))
        out += amp * np.asarray(grid.resize((W, H), Image.BICUBIC))
        total += amp
        amp *= fall
    return out / total * 1.6


def grid():
    y, x = np.mgrid[0:H, 0:W].astype(np.float32)
    return x / W, y / H


def srgb(text):
    v = np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


def save(linear, path, rng):
    """Shoulder, sRGB curve, a dither that keeps slow gradients from banding; the best quality that fits LIMIT."""
    x = np.maximum(linear, 0)
    x = np.where(x < 0.6, x, 0.6 + 0.4 * (1 - np.exp(-(x - 0.6) / 0.4)))
    x = np.where(x <= 0.0031308, x * 12.92, 1.055 * np.power(np.maximum(x, 1e-6), 1 / 2.4) - 0.055)
    # Triangular, a little over one step: less would be lost to the quantiser of JPEG.
    noise = rng.random((H, W, 1)) - rng.random((H, W, 1))
    picture = Image.fromarray(np.clip(x * 255 + 1.2 * noise + 0.5, 0, 255).astype(np.uint8))
    for quality in range(94, 60, -2):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality, subsampling="4:2:0", optimize=True)
        if data.tell() <= LIMIT:
            break
    with open(path, "wb") as f:
        f.write(data.getvalue())
    print(path, data.tell(), "quality", quality)


def studio(rng):
    """A plastered wall in late-morning light: a soft window falls across it, with the shadow of leaves."""
    x, y = grid()
    base = srgb("#cfc4b4")[None, None] * np.ones((H, W, 1), np.float32)
    plaster = 1 + 0.022 * cloud(rng, 4) + 0.006 * cloud(rng, 120, 3)
    # Relief: the plaster's slope towards the light.
    relief = blur(cloud(rng, 60, 4), 3)
    slope = np.gradient(relief, axis=1) + np.gradient(relief, axis=0)
    glow = np.exp(-(((x - 0.36) / 0.60) ** 2 + ((y - 0.35) / 0.75) ** 2))
    ambient = 0.40 + 0.34 * glow
    # The window: slanted bars of light, sharper where the light has travelled less.
    u, v = x - 0.10 + 0.30 * (y - 0.1), y - 0.36 * (x - 0.2)
    beam = np.zeros((H, W), np.float32)
    for i in range(2):
        for j in range(3):
            u0, v0 = 0.17 + 0.185 * i, 0.02 + 0.255 * j
            beam += ((u > u0) & (u < u0 + 0.165) & (v > v0) & (v < v0 + 0.225)).astype(np.float32)
    leaves = np.zeros((H, W), np.float32)
    for _ in range(46):
        cx, cy, a = rng.uniform(0.28, 0.62), rng.uniform(-0.1, 0.85) ** 1.0, rng.uniform(0, np.pi)
        length, width = rng.uniform(0.035, 0.075), rng.uniform(0.008, 0.016)
        dx, dy = (x - cx) * np.cos(a) + (y - cy) * 0.5625 * np.sin(a), -(x - cx) * np.sin(a) + (y - cy) * 0.5625 * np.cos(a)
        taper = np.clip(1 - (dx / length) ** 2, 0, 1)
        leaves = np.maximum(leaves, (np.abs(dy) < width * taper).astype(np.float32))
    shade = blur(beam, 44) * (1 - 0.55 * blur(leaves, 30) * np.clip(1.6 - 2.2 * x, 0, 1))
    light = ambient[..., None] * np.array([0.97, 1.0, 1.04], np.float32) + 0.42 * (shade * (1 - 0.35 * y))[..., None] * np.array([1.08, 0.99, 0.84], np.float32)
    corner = 1 - 0.16 * np.clip(((x - 0.5) ** 2 + (y - 0.5) ** 2) * 1.6, 0, 1)
    return base * (plaster * (1 - 0.10 * slope) * corner)[..., None] * light


def dusk(rng):
    """A town after sunset, far out of focus."""
    x, y = grid()
    stops = ((0.0, "#141a3c"), (0.25, "#2c2f63"), (0.45, "#71486f"), (0.58, "#c8705a"), (0.66, "#e9a45f"), (0.72, "#5b4357"), (1.0, "#15141f"))
    at = np.array([s[0] for s in stops])
    colours = np.array([srgb(s[1]) for s in stops])
    h = y + 0.012 * cloud(rng, 3, 3)
    sky = np.stack([np.interp(h, at, colours[:, k]) for k in range(3)], 2).astype(np.float32)
    glow = np.exp(-(((x - 0.68) / 0.35) ** 2 + ((y - 0.64) / 0.16) ** 2))
    sky += 0.35 * glow[..., None] * srgb("#ffb070")
    # Roofs: two rows, the nearer darker.
    for top, depth, tone in ((0.60, 0.09, "#4a3a58"), (0.66, 0.12, "#1d1a2c")):
        mask, at_x = np.zeros((H, W), np.float32), -0.02
        while at_x < 1.0:
            width, roof = rng.uniform(0.03, 0.10), top + depth * rng.uniform(-0.5, 0.7)
            mask[(x > at_x) & (x < at_x + width) & (y > roof)] = 1
            at_x += width * rng.uniform(0.75, 1.05)
        mask = blur(mask, 46)[..., None]
        fade = np.clip((y - top) / 0.5, 0, 1)[..., None]
        sky = sky * (1 - mask) + mask * srgb(tone) * (1 - 0.55 * fade)
    # Lamps and windows as the discs of a lens, brighter at the rim.
    lamps = ["#ffb35c", "#ffcf8a", "#ff8e4a", "#ffd9a8", "#ff6f5a", "#8fd0ff", "#ffe9c7", "#ffa04d"]
    for _ in range(260):
        far = rng.random()
        cy = 0.61 + 0.34 * far**1.7 + rng.normal() * 0.02
        cx = rng.uniform(-0.02, 1.02)
        r = (6 + 30 * far) * rng.uniform(0.7, 1.25)
        colour = srgb(lamps[rng.integers(len(lamps))])
        power = rng.uniform(0.08, 0.62) ** 1.7 * (1.7 - 1.0 * far)
        x0, x1 = int(max(0, cx * W - r - 3)), int(min(W, cx * W + r + 4))
        y0, y1 = int(max(0, cy * H - r - 3)), int(min(H, cy * H + r + 4))
        if x0 >= x1 or y0 >= y1:
            continue
        yy, xx = np.mgrid[y0:y1, x0:x1]
        d = np.hypot(xx - cx * W, yy - cy * H)
        disc = np.clip((r - d) / 5 + 0.5, 0, 1) * (0.72 + 0.28 * np.clip(d / r, 0, 1) ** 4)
        sky[y0:y1, x0:x1] += power * disc[..., None] * colour
    return sky * (1 - 0.25 * ((x - 0.5) ** 2 + (y - 0.5) ** 2))[..., None] * 1.05


def scrim(rng):
    """The theatre cloth itself: gauze in folds, amber light from one side and blue from the other."""
    x, y = grid()
    # Folds hang from a gathered top and open downwards; each fold wanders a little.
    s = x + 0.004 * np.sin(5 * y + 3 * x) * y + 0.0022 * cloud(rng, 2, 2, 0.3) * (0.2 + y)
    z = np.zeros((H, W), np.float32)
    for n, amp in ((9.0, 1.0), (14.3, 0.8), (22.7, 0.5), (37.1, 0.2)):
        phase, sharp = rng.uniform(0, 6.28), rng.uniform(0.3, 0.8)
        wave = 2 * np.pi * n * s + phase + 0.7 * np.sin(2 * np.pi * s * n * 0.31 + phase)
        lower = 1.0 - (0.55 * y if n > 15 else -0.15 * y)
        z += amp * lower * (np.sin(wave) + sharp * 0.35 * np.sin(2 * wave + 1)) / n**0.9
    z = z + 0.004 * blur(cloud(rng, 6, 3, 0.2), 6)
    px = np.gradient(z, axis=1) * W * 0.055
    py = np.gradient(z, axis=0) * H * 0.02
    norm = np.sqrt(1 + px**2 + py**2)
    n = np.stack([-px, -py, np.ones_like(px)], 2) / norm[..., None]

    def lamp(direction, wrap):
        d = np.array(direction, np.float32) / np.linalg.norm(direction)
        return np.clip((n @ d + wrap) / (1 + wrap), 0, 1)

    # Deep folds see less of the hall.
    deep = blur(z, 60) - z
    open_ = np.clip(1 - 2.1 * np.clip(deep, 0, None) / np.abs(z).max(), 0.35, 1)
    warm_at = np.exp(-(((x - 0.12) / 0.62) ** 2 + ((y - 0.12) / 0.85) ** 2))
    cool_at = np.exp(-(((x - 0.92) / 0.60) ** 2 + ((y - 0.30) / 0.90) ** 2))
    back_at = np.exp(-(((x - 0.5) / 0.34) ** 2 + ((y - 0.48) / 0.5) ** 2))
    cloth = srgb("#d9d4cc")
    light = 1.25 * (lamp((-0.75, -0.35, 0.6), 0.15) * warm_at)[..., None] * srgb("#ffbe78")
    light += 1.05 * (lamp((0.75, -0.25, 0.6), 0.15) * cool_at)[..., None] * srgb("#7ba4ec")
    light += 0.10 * srgb("#c8cbe0")
    # Light from behind shows through the gauze, more where it hangs square to the eye.
    light += 0.22 * (back_at * (1 / norm) ** 1.5)[..., None] * srgb("#ffe3c2")
    weave = 1 + 0.025 * np.sin(2 * np.pi * s * 480) * np.sin(2 * np.pi * y * 270) + 0.018 * cloud(rng, 200, 2, 0.2)
    floor = 1 - 0.45 * np.clip((y - 0.72) / 0.28, 0, 1) ** 1.5
    return cloth * light * (open_ * weave * floor)[..., None] * 0.82


PAINTED = {"studio": (studio, 5), "dusk": (dusk, 8), "scrim": (scrim, 21)}


def main():
    out, *names = sys.argv[1:]
    for name in names or PAINTED:
        paint, seed = PAINTED[name]
        rng = np.random.default_rng(seed)
        save(paint(rng), f"{out}/{name}.jpg", rng)


if __name__ == "__main__":
    main()
