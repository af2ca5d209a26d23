"""`scrim-training`: one command line for everything in this package."""

import argparse
import importlib
import sys

from .problem import Problem

# Modules are imported when their command runs: evaluating does not wait for PyTorch, training not for OpenGL.
COMMANDS = {
    "build": (".data.build", "make the packed data file from raw material"),
    "train": (".train", "train a model from the packed file, in slices that resume"),
    "adapt": (".adapt", "adapt a trained model to unlabelled clips (SOC)"),
    "export": (".export.command", "write a trained model, or an official checkpoint, as ONNX"),
    "quantize": (".export.quantize", "turn an exported model into static int8"),
    "pairs": (".evaluation.held_out", "compose held-out pairs and clips from the packed file"),
    "evaluate": (".evaluation.run", "measure models and peers on pairs and clips"),
    "sheet": (".evaluation.sheet", "draw contact sheets of pictures and clips"),
    "ofd": (".evaluation.temporal", "measure the temporal filters on clips"),
}
# What shells give a program that SIGINT ended.
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="scrim-training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if arguments and arguments[0] == name:
            importlib.import_module(module, __package__).add_arguments(command)
    try:
        args = parser.parse_args(arguments)
        return importlib.import_module(COMMANDS[args.command][0], __package__).run(args)
    except Problem as problem:
        print(f"{problem.what}\n  why: {problem.why}", file=sys.stderr)
        if problem.try_this:
            print(f"  try: {problem.try_this}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"{arguments[0]} could not go on\n  why: {error}\n  try: Make room, or name another place", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt:
        print(f"\n{arguments[0]} was interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
