"""Training from a packed file, in slices that resume exactly.

    scrim-training train --pack pack.zip --size modnet --run runs/modnet --pictures 60000 --minutes 9

Call it again until it says that the schedule is done. A picture is a function of (pack, seed, number), and the
checkpoint holds weights, their average, the optimiser and the count: a run in slices gives what one long run gives.
"""

import argparse
import copy
import json
import os
import random as random_module
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from . import norms
from .arguments import add_computing, make_folder, number, whole_number
from .checkpoint import CHECKPOINT, first_line, load_checkpoint, not_ours, take_weights, write_checkpoint
from .data.compose import sample
from .data.pool import Pool, check_pack
from .digest import sha256_of
from .losses import Losses, losses
from .network.modnet import SIZES, MODNet
from .problem import Problem
from .schedule import DECAY_FROM, ENCODER_SHARE, FROZEN_FEATURES, learning_rate, sides
from .stop import StopSign

SAVE_EVERY_S = 120.0
# Weights averaged over about the last 1/(1 − 0.998) = 500 steps are what ships.
AVERAGE_DECAY = 0.998
LARGEST_GRADIENT = 5.0
# Batches, of the sides that the schedule ends with, over which the average's norms are measured: about 280 pictures.
NORM_BATCHES = 40


class Batches(torch.utils.data.IterableDataset):
    """Batches from `number` on: uint8 picture [N, H, W, 3] and alpha, boundary, valid [N, H, W]."""

    def __init__(self, pack: Path, seed: int, number: int, seen: int, total: int) -> None:
        self.pack, self.seed, self.number, self.seen, self.total = pack, seed, number, seen, total

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        pool = Pool(self.pack)
        number, seen = self.number, self.seen
        while True:
            count, height, width = sides(seen, self.total, self.seed, number)
            draw = random_module.Random(f"batch/{self.seed}/{number}")
            samples = [sample(pool, draw, height, width) for _ in range(count)]
            fields = zip(*((s.picture, s.alpha, s.boundary, s.valid) for s in samples), strict=True)
            yield tuple(torch.from_numpy(np.stack(field)) for field in fields)
            number, seen = number + 1, seen + count


