"""ONNX Runtime keeps a record of what it reports to its maker; with this package it neither keeps nor reports any."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="where the record lies is known for Linux only")
@pytest.mark.parametrize("inherited", [None, "0"])
def test_onnx_runtime_keeps_no_record_to_report(tmp_path: Path, inherited: str | None) -> None:
    # Wherever our own caches are, and whatever we were told; where CI is set, it keeps none anyway.
    ours = ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY", "CI")
    environment = {name: value for name, value in os.environ.items() if name not in ours} | {"HOME": str(tmp_path)}
    if inherited is not None:
        environment["ORT_DISABLE_TELEMETRY"] = inherited
    subprocess.run([sys.executable, "-c", "import scrim_training.export.graph"], check=True, env=environment)
    assert not (tmp_path / ".cache" / "Microsoft").exists()
