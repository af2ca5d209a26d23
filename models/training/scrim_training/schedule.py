"""What training does when: learning rate and picture sides as functions of how many pictures were seen.

Warm-up, a long constant rate, then a decay: as long as the decay has not begun, the run can be made longer.
"""

import random as random_module

# Steps of linear warm-up; AdamW's statistics are useless before.
WARM_UP_STEPS = 60
LEARNING_RATE = 1.2e-3
# The encoder starts from ImageNet and moves less.
ENCODER_SHARE = 0.25
DECAY_FROM = 0.62
# (batch, height, width), about equal work each. Sides are those of small live presets first; the last part of the run
# sees pictures as large as the quality presets', where edges are learned. Multiples of 32.
SMALL = [(16, 160, 160), (12, 128, 224), (12, 160, 224), (12, 192, 160), (12, 192, 192)]
MEDIUM = [(12, 192, 224), (10, 192, 256), (8, 256, 256), (8, 192, 320), (8, 256, 192)]
LARGE = [(8, 256, 256), (4, 288, 512), (5, 320, 320), (5, 352, 288), (5, 288, 384)]
# The encoder's layers up to 1/4 hold edges and textures that ImageNet taught well; leaving them as they are saves a
# fifth to two fifths of a step (measured, 160x160 and 192x192).
FROZEN_FEATURES = 4


def sides(seen: int, total: int, seed: int, number: int) -> tuple[int, int, int]:
    """(batch, height, width) of batch `number`, after `seen` of `total` pictures."""
    share = seen / total
    choices = SMALL if share < 0.5 else MEDIUM if share < 0.8 else MEDIUM[:2] + LARGE
    return random_module.Random(f"sides/{seed}/{number}").choice(choices)


def learning_rate(seen: int, total: int, step: int) -> float:
    """Of the decoder; the encoder takes ENCODER_SHARE of it."""
    warm = min(1.0, (step + 1) / WARM_UP_STEPS)
    share = min(1.0, seen / total)
    fall = 1.0 if share < DECAY_FROM else max(0.0, (1 - share) / (1 - DECAY_FROM))
    return LEARNING_RATE * warm * (0.01 + 0.99 * fall)
