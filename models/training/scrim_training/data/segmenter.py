"""MediaPipe's selfie segmenter (Apache-2.0) as a coarse opinion: weak labels, trimaps, quality checks."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from ..problem import Problem


class Segmenter:
    """The 256x256 model of `peers/`; reads uint8 RGB pictures of any size."""

    SIDE = 256

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise Problem("No segmenter for weak labels", f"{path} does not exist", "Give the folder that holds peers/")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0]
        self._channels_last = self._input.shape[-1] == 3

    def coarse(self, rgb: np.ndarray) -> np.ndarray:
        """How much a person each pixel is: float32 [H, W] in 0..1, soft only because it is enlarged from 256x256."""
        small = cv2.resize(rgb, (self.SIDE, self.SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        data = small[None] if self._channels_last else small.transpose(2, 0, 1)[None]
        out = np.squeeze(self._session.run(None, {self._input.name: np.ascontiguousarray(data)})[0])
        height, width = rgb.shape[:2]
        return np.clip(cv2.resize(out, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)