class Run:
    """The state of one training run, and its step."""

    def __init__(self, network: MODNet, device: torch.device, frozen: int = FROZEN_FEATURES) -> None:
        """`frozen`: how many of the encoder's first features keep the weights they have."""
        self.device = device
        self.network = network.to(device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        encoder = list(network.encoder.parameters())
        known = {id(parameter) for parameter in encoder}
        decoder = [parameter for parameter in network.parameters() if id(parameter) not in known]
        self.optimiser = torch.optim.AdamW([{"params": encoder}, {"params": decoder}], lr=0.0, weight_decay=1e-2)
        self.steps = self.seen = 0
        self.frozen = frozen
        # Whether the average's norms were measured with the weights that it has.
        self.measured = False
        self.log: list[list[float]] = []

    def step(self, batch: tuple[torch.Tensor, ...], total: int) -> Losses:
        """One batch: forward, backward, update, average."""
        rate = learning_rate(self.seen, total, self.steps)
        self.optimiser.param_groups[0]["lr"] = rate * ENCODER_SHARE
        self.optimiser.param_groups[1]["lr"] = rate
        picture, alpha, boundary, valid = (part.to(self.device, torch.float32) for part in batch)
        inputs = self._inputs(picture)
        self.network.train()
        for feature in self.network.encoder.features[: self.frozen]:
            feature.requires_grad_(False)
        # bfloat16 where the processor computes in it; elsewhere it is emulated and many times slower.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=fast_bfloat16(self.device)):
            outputs = self.network.sub_objectives(inputs)
        found = losses(outputs, alpha[:, None] / 255, boundary[:, None], valid[:, None], (inputs + 1) / 2)
        if not torch.isfinite(found.total):
            raise Problem(
                "Training has failed",
                f"the loss of step {self.steps} is {float(found.total.detach())}",
                "The checkpoint is the one from before; go on from it with another --seed, or report this",
            )
        self.optimiser.zero_grad(set_to_none=True)
        found.total.backward()
        size = nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        if torch.isfinite(size):
            self.optimiser.step()
        self._average()
        self.measured = False
        self.steps += 1
        self.seen += len(alpha)
        return found

    def _inputs(self, picture: torch.Tensor) -> torch.Tensor:
        picture = picture.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        return (picture - 127.5) / 127.5

    def measure_norms(self, batches: Iterable[tuple[torch.Tensor, ...]]) -> None:
        """Gives the average statistics of its own; those of the batches before are of other weights."""
        norms.measure(self.average, (self._inputs(batch[0].to(self.device, torch.float32)) for batch in batches))
        self.measured = True

    @torch.no_grad()
    def _average(self) -> None:
        # The first steps are forgotten sooner, or the average would remember the start.
        keep = min(AVERAGE_DECAY, (self.steps + 1) / (self.steps + 10))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - keep)

    def save(self, folder: Path, facts: dict) -> None:
        """Writes the checkpoint so that a crash leaves the old one or the new one."""
        state = {
            **facts, "steps": self.steps, "seen": self.seen, "network": self.network.state_dict(),
            "average": self.average.state_dict(), "optimiser": self.optimiser.state_dict(),
            "frozen": self.frozen, "measured": self.measured,
        }  # fmt: skip
        write_checkpoint(state, folder)

    def load(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.seen = state["steps"], state["seen"]
        self.frozen, self.measured = state["frozen"], state["measured"]


def fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", type=Path, required=True, help="the packed file that `build` made")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run: checkpoint and log")
    parser.add_argument("--size", choices=sorted(SIZES), default="modnet", help="which of the two models")
    parser.add_argument(
        "--pictures",
        type=whole_number("--pictures", 1),
        default=200_000,
        help="length of the whole schedule, in pictures (default: 200000)",
    )
    parser.add_argument(
        "--minutes",
        type=number("--minutes", 0),
        default=9.0,
        help="length of this slice; 0: until the schedule ends (default: 9)",
    )
    parser.add_argument("--other-pack", action="store_true", help="go on with another packed file than before")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--backbone", type=Path, help="npz with ImageNet weights of MobileNetV2, read by a new run only")
    start.add_argument(
        "--start-from",
        type=Path,
        help="checkpoint whose weights a new run starts from, read by that only; of the other size, the encoder's",
    )
    add_computing(parser)


def run(args: argparse.Namespace) -> int:
    check_pack(args.pack)
    make_folder(args.run, "--run")
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads or os.cpu_count() or 1)
    torch.set_flush_denormal(True)
    facts = {"size": args.size, "seed": args.seed, "pictures": args.pictures, "pack": sha256_of(args.pack)}
    training = _start(args, facts["pack"])
    if training.seen >= args.pictures and training.measured:
        print(f"The schedule is done: {training.seen} pictures.")
        return 0
    if training.seen < args.pictures:
        _slice(training, args, facts)
    training.measure_norms(tqdm(_norm_batches(args), desc="normalisation", total=NORM_BATCHES, unit="batch"))
    training.save(args.run, facts)
    print(f"{training.seen} of {args.pictures} pictures seen; checkpoint in {args.run / CHECKPOINT}")
    if training.seen < args.pictures:
        print("Give the same command again to go on. Before the end of the schedule, mattes are not worth looking at.")
    return 0


def _slice(training: Run, args: argparse.Namespace, facts: dict) -> None:
    """Trains until the slice's time, the schedule or the user's patience ends, and saves."""
    batches = Batches(args.pack, args.seed, training.steps, training.seen, args.pictures)
    loader = torch.utils.data.DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4)
    end = time.monotonic() + args.minutes * 60 if args.minutes > 0 else float("inf")
    saved = time.monotonic()
    stop = StopSign()
    with tqdm(total=args.pictures, initial=training.seen, unit="picture", smoothing=0.05) as bar:
        for batch in loader:
            found = training.step(batch, args.pictures)
            _report(args.run, training, found, bar, len(batch[0]))
            over = stop.is_up or time.monotonic() >= end or training.seen >= args.pictures
            if over or time.monotonic() - saved > SAVE_EVERY_S:
                training.save(args.run, facts)
                saved = time.monotonic()
            if over:
                break


