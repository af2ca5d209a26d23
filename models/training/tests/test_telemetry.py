"""ONNX Runtime keeps a record of what it reports to its maker; with this package it neither keeps nor reports any."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="where the record lies is known for Linux only")
def test_onnx_runtime_keeps_no_record_to_report(tmp_path: Path) -> None:
    # Whatever this process was told, and wherever its own caches are.
    ours = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in ours} | {"HOME": str(tmp_path)}
    for imports, has_record in (("onnxruntime", True), ("scrim_training.export.graph", False)):
        subprocess.run([sys.executable, "-c", f"import {imports}"], check=True, env=environment, cwd=tmp_path)
        record = tmp_path / ".cache" / "Microsoft"
        # Alone it does: should that change, this test says nothing any more.
        assert record.exists() == has_record, imports
        if has_record:
            record.rename(tmp_path / "record")
