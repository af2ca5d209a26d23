"""The icon: a person steps out of the folds of a scrim. Drawn at eight times the size, then reduced.

    icon.py OUT_DIRECTORY
"""

import sys

import numpy as np
from PIL import Image, ImageDraw

SIZE, OVER = 256, 8


def colour(text):
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def draw():
    n = SIZE * OVER
    y, x = np.mgrid[0:n, 0:n].astype(np.float32) / n
    # Night behind, with a warm light low down.
    back = colour("#182042") * (1 - y[..., None]) + colour("#3a2f63") * y[..., None]
    glow = np.exp(-(((x - 0.66) / 0.34) ** 2 + ((y - 0.62) / 0.42) ** 2))[..., None]
    picture = back * (1 - 0.9 * glow) + colour("#ffb45e") * 0.9 * glow
    # The person: head and shoulders.
    who = Image.new("L", (n, n))
    d = ImageDraw.Draw(who)
    d.ellipse([n * 0.43, n * 0.22, n * 0.73, n * 0.56], fill=255)
    d.rounded_rectangle([n * 0.27, n * 0.61, n * 0.89, n * 1.4], radius=n * 0.20, fill=255)
    person = (np.asarray(who) / 255)[..., None]
    picture = picture * (1 - person) + person * (colour("#1b1d33") * (0.6 + 0.4 * y[..., None]))
    # The cloth, drawn aside: four folds with a swept edge; the person shows through it a little.
    edge = 0.50 - 0.13 * np.sin(np.pi * np.clip(y, 0, 1) ** 1.2) + 0.05 * y
    u = x / edge
    fold = 0.5 + 0.5 * np.cos(2 * np.pi * (3.5 * u + 0.15 * y))
    light = 0.62 + 0.38 * fold
    cloth = (colour("#e9eef7") * (1 - y[..., None]) + colour("#a9c4ee") * y[..., None]) * light[..., None]
    cover = np.clip((edge - x) * n / OVER + 0.5, 0, 1)[..., None]
    through = 0.16 * person
    picture = picture * (1 - cover * (1 - through)) + cloth * cover * (1 - through)
    mask = Image.new("L", (n, n))
    ImageDraw.Draw(mask).rounded_rectangle([n * 0.03, n * 0.03, n * 0.97, n * 0.97], radius=n * 0.2, fill=255)
    rgba = np.dstack([np.clip(picture, 0, 255), np.asarray(mask)]).astype(np.uint8)
    return Image.fromarray(rgba, "RGBA")


def main():
    big = draw()
    for name, size in (("scrim.png", 256), ("scrim-64.png", 64)):
        # Colour is premultiplied while it is averaged, or the corners would fringe.
        a = np.asarray(big, np.float32) / 255
        a[..., :3] *= a[..., 3:]
        k = big.width // size
        small = a.reshape(size, k, size, k, 4).mean((1, 3))
        small[..., :3] /= np.maximum(small[..., 3:], 1e-6)
        Image.fromarray((np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8), "RGBA").save(f"{sys.argv[1]}/{name}", optimize=True)


if __name__ == "__main__":
    main()
