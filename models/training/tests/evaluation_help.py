"""What the tests of the evaluation share: a tiny pack file and a tiny model, both made on the spot."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

REPOSITORY = Path(__file__).parents[3]


def drawn_person(seed: int) -> np.ndarray:
    """A head on shoulders as a foreground, uint8 200x160x4, cut off below and at neither side."""
    rows, columns = np.mgrid[0:200, 0:160]
    head = (rows - 60) ** 2 + (columns - 80) ** 2 < 45**2
    body = ((columns - 80) / 60) ** 2 + ((rows - 200) / 95) ** 2 < 1
    rgba = np.zeros((200, 160, 4), np.uint8)
    rgba[..., :3] = (200, 150, 120)
    rgba[body] = (20 + 30 * seed, 60, 120, 255)
    rgba[head] = (210, 160, 130, 255)
    return rgba


def write_pack(path: Path) -> None:
    """A pack with two portraits, one of the studio, an avatar with a chair, held-out and training rooms."""
    room = np.random.default_rng(5).integers(0, 255, (9, 16, 3), np.uint8)
    rooms = [np.asarray(Image.fromarray(np.roll(room, i, 0)).resize((320, 180))) for i in range(3)]
    chair = np.zeros((200, 160, 4), np.uint8)
    chair[120:, 10:150] = (30, 30, 30, 255)
    parts = [
        ("foreground/a/one.webp", "portraits", "portrait:one", "held_out", drawn_person(0)),
        ("foreground/a/two.webp", "portraits", "portrait:two", "held_out", drawn_person(1)),
        ("foreground/a/three.webp", "portraits", "portrait:three", "train", drawn_person(2)),
        ("foreground/b/four.webp", "portraits-small", "portrait:four", "held_out", drawn_person(3)),
        ("foreground/c/five.webp", "avatars", "avatar:five", "held_out", drawn_person(4)),
        ("behind/c/five_behind.webp", "avatars", "avatar:five", "held_out", chair),
        ("background/d/r0.webp", "hdri", "room:0", "held_out", rooms[0]),
        ("background/d/r1.webp", "hdri", "room:1", "held_out", rooms[1]),
        ("background/d/r2.webp", "hdri", "room:2", "train", rooms[2]),
    ]
    items = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as pack:
        for name, source, person, split, picture in parts:
            data = io.BytesIO()
            Image.fromarray(picture).save(data, "WEBP", lossless=True)
            pack.writestr(zipfile.ZipInfo(name), data.getvalue())
            kind = name.split("/")[0]
            items.append({"path": name, "kind": kind, "source": source, "person": person, "split": split})
        index = {"version": 1, "seed": 1, "sources": {}, "items": items}
        pack.writestr(zipfile.ZipInfo("index.json"), json.dumps(index))


def write_model(path: Path, sides: tuple[int | str, int | str] = ("height", "width"), peer: bool = False) -> None:
    """A model whose alpha is the input's red channel brought back to 0..1; a peer's layout and range if so
    wanted."""
    height, width = sides
    shape, out = (
        ([1, height, width, 3], [1, height, width, 1]) if peer else ([1, 3, height, width], [1, 1, height, width])
    )
    axis = 3 if peer else 1
    scale, offset = (1.0, 0.0) if peer else (0.5, 0.5)
    numbers = [
        helper.make_tensor("first", TensorProto.INT64, [1], [0]),
        helper.make_tensor("scale", TensorProto.FLOAT, [], [scale]),
        helper.make_tensor("offset", TensorProto.FLOAT, [], [offset]),
    ]
    nodes = [
        helper.make_node("Gather", ["input", "first"], ["red"], axis=axis),
        helper.make_node("Mul", ["red", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "red",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, out)],
        numbers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
