"""Loads what must be loaded before OpenGL.

PyTorch's Triton and Mesa's software rasteriser each bring an LLVM; a process that loads Mesa's first ends with a
segmentation fault when Triton comes. Commands never need both: `build` draws in processes of their own.
"""

import importlib
import importlib.util

for name in ("torch._dynamo", "triton"):
    if importlib.util.find_spec(name.split(".")[0]):
        importlib.import_module(name)
