"""Makes the tiny models of the tests: some keep MODNet's contract, most break it in one way each.

    pip install onnx && python3 crates/scrim-matting/tests/data/make_models.py
"""

import pathlib

from onnx import TensorProto, checker, helper

HERE = pathlib.Path(__file__).parent


def port(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name, nodes, inputs, outputs, constants=()):
    initializers = [helper.make_tensor(n, TensorProto.FLOAT, [], [v]) for n, v in constants]
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


MEAN = helper.make_node("ReduceMean", ["input"], ["grey"], axes=[1], keepdims=1)
SIGMOID = helper.make_node("Sigmoid", ["grey"], ["output"])
PICTURE = port("input", [1, 3, "h", "w"])
MATTE = port("output", [1, 1, "h", "w"])

save("grey", [MEAN, SIGMOID], [PICTURE], [MATTE])
save("fixed", [MEAN, SIGMOID], [port("input", [1, 3, 64, 96])], [port("output", [1, 1, 64, 96])])
# White is a person for certain, and black is room.
save(
    "contrast",
    [MEAN, helper.make_node("Mul", ["grey", "eight"], ["far"]), helper.make_node("Sigmoid", ["far"], ["output"])],
    [PICTURE],
    [MATTE],
    [("eight", 8.0)],
)
# Says nothing of its output's sides, and halves them.
pool = helper.make_node("AveragePool", ["input"], ["small"], kernel_shape=[2, 2], strides=[2, 2])
mean = helper.make_node("ReduceMean", ["small"], ["grey"], axes=[1], keepdims=1)
save("halved", [pool, mean, SIGMOID], [PICTURE], [port("output", [1, 1, "a", "b"])])
# Grey is 0 for the warm-up's picture, so the values leave 0 to 1 at once.
add = helper.make_node("Add", ["grey", "two"], ["output"])
save("beyond", [MEAN, add], [PICTURE], [MATTE], [("two", 2.0)])
log = helper.make_node("Log", ["below"], ["output"])
sub = helper.make_node("Sub", ["grey", "two"], ["below"])
save("nan", [MEAN, sub, log], [PICTURE], [MATTE], [("two", 2.0)])
second = helper.make_node("Add", ["input", "other"], ["sum"])
save(
    "two_inputs",
    [second, helper.make_node("ReduceMean", ["sum"], ["grey"], axes=[1], keepdims=1), SIGMOID],
    [PICTURE, port("other", [1, 3, "h", "w"])],
    [MATTE],
)
cast = helper.make_node("Cast", ["input"], ["float"], to=TensorProto.FLOAT)
save(
    "bytes",
    [cast, helper.make_node("ReduceMean", ["float"], ["grey"], axes=[1], keepdims=1), SIGMOID],
    [port("input", [1, 3, "h", "w"], TensorProto.UINT8)],
    [MATTE],
)
flat = helper.make_node("ReduceMean", ["input"], ["grey"], axes=[2, 3], keepdims=0)
save("classifier", [flat, helper.make_node("Softmax", ["grey"], ["output"])], [PICTURE], [port("output", [1, 3])])
