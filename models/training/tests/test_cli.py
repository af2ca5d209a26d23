"""The command line as a whole: how it ends when something outside of it goes wrong."""

import pytest

from scrim_training import cli, train

LINE = ["train", "--pack", "pack.zip", "--run", "run"]


@pytest.mark.parametrize(
    ("raised", "status", "says"),
    [
        (OSError(28, "No space left on device", "run/log.jsonl"), 2, "why: [Errno 28] No space left on device"),
        (KeyboardInterrupt(), cli.INTERRUPTED, "train was interrupted"),
    ],
)
def test_a_full_disk_and_an_impatient_user_get_lines_and_no_traceback(raised, status, says, monkeypatch, capsys):
    def fails(_args):
        raise raised

    monkeypatch.setattr(train, "run", fails)
    assert cli.main(LINE) == status
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said
