"""B10, T5: files of several names, and places that have no format of their own."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from negotiation.errors import OutputError
from negotiation.report import output
from negotiation.report.plots import check_picture


@pytest.fixture
def linked(tmp_path: Path) -> tuple[Path, Path]:
    """Two names of one file."""
    one, other = tmp_path / "run.csv", tmp_path / "other.csv"
    one.write_text("an old and much longer text\n", encoding="utf-8")
    try:
        os.link(one, other)
    except OSError:
        pytest.skip("no hard links here")
    return one, other


@pytest.mark.parametrize("text", ["new\n", "new " * 1000 + "\n"])
def test_a_hard_link_stays_one_b10(linked: tuple[Path, Path], text: str) -> None:
    one, other = linked
    one.chmod(0o600)
    before = one.stat()
    output.write_text(one, text, "csv")
    expected = text.rstrip("\n") + "\n"
    assert one.read_text(encoding="utf-8") == other.read_text(encoding="utf-8") == expected
    after = one.stat()
    assert (after.st_ino, after.st_nlink, after.st_mode) == (before.st_ino, 2, before.st_mode)
    assert sorted(each.name for each in one.parent.iterdir()) == ["other.csv", "run.csv"]


def test_a_symlink_to_a_hard_link_is_followed_b10(linked: tuple[Path, Path]) -> None:
    one, other = linked
    link = one.with_name("link.csv")
    try:
        link.symlink_to(one.name)
    except OSError:
        pytest.skip("no symbolic links here")
    output.write_text(link, "new\n", "csv")
    assert link.is_symlink()
    assert other.read_text(encoding="utf-8") == "new\n"


def test_a_hard_link_keeps_the_old_text_on_a_full_disk_b10(
    linked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = linked
    old = one.read_bytes()
    fill, calls = output._fill, []

    def full(file: io.FileIO, content: bytes) -> None:
        calls.append(content)
        if len(calls) == 1:
            file.write(content[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fill(file, content)

    monkeypatch.setattr(output, "_fill", full)
    with pytest.raises(OutputError, match="No space left"):
        output.write_text(one, "new " * 1000, "csv")
    assert one.read_bytes() == other.read_bytes() == old
    assert len(list(one.parent.iterdir())) == 2


def test_no_option_says_the_format_of_a_picture_t5() -> None:
    with pytest.raises(OutputError) as refused:
        check_picture(Path(os.devnull))
    assert "--format" not in str(refused.value)
