"""The office background: a quiet library corner by a window, rendered out of focus as a lens would see it behind a person.

    office.py WORK OUT.jpg
"""

import io
import math
import random
import sys

from scene import *

from PIL import Image

LIMIT = 340_000


def build():
    rng = random.Random(4)
    wall = plain("#b9b4a8", 0.85, 0.1, 0.05)
    dark = plain("#33433f", 0.85, 0.1, 0.05)
    oak = wood("#9a7350", "x")
    box((-3.2, -1.5, -0.1), (3.4, 3.4, 0), wood("#8d6a4a", "x", 0.4), 0)
    box((-3.2, 3.0, 0), (3.4, 3.2, 2.9), dark, 0)
    box((3.2, -1.5, 0), (3.4, 3.2, 2.9), wall, 0)
    box((-3.2, -1.5, 2.9), (3.4, 3.2, 3.0), plain("#e8e6e0", 0.9, 0.1), 0)
    # Tall windows down the left side.
    for y0, y1 in ((-1.5, 0.4), (1.5, 1.75), (2.85, 3.2)):
        box((-3.2, y0, 0), (-3.0, y1, 2.9), wall, 0)
    box((-3.2, 0.4, 0), (-3.0, 2.85, 0.35), wall, 0)
    box((-3.2, 0.4, 2.6), (-3.0, 2.85, 2.9), wall, 0)
    frame = plain("#22282a", 0.4, 0.4)
    for y in (0.43, 0.95, 1.47, 1.78, 2.3, 2.82):
        box((-3.1, y - 0.02, 0.35), (-3.04, y + 0.02, 2.6), frame, 0.003)
    for z in (0.37, 1.6, 2.58):
        box((-3.1, 0.4, z - 0.02), (-3.04, 2.85, z + 0.02), frame, 0.003)
    box((-4.3, -1.0, -0.5), (-4.28, 4.0, 4.0), plain("#dfeaf2", 1, 0, emission=3.0), 0)
    area_light((-3.3, 1.6, 1.7), (0.5, 1.5, 0.8), 2.0, 110, (1, 0.96, 0.9))
    # Shelves along the back wall, from knee to ceiling.
    x0, x1, y, depth = -1.35, 2.55, 3.0, 0.3
    levels = [0.08, 0.5, 0.88, 1.24, 1.6, 1.94, 2.26]
    for x in np.linspace(x0, x1, 5):
        box((x - 0.015, y - depth, 0), (x + 0.015, y, levels[-1]), wood("#9a7350", "z"), 0.003)
    for z in levels:
        box((x0, y - depth, z - 0.028), (x1, y, z), oak, 0.003)
    palette = ["#7a3b2e", "#2f4858", "#c9a24b", "#4d5f45", "#d9cfba", "#553f52", "#b0683a", "#23303a", "#8b9690", "#a88e74"]
    xs = np.linspace(x0, x1, 5)
    for i, z in enumerate(levels[:-1]):
        for k in range(4):
            a, b, gap = xs[k] + 0.02, xs[k + 1] - 0.02, levels[i + 1] - z - 0.03
            kind = rng.random()
            if kind < 0.16:
                stack(a + 0.25, y - depth + 0.14, z, 4, rng, palette)
                lathe([(0.001, 0), (0.07, 0), (0.1, 0.08), (0.05, 0.2), (0.06, 0.24)], plain(rng.choice(["#c9b79d", "#56777a", "#b5683f"]), 0.4, 0.4), (b - 0.25, y - 0.15, z))
            elif kind < 0.26:
                plant(a + 0.45, y - 0.16, z, 0.24, rng, 20, 0.2, "#d9d4c8", 0.4)
            else:
                books(a, b, y - depth + 0.02, z, gap, rng, rng.uniform(0.6, 0.97), palette)
    for x in (-0.4, 1.6):
        point_light((x, 2.45, 2.5), 9, (1, 0.72, 0.42), 0.08)
    # A reading chair, a floor lamp, a large plant.
    leather = plain("#7c4a2b", 0.5, 0.4, 0.2, (6, 6, 6), 0.05)
    box((-1.95, 1.7, 0.12), (-1.15, 2.5, 0.42), leather, 0.07, 24)
    ob = box((-2.05, 2.32, 0.35), (-1.2, 2.55, 1.0), leather, 0.09, 24)
    ob.rotation_euler[0] = math.radians(-8)
    lathe([(0.001, 0), (0.15, 0), (0.15, 0.02), (0.013, 0.03), (0.013, 1.5)], plain("#b08d4f", 0.35, 0.6), (-0.95, 2.55, 0), 24)
    lathe([(0.23, 1.42), (0.15, 1.74)], plain("#f3d9a8", 0.9, 0.1, emission=2.2), (-0.95, 2.55, 0))
    point_light((-0.95, 2.55, 1.8), 6, (1, 0.72, 0.42))
    plant(-2.5, 2.6, 0, 1.5, rng, 34, 0.5, "#3b4448", 1.4)
    plant(2.75, 1.6, 0, 1.2, rng, 30, 0.45, "#c9bfae", 1.3)
    box((1.2, 1.0, 0.70), (3.2, 1.75, 0.74), oak, 0.006)
    stack(1.9, 1.4, 0.74, 4, rng, palette)


def main():
    work, out = sys.argv[1:]
    # Everything is behind the plane of focus, so a third of the final size holds all there is to see.
    new_scene(768, 432, 12, bounces=3)
    build()
    world_light((0.8, 0.9, 1), 0.3)
    camera((0.35, -1.1, 1.22), (-0.9, 3.0, 1.18), 62, focus=1.0, fstop=1.7)
    x = render(f"{work}/office.exr")[..., :3]
    up = [Image.fromarray(np.ascontiguousarray(x[..., k])).resize((1920, 1080), Image.BICUBIC) for k in range(3)]
    full = np.stack([np.asarray(p) for p in up], 2)
    picture = develop(full, 1.9).astype(np.float32) + np.random.default_rng(1).normal(0, 0.9, (1080, 1920, 1))
    picture = Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))
    for quality in range(94, 60, -2):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality, subsampling="4:2:0", optimize=True)
        if data.tell() <= LIMIT:
            break
    open(out, "wb").write(data.getvalue())
    print(out, data.tell(), "quality", quality)


if __name__ == "__main__":
    main()
