"""What a suite finds, a line each: `ok:`, `FAILED:`, `figure:`, `skipped:`."""


class Wrong(Exception):
    """Something is not as it must be; the words say what."""


class Report:
    """Prints findings as they come."""

    def __init__(self) -> None:
        self.scene = ""

    def ok(self, words: str) -> None:
        """A check passed."""
        print(f"ok: {self.scene}: {words}")

    def failed(self, words: str) -> None:
        """A check failed; the scene goes on."""
        print(f"FAILED: {self.scene}: {words}")

    def check(self, holds: object, words: str, found: object = "") -> bool:
        """One or the other. `found` is printed where it failed."""
        if holds:
            self.ok(words)
        else:
            self.failed(f"{words}; found: {found}" if found != "" else words)
        return bool(holds)

    def figure(self, words: str) -> None:
        """Something measured. The machine is emulated: figures compare with each other and with nothing else."""
        print(f"figure: {self.scene}: {words} (emulated machine)")

    def skipped(self, words: str) -> None:
        """A check that cannot be made here, and why."""
        print(f"skipped: {self.scene}: {words}")