def _norm_batches(args: argparse.Namespace) -> Iterator[tuple[torch.Tensor, ...]]:
    """As at the end of the schedule, and the same ones whenever a slice ends."""
    batches = Batches(args.pack, args.seed, number=1_000_000_000, seen=args.pictures - 1, total=args.pictures)
    return islice(iter(batches), NORM_BATCHES)


def _start(args: argparse.Namespace, pack: str) -> Run:
    """A new run, or the one to go on with; `pack` is the packed file's digest."""
    network = MODNet(SIZES[args.size])
    path = args.run / CHECKPOINT
    if path.exists():
        state = load_checkpoint(path, "seed", "pictures", "steps", "seen", "frozen", "measured", "network", "average")
        if state["size"] != args.size or state["seed"] != args.seed:
            raise Problem(
                f"{path} is of another run", f"size {state['size']}, seed {state['seed']}", "Give another --run"
            )
        _check_continuation(path, state, args, pack)
        training = Run(network, torch.device(args.device))
        try:
            training.load(state)
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise not_ours(path, f"its state does not fit {args.size}: {first_line(error)}") from error
        return training
    if args.start_from:
        _take_start(network, args.start_from)
    elif args.backbone:
        network.encoder.load_imagenet(args.backbone)
    else:
        print("No --backbone: the encoder starts from random weights and will need many more pictures.")
        return Run(network, torch.device(args.device), frozen=0)
    return Run(network, torch.device(args.device))


def _check_continuation(path: Path, state: dict, args: argparse.Namespace, pack: str) -> None:
    """Refuses to go on with what would silently be another run.

    # Errors
    Problem, when the run was adapted, saw another packed file, or is in the decay of another schedule.
    """
    if "optimiser" not in state:
        raise Problem(f"{path} cannot be trained further", "it was adapted to clips", "Give another --run")
    if not args.other_pack and state.get("pack", "") != pack:
        raise Problem(
            f"{path} was trained from another packed file",
            f"that one's SHA-256 is {state.get('pack', 'not recorded')}",
            "Give that file, another --run, or --other-pack if this is meant",
        )
    total = state["pictures"]
    if args.pictures != total and DECAY_FROM <= state["seen"] / total < 1:
        raise Problem(
            f"{path} is in the decay of a schedule of {total} pictures",
            f"{state['seen']} are seen, and another length would change its rate at once",
            f"Give --pictures {total}; once that is done, a longer schedule may follow",
        )
    if state["seen"] < total and args.pictures < total and state["seen"] / args.pictures >= DECAY_FROM:
        raise Problem(
            f"A schedule of {args.pictures} pictures is too short for {path}",
            f"{state['seen']} are seen, so its decay would begin in the middle, or not take place at all",
            f"Give --pictures {total}, or at least {int(state['seen'] / DECAY_FROM) + 1}",
        )


def _take_start(network: MODNet, path: Path) -> None:
    """Takes the weights of a checkpoint of this size; of the other size the encoder's, which both have alike."""
    state = load_checkpoint(path, "average")
    weights = state["average"]
    if SIZES[state["size"]] is network.size:
        take_weights(network, weights, path, state["size"])
        return
    names = [name for name in network.encoder.state_dict() if f"encoder.{name}" in weights]
    take_weights(network.encoder, {name: weights[f"encoder.{name}"] for name in names}, path, "this encoder")


def _report(folder: Path, training: Run, found: Losses, bar: tqdm, count: int) -> None:
    """Moves the bar, and every 50 steps writes the mean losses to log.jsonl."""
    bar.update(count)
    training.log.append([float(part.detach()) for part in (found.semantic, found.detail, found.alpha, found.total)])
    if len(training.log) == 50:
        means = np.mean(training.log, axis=0).round(5).tolist()
        names = ("semantic", "detail", "alpha", "total")
        line = {"steps": training.steps, "seen": training.seen, **dict(zip(names, means, strict=True))}
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        bar.set_postfix(loss=f"{means[3]:.4f}")
        training.log.clear()
