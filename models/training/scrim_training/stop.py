"""Stopping in good order: Ctrl-C and SIGTERM end a command after its step, with nothing lost."""

import signal


class StopSign:
    """Goes up at Ctrl-C or SIGTERM: the step in progress ends, and what was learned is written."""

    def __init__(self) -> None:
        self.is_up = False
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._raise)

    def _raise(self, number: int, _frame: object) -> None:
        self.is_up = True
        # A second one ends at once, should the step hang.
        signal.signal(number, signal.SIG_DFL)
