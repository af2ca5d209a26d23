"""Makes the picture and the numbers that the Rust program's matte is held against.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install onnxruntime numpy pillow
    /tmp/reference/bin/python models/reference/make_reference.py

The picture is drawn here, so that nobody's face or copyright is in it. The numbers come from plain Python: Pillow's
resize, MODNet's normalisation, onnxruntime. Run it again whenever a built-in model changes.
"""

import json
import pathlib

import numpy as np
import onnxruntime
from PIL import Image, ImageDraw, ImageFilter

HERE = pathlib.Path(__file__).parent
# By the names that the program knows them by.
MODELS = {"built-in": "scrim-modnet.onnx", "built-in:light": "scrim-modnet-light.onnx"}
FRAME = (640, 360)
INPUT = (448, 256)  # "balanced" for 16:9
BLOCK = 8


def draw_figure() -> Image.Image:
    """Head and shoulders in front of a wall with a window, drawn large and scaled down for soft edges."""
    width, height = FRAME[0] * 2, FRAME[1] * 2
    wall = np.linspace(150, 205, width)[None, :, None] * np.array([0.92, 0.97, 1.0])
    picture = Image.fromarray(np.broadcast_to(wall, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((80, 60, 380, 420), fill=(120, 160, 200), outline=(90, 80, 70), width=12)
    draw.line((230, 60, 230, 420), fill=(90, 80, 70), width=10)
    draw.rectangle((980, 300, 1280, 720), fill=(110, 84, 60))
    picture = picture.filter(ImageFilter.GaussianBlur(5))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((535, 90, 765, 400), fill=(58, 40, 30))
    draw.rounded_rectangle((340, 470, 960, 900), radius=130, fill=(40, 70, 130))
    draw.polygon([(585, 470), (715, 470), (650, 560)], fill=(222, 178, 150))
    draw.rectangle((600, 380, 700, 490), fill=(205, 160, 132))
    draw.ellipse((552, 130, 748, 425), fill=(224, 180, 152))
    draw.chord((545, 95, 755, 300), 180, 360, fill=(58, 40, 30))
    for x in (607, 693):
        draw.ellipse((x - 18, 255, x + 18, 278), fill=(245, 245, 245))
        draw.ellipse((x - 9, 257, x + 9, 276), fill=(50, 40, 35))
        draw.line((x - 24, 238, x + 24, 234), fill=(58, 40, 30), width=7)
    draw.line((650, 270, 642, 325, 658, 328), fill=(190, 142, 118), width=5)
    draw.arc((612, 335, 688, 382), 15, 165, fill=(170, 80, 80), width=8)
    return picture.filter(ImageFilter.GaussianBlur(1.5)).resize(FRAME, Image.Resampling.LANCZOS)


def matte_of(picture: Image.Image, model: pathlib.Path) -> np.ndarray:
    # Mode F: Pillow rounds eight-bit pictures to whole codes after each of its two passes, the program does not.
    planes = [Image.fromarray(np.asarray(p, np.float32)) for p in picture.split()]
    small = [np.asarray(p.resize(INPUT, Image.Resampling.BILINEAR)) for p in planes]
    tensor = (np.stack(small) - 127.5) / 127.5
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (matte,) = session.run(["output"], {"input": tensor[None]})
    return matte[0, 0]


picture = draw_figure()
picture.save(HERE / "figure.png", optimize=True)
numbers = {"picture": "figure.png", "size": list(INPUT), "block": BLOCK, "onnxruntime": onnxruntime.__version__, "models": {}}
for name, file in MODELS.items():
    matte = matte_of(picture, HERE.parent / file)
    rows, columns = matte.shape[0] // BLOCK, matte.shape[1] // BLOCK
    blocks = matte.reshape(rows, BLOCK, columns, BLOCK).mean((1, 3))
    numbers["models"][name] = {
        "mean": round(float(matte.mean()), 6),
        "block_means": [[round(float(v), 5) for v in row] for row in blocks],
    }
    print(f"{name}: mean alpha {matte.mean():.4f}, soft share {((matte > 0.05) & (matte < 0.95)).mean():.4f}")
(HERE / "figure.json").write_text(json.dumps(numbers) + "\n")
