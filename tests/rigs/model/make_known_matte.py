"""Makes known_matte.onnx, a model for the rigs that keeps MODNet's contract and whose matte is known.

It keys the source `pattern:`: what lies on the straight line between the checkerboard's two colours is room, what lies
far from it is foreground, and alpha rises in between as the distance does. So every pixel of a composite is known, and
one of the checkerboard's colours is a piece of the room.

    pip install onnx && python3 tests/rigs/model/make_known_matte.py
"""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, checker, helper

# The checkerboard, in codes of 255 (crates/scrim-capture/src/pattern/mod.rs).
LIGHT = (198, 204, 212)
DARK = (58, 92, 70)
# Distances from the line: scaling leaves up to the first where squares meet; the spokes' colour, the nearest of the
# foreground's, has 75.
ROOM = 12.0
FOREGROUND = 60.0


def constant(name: str, shape: list[int], values: list[float]) -> object:
    return helper.make_tensor(name, TensorProto.FLOAT, shape, values)


def model() -> object:
    # The tensor is (code − 127.5) / 127.5.
    dark = [(code - 127.5) / 127.5 for code in DARK]
    along = [(light - dark) / 127.5 for light, dark in zip(LIGHT, DARK, strict=True)]
    length = sum(part * part for part in along)
    constants = [
        constant("dark", [1, 3, 1, 1], dark),
        constant("along", [1, 3, 1, 1], along),
        constant("projection", [1, 3, 1, 1], [part / length for part in along]),
        constant("zero", [], [0.0]),
        constant("one", [], [1.0]),
        constant("room", [], [ROOM / 127.5]),
        constant("gain", [], [127.5 / (FOREGROUND - ROOM)]),
    ]
    nodes = [
        helper.make_node("Sub", ["input", "dark"], ["from_dark"]),
        helper.make_node("Conv", ["from_dark", "projection"], ["share"], kernel_shape=[1, 1]),
        helper.make_node("Clip", ["share", "zero", "one"], ["within"]),
        helper.make_node("Mul", ["within", "along"], ["on_line"]),
        helper.make_node("Sub", ["from_dark", "on_line"], ["off_line"]),
        helper.make_node("ReduceL2", ["off_line"], ["distance"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["distance", "room"], ["beyond"]),
        helper.make_node("Mul", ["beyond", "gain"], ["rising"]),
        helper.make_node("Clip", ["rising", "zero", "one"], ["output"]),
    ]
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, planes, "height", "width"])
        for name, planes in (("input", 3), ("output", 1))
    ]
    graph = helper.make_graph(nodes, "known_matte", ports[:1], ports[1:], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(made)
    return made


if __name__ == "__main__":
    Path(__file__).with_name("known_matte.onnx").write_bytes(model().SerializeToString())
