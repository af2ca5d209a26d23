"""How this package tells its user that something cannot be done: what, why, and what to try."""


class Problem(Exception):
    """An error meant for people; the command line prints its three lines and ends with status 2."""

    def __init__(self, what: str, why: str, try_this: str | None = None) -> None:
        # All three, so that it survives the way from a process to the one that waits for it.
        super().__init__(what, why, try_this)
        self.what = what
        self.why = why
        self.try_this = try_this

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"
