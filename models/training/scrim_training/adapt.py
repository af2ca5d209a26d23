"""Adapts a trained model to unlabelled clips, by the consistency of its sub-objectives (soc.py).

    scrim-training adapt --checkpoint runs/modnet/checkpoint.pt --clips my-camera --run runs/mine

Recordings of one's own camera will do: ten seconds in each light. The result is a checkpoint like any other.
"""

import argparse
import copy
import os
import random as random_module
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from . import norms
from .arguments import add_computing, make_folder, whole_number
from .checkpoint import CHECKPOINT, load_checkpoint, take_weights, write_checkpoint
from .clips import find_clips, frames_at
from .data.augment import jitter
from .network.modnet import SIZES, MODNet
from .problem import Problem
from .soc import Consistency, consistency
from .stop import StopSign

# Small: the network is right nearly everywhere, and only where it contradicts itself shall it move.
LEARNING_RATE = 1e-5
# Every tenth frame of each clip is not learned from: it shows whether the consistency holds for other frames too.
KEPT_OUT_EVERY = 10
LARGEST_GRADIENT = 1.0
# Over all clips, evenly: 0.7 GB at 288x512. More of the same room teaches nothing new.
MOST_FRAMES = 1500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, required=True, help="the trained model to start from")
    parser.add_argument("--clips", type=Path, required=True, help="folder of video files of people; no labels needed")
    parser.add_argument("--run", type=Path, required=True, help="folder for the adapted checkpoint")
    parser.add_argument("--steps", type=whole_number("--steps", 1), default=300, help="of the optimiser (default: 300)")
    parser.add_argument(
        "--batch", type=whole_number("--batch", 1), default=4, help="pictures in each step (default: 4)"
    )
    parser.add_argument(
        "--height",
        type=whole_number("--height", 32, 2048),
        default=288,
        help="pictures are learned at this height, a multiple of 32 (default: 288)",
    )
    parser.add_argument("--every", type=whole_number("--every", 1), default=3, help="use every n-th frame (default: 3)")
    add_computing(parser)


def run(args: argparse.Namespace) -> int:
    if args.height % 32:
        raise Problem("This height does not fit the network", f"{args.height} is no multiple of 32", "Give 288, say")
    if (args.run / CHECKPOINT).exists():
        raise Problem(f"{args.run / CHECKPOINT} exists", "adapting would overwrite it", "Give another --run")
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads or os.cpu_count() or 1)
    state = load_checkpoint(args.checkpoint, "average")
    frozen = MODNet(SIZES[state["size"]])
    take_weights(frozen, state["average"], args.checkpoint, state["size"])
    frozen.to(args.device).eval().requires_grad_(False)
    network = copy.deepcopy(frozen).requires_grad_(True)
    network.eval()
    norms.freeze(network)
    make_folder(args.run, "--run")
    learned, kept_out = _frames(args)
    before = _measure(network, frozen, kept_out, args)
    steps = _adapt(network, frozen, learned, args)
    after = _measure(network, frozen, kept_out, args)
    weights = {name: value.cpu() for name, value in network.state_dict().items()}
    facts = {"adapted": {"frames": len(learned), "steps": steps, "before": before, "after": after}}
    # Without the optimiser: this is the end of a run, not a step of it.
    kept = {name: value for name, value in state.items() if name != "optimiser"}
    write_checkpoint({**kept, **facts, "average": weights, "network": weights}, args.run)
    print("on frames that were not learned from     before    after")
    for name, old, new in zip(("semantics and alpha", "detail and alpha", "detail kept"), before, after, strict=True):
        print(f"  {name:36} {old:9.5f}{new:9.5f}")
    print("The first must fall. The others say what that cost: how far the outline has moved, in alpha.")
    print(f"Adapted checkpoint in {args.run / CHECKPOINT}")
    return 0


def _frames(args: argparse.Namespace) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames to learn from and frames kept out, RGB uint8, scaled to the wanted height (width a multiple of 32)."""
    learned, kept_out = [], []
    clips = find_clips(args.clips)
    share = max(1, MOST_FRAMES // len(clips))
    for clip in tqdm(clips, desc="reading", unit="clip"):
        every = frames_at(clip, lambda length: range(0, length, max(args.every, -(-length // share))))
        for number, (_, frame) in enumerate(every):
            width = max(32, round(frame.shape[1] * args.height / frame.shape[0] / 32) * 32)
            small = cv2.resize(frame, (width, args.height), interpolation=cv2.INTER_AREA)
            (kept_out if number % KEPT_OUT_EVERY == KEPT_OUT_EVERY - 1 else learned).append(small)
    if not learned or not kept_out:
        raise Problem(
            f"Too few frames in {args.clips}", f"{len(learned) + len(kept_out)} were read",
            f"Give clips of at least {KEPT_OUT_EVERY * args.every} frames, or a smaller --every",
        )  # fmt: skip
    return learned, kept_out


def _tensor(frames: list[np.ndarray], device: str) -> torch.Tensor:
    data = torch.from_numpy(np.stack(frames)).to(device, torch.float32).permute(0, 3, 1, 2)
    return ((data - 127.5) / 127.5).contiguous(memory_format=torch.channels_last)


def _adapt(network: MODNet, frozen: MODNet, frames: list[np.ndarray], args: argparse.Namespace) -> int:
    """Returns how many steps were made: fewer than asked for when the user has seen enough."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE, betas=(0.9, 0.99))
    draw = random_module.Random(args.seed)
    by_width: dict[int, list[np.ndarray]] = {}
    for frame in frames:
        by_width.setdefault(frame.shape[1], []).append(frame)
    groups = list(by_width.values())
    stop = StopSign()
    with tqdm(range(args.steps), unit="step") as bar:
        for _ in bar:
            if stop.is_up:
                break
            group = draw.choices(groups, [len(each) for each in groups])[0]
            picture = _tensor([_vary(draw, draw.choice(group)) for _ in range(args.batch)], args.device)
            with torch.no_grad():
                kept = frozen.sub_objectives(picture)
            found = consistency(network.sub_objectives(picture), kept)
            optimiser.zero_grad(set_to_none=True)
            found.total.backward()
            torch.nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT)
            optimiser.step()
            bar.set_postfix(loss=f"{float(found.total.detach()):.4f}")
        return bar.n


def _vary(draw: random_module.Random, frame: np.ndarray) -> np.ndarray:
    """Another exposure and another side: the few frames of a clip must not be learned by heart."""
    picture = jitter(draw, frame.astype(np.float32) / 255, 0.4)
    picture = picture[:, ::-1] if draw.random() < 0.5 else picture
    return np.ascontiguousarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


@torch.no_grad()
def _measure(network: MODNet, frozen: MODNet, frames: list[np.ndarray], args: argparse.Namespace) -> list[float]:
    """Mean semantic, detail and kept-detail terms over the frames, one at a time."""
    parts = []
    for frame in frames[:: max(1, len(frames) // 60)]:
        picture = _tensor([frame], args.device)
        found: Consistency = consistency(network.sub_objectives(picture), frozen.sub_objectives(picture))
        parts.append([float(found.semantic), float(found.detail), float(found.kept_detail)])
    return np.mean(parts, axis=0).round(6).tolist()
