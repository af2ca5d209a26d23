"""Static int8 quantisation of an exported model: unsigned activations, signed weights, scales per channel."""

import logging
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from scrim_training.data.compose import sample
from scrim_training.data.pool import Pool
from scrim_training.export.files import Card
from scrim_training.export.graph import INPUT
from scrim_training.manifest import manifest_of
from scrim_training.problem import Problem

# What may run in int8; everything else is float always.
QUANTISED = ("Conv", "Relu", "Clip", "Add", "Concat", "Resize")
# Measured on scrim-modnet-light, one thread, AVX2 without VNNI, as a share of the float model's time at
# 192×320 and 288×512: with Resize and Concat in float .78 and .74, only Resize .73 and .69, neither .75
# and .69. MAD on composites is the same within 1e-4.
KEEP_FLOAT = ("Resize",)
# Pictures that calibration looks at; the ranges hardly move past some dozens.
PICTURES = 64


class _Reader(CalibrationDataReader):
    """Hands normalised pictures to the calibration, one at a time."""

    def __init__(self, pictures: Sequence[np.ndarray], step: Callable[[], object]) -> None:
        self._pictures: Iterator[np.ndarray] = iter(pictures)
        self._step = step

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self._pictures, None)
        if picture is None:
            return None
        self._step()
        return {INPUT: picture}


def calibration_pictures(pack: Path, count: int, sides: tuple[int, int], seed: int) -> list[np.ndarray]:
    """Training composites of a pack file, its train side, normalised: float32 [1, 3, height, width] in -1..1.

    # Errors
    Problem, when the file is no pack or has nobody to compose with.
    """
    pool, draw = Pool(pack, "train"), random.Random(seed)
    pictures = []
    for _ in range(count):
        codes = sample(pool, draw, *sides).picture.astype(np.float32)
        pictures.append(np.ascontiguousarray((codes / 127.5 - 1.0).transpose(2, 0, 1)[None]))
    return pictures


def quantised(
    path: Path,
    pictures: Sequence[np.ndarray],
    keep_float: Sequence[str] = KEEP_FLOAT,
    full_range: bool = False,
    step: Callable[[], object] = lambda: None,
) -> onnx.ModelProto:
    """The model of an ONNX file as QDQ int8, its ranges those that `pictures`, normalised, reach.

    `keep_float` names kinds of operators or single nodes. Weights have 7 bits unless `full_range`: where a
    processor has AVX2 but no VNNI, ONNX Runtime adds two products of an activation and a weight in 16 bits,
    which 8-bit weights overflow. `step` is called for each picture.

    # Errors
    Problem, when the file cannot be read as a model, is quantised already, or has no node of a name given.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared, target = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        try:
            # ONNX Runtime's own folding turns weights stored in half precision into float ones.
            quant_pre_process(path, prepared, skip_symbolic_shape=True)
            nodes = onnx.load(prepared).graph.node
        except Exception as error:  # ONNX Runtime's and protobuf's exceptions have no common class but this.
            raise _bad(path, str(error).splitlines()[0]) from error
        if any(node.op_type == "QuantizeLinear" for node in nodes):
            raise _bad(path, "it is quantised already")
        named = {node.name for node in nodes}
        if unknown := [name for name in keep_float if name not in named and name not in QUANTISED]:
            float_always = unknown[0] in {node.op_type for node in nodes}
            raise Problem(
                f"{unknown[0]} cannot be kept in float",
                "it is float always" if float_always else f"{path} has no operator or node of that name",
                f"Give {', '.join(QUANTISED)}, or a node's name.",
            )
        with _quiet():
            quantize_static(
                prepared,
                target,
                _Reader(pictures, step),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=not full_range,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                op_types_to_quantize=[kind for kind in QUANTISED if kind not in keep_float],
                nodes_to_exclude=[name for name in keep_float if name not in QUANTISED],
            )
        model = onnx.load(target)
    onnx.checker.check_model(model)
    return model


def card_of(path: Path) -> Card:
    """What the manifest beside a model says of it; a card of the file's name where there is none.

    # Errors
    Problem, when the manifest cannot be read, or describes another file.
    """
    found = manifest_of(path)
    description, source = (" ".join((text or "").split()) for text in (found.description, found.source))
    return Card(found.name, found.variant, found.licence, description, source)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the quantiser's remarks about each tensor off the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _bad(path: Path, why: str) -> Problem:
    return Problem(f"{path} cannot be quantised", why, "Give a float model that `export` wrote.")
