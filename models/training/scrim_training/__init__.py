"""Training, adaptation and evaluation of Scrim's matting network."""

import os

# Microsoft's builds of ONNX Runtime report to their maker from the moment they are imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
