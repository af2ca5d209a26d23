"""What a user's run costs: the bundled sample and the built-in model, with somebody who watches and without."""

from __future__ import annotations

import time

from rigs.pipewire.stage import CHROMIUM, Stage

SETTLE_SECONDS = 3.0
WINDOW_SECONDS = 4.0
REST_SECONDS = 8.0
REST_WINDOW = 1.5
TRIES = 3


def play(stage: Stage) -> None:
    """Measures. That frames come at all is checked."""
    report = stage.report
    with stage.run("figures", ["--source", "sample", "--background", "bundled:studio"]) as program:
        program.wait_line("model runs", 30)
        stage.open(CHROMIUM, pattern=False)
        program.wait_line("outputs are given showing=Person", 30)
        time.sleep(SETTLE_SECONDS)
        since = time.time() * 1e3
        busy = program.cpu_share(WINDOW_SECONDS)
        frames = [frame for frame in stage.server.frames(CHROMIUM, since) if not frame.slate]
        report.check(
            len(frames) >= WINDOW_SECONDS, "the sample is shown with the built-in model", f"{len(frames)} frames"
        )
        stage.close(CHROMIUM)
        is_resting = program.wait_line("state=Resting", REST_SECONDS, nth=2) is not None
        report.check(is_resting, "the sample is closed when nobody watches any more")
        # The best of some, because what ends takes time too.
        rest = min(program.cpu_share(REST_WINDOW) for _ in range(TRIES))
        end = program.terminate()
    report.figure("processor time with one watcher, sample, built-in model", f"{busy:.0%} of one core")
    report.figure("processor time without a watcher, built-in model", f"{rest:.1%} of one core")
    total = end.figures["latency_ms"]["total"]
    report.figure(
        "from capture to the camera, sample, built-in model",
        f"median {total['p50']:.0f} ms, 95th percentile {total['p95']:.0f} ms",
    )
