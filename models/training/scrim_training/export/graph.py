"""Networks as ONNX graphs: written, checked against PyTorch, sides fixed, weights halved."""

import copy
import io
import warnings
from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from scrim_training.export.fold import folded
from scrim_training.problem import Problem

OPSET = 17
# The names that MODNet's own exports use.
INPUT, OUTPUT = "input", "output"
# Height and width of what an export is checked on: landscape, square, portrait, and the smallest that the
# program asks for.
CHECKED_SIZES = ((288, 512), (256, 256), (320, 192), (160, 288))
# Of alpha, at every pixel. Rounding in another order stays below a tenth of it.
TOLERANCE = 1e-4
# Of alpha, on average, between weights in float and in half precision: what the program's own tests allow.
HALF_TOLERANCE = 1e-3
# Smaller tensors (biases, scales) stay float: they are a hundredth of a file and matter most.
SMALLEST_HALF = 256
LARGEST_HALF = 65504.0


def to_onnx(network: nn.Module) -> onnx.ModelProto:
    """The network as an ONNX graph of opset 17 with dynamic sides, batch norms folded, weights float32."""
    buffer = io.BytesIO()
    axes = {2: "height", 3: "width"}
    with warnings.catch_warnings():
        # The newer exporter needs a package more and writes a graph that is no faster.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            folded(network),
            (torch.zeros(1, 3, 64, 96),),
            buffer,
            input_names=[INPUT],
            output_names=[OUTPUT],
            opset_version=OPSET,
            dynamo=False,
            dynamic_axes={INPUT: axes, OUTPUT: axes},
        )
    model = onnx.load_from_string(buffer.getvalue())
    onnx.checker.check_model(model)
    return model


def with_sides(model: onnx.ModelProto, sides: tuple[int, int]) -> onnx.ModelProto:
    """A copy whose input and output have this height and width, and no others."""
    fixed = copy.deepcopy(model)
    for value in (fixed.graph.input[0], fixed.graph.output[0]):
        for index, side in zip((2, 3), sides, strict=True):
            value.type.tensor_type.shape.dim[index].dim_value = side
    # Shapes in between were inferred for dynamic sides.
    del fixed.graph.value_info[:]
    return fixed


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that stores its larger weights as float16, each with a Cast to float32: half the file.

    ONNX Runtime folds the casts when it loads the file, so it runs at the same speed and in float32.
    """
    halved = copy.deepcopy(model)
    graph = halved.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        small = values.size < SMALLEST_HALF
        if values.dtype != np.float32 or small or np.abs(values).max() > LARGEST_HALF:
            continue
        stored = f"{tensor.name}.half"
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(halved)
    return halved


def session(model: onnx.ModelProto | bytes | str, threads: int = 1) -> onnxruntime.InferenceSession:
    """A model in ONNX Runtime on the processor, as the program runs it: optimised, nothing logged."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    source = model.SerializeToString() if isinstance(model, onnx.ModelProto) else model
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def run(running: onnxruntime.InferenceSession, picture: np.ndarray) -> np.ndarray:
    """Alpha, float32 [1, 1, H, W], of a normalised picture, float32 [1, 3, H, W]."""
    (alpha,) = running.run([OUTPUT], {INPUT: picture})
    return alpha


def trial_pictures(sizes: Sequence[tuple[int, int]], seed: int = 17) -> list[np.ndarray]:
    """For each height and width a normalised picture, float32 [1, 3, H, W] in -1..1: a soft shape, noise."""
    random = np.random.default_rng(seed)
    pictures = []
    for height, width in sizes:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
        middle, radius = random.uniform(0.3, 0.9, 2), random.uniform(0.15, 0.4)
        blob = 1 / (1 + np.exp((np.hypot(y - middle[0], x - middle[1]) - radius) * 30))
        colours = random.uniform(-0.8, 0.8, (2, 3, 1, 1))
        picture = blob * colours[0] + (1 - blob) * colours[1] + random.normal(0, 0.1, (3, height, width))
        pictures.append(np.clip(picture, -1, 1)[None].astype(np.float32))
    return pictures


def check_against(network: nn.Module, model: onnx.ModelProto, sizes: Sequence[tuple[int, int]]) -> float:
    """The largest difference of alpha between PyTorch, batch norms not folded, and the graph on some sizes.

    # Errors
    Problem, when it exceeds `TOLERANCE` or is no number.
    """
    running, largest = session(model), 0.0
    network = copy.deepcopy(network).eval()
    for picture in trial_pictures(sizes):
        with torch.no_grad():
            expected = network(torch.from_numpy(picture)).numpy()
        difference = float(np.abs(run(running, picture) - expected).max())
        if not difference <= TOLERANCE:
            height, width = picture.shape[2:]
            raise Problem(
                "the model cannot be exported",
                f"at {height}×{width} ONNX Runtime's alpha differs from PyTorch's by {difference:.2g}, more "
                f"than {TOLERANCE:g}",
                "Look for weights that are not finite or huge in the checkpoint; no file was written.",
            )
        largest = max(largest, difference)
    return largest


def half_difference(model: onnx.ModelProto, halved: onnx.ModelProto) -> tuple[float, float]:
    """Mean and largest difference of alpha that storing the weights in half precision makes.

    # Errors
    Problem, when the mean exceeds `HALF_TOLERANCE`.
    """
    whole, half = session(model), session(halved)
    differences = [np.abs(run(whole, p) - run(half, p)) for p in trial_pictures(CHECKED_SIZES)]
    mean = float(np.mean([d.mean() for d in differences]))
    largest = float(max(d.max() for d in differences))
    if not mean <= HALF_TOLERANCE:
        raise Problem(
            "the weights cannot be stored in half precision",
            f"alpha differs by {mean:.2g} on average, more than {HALF_TOLERANCE:g}",
            "Use --weights float; no file was written.",
        )
    return mean, largest
