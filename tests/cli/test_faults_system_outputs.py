"""B10, B11, T5: whatever -o and --plot are, the result is written whole, or refused at once."""

from __future__ import annotations

import errno
import os
import platform
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from negotiation import interrupts
from negotiation.cli.console import run
from negotiation.errors import OutputError
from negotiation.report import output, place
from tests.cli.test_bad_input import one_sentence
from tests.drawn import first

SWEEP = ("sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:3")
SOLVE = ("solve", "tariff_standoff", "--quick")
FORMATS = ("csv", "json", "parquet", "nc", "md", "txt", "png", "svg")
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(form: str, name: str = "") -> int:
    return run([*SWEEP, "--plot" if form in ("png", "svg") else "-o", name or f"run.{form}"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- links, modes, owners -------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("form", first(2, FORMATS))
def test_a_link_stays_and_its_target_keeps_its_mode(folder: Path, form: str) -> None:
    (folder / "deep").mkdir()
    target = folder / "deep" / "target"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)
    link = folder / f"run.{form}"
    (folder / "between").symlink_to("deep/target")
    link.symlink_to("between")
    assert write(form) == 0
    assert link.is_symlink()
    assert (folder / "between").is_symlink()
    assert target.read_bytes() != b"old"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    beside = ["run.csv-metadata.json"] if form == "csv" else []
    assert names(folder) == ["between", "deep", f"run.{form}", *beside]
    assert names(folder / "deep") == ["target"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o666, 0o755])
def test_a_file_keeps_its_mode(folder: Path, mode: int) -> None:
    path = folder / "run.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(mode)
    assert run([*SOLVE, "-o", "run.json"]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_new_file_has_the_mode_of_the_users_mask(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run([*SOLVE, "-o", "run.json"]) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "run.json").stat().st_mode) == 0o640


@posix
def test_what_replaces_a_private_file_was_never_open_to_others(folder: Path) -> None:
    path = folder / "run.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o666)
    with output.writing(path) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_anothers_file_stays_theirs(folder: Path) -> None:
    path = folder / "run.json"
    path.write_text("old", encoding="utf-8")
    if sys.platform != "win32":
        os.chown(path, 12345, 54321)
    path.chmod(0o640)
    assert run([*SOLVE, "-o", "run.json"]) == 0
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (12345, 54321, 0o640)


@posix
def test_what_cannot_be_kept_of_an_owner_is_no_reason_to_fail(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "run.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o4755)
    real = place.target_of

    def anothers(given: Path) -> place.OutputFile:
        found = real(given)
        assert found.before is not None
        fields = list(found.before)
        fields[4] += 1
        return place.OutputFile(found.path, os.stat_result(fields))

    def refuse(*_: Any) -> NoReturn:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(output, "target_of", anothers)
    monkeypatch.setattr(os, "chown", refuse)
    output.write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o755, "another's rights are not lent"


@posix
def test_a_hard_link_stays_one_file_under_all_its_names(folder: Path) -> None:
    (folder / "other.json").write_text("old", encoding="utf-8")
    os.link(folder / "other.json", folder / "run.json")
    assert run([*SOLVE, "-o", "run.json"]) == 0
    assert (folder / "run.json").read_text(encoding="utf-8").startswith("{")
    assert (folder / "other.json").samefile(folder / "run.json")


@posix
def test_a_link_that_points_nowhere_makes_what_it_names(folder: Path) -> None:
    (folder / "run.json").symlink_to("new.json")
    assert run([*SOLVE, "-o", "run.json"]) == 0
    assert (folder / "run.json").is_symlink()
    assert (folder / "new.json").read_text(encoding="utf-8").startswith("{")
    (folder / "far.json").symlink_to("missing/new.json")
    assert run([*SOLVE, "-o", "far.json"]) == 2


# --- pipes and devices ----------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("form", first(2, FORMATS))
def test_a_pipe_is_written_through(folder: Path, form: str) -> None:
    assert write(form, f"plain.{form}") == 0
    plain = (folder / f"plain.{form}").read_bytes()
    pipe = folder / f"run.{form}"
    if sys.platform != "win32":
        os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert write(form) == 0
    reader.join(timeout=60)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    beside = []
    if form == "csv":  # nothing stands beside a pipe: there every row says where it comes from
        beside = ["plain.csv-metadata.json"]
        made = got[0].splitlines()
        assert all(each.startswith(row) for each, row in zip(made, plain.splitlines(), strict=True))
        assert made[0].endswith(b",horizon,payoff_unit")
    else:
        assert got == [plain] or (form == "svg" and len(got[0]) > 0.99 * len(plain))
    assert names(folder) == sorted([f"plain.{form}", f"run.{form}", *beside])


@posix
def test_a_device_is_written_through_where_the_format_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (SWEEP, SOLVE, ("tariffs", "canada_us", "--by", "uniform", "--no-certify")):
        assert run([*command, "--format", "json", "-o", os.devnull]) == 0
        assert capsys.readouterr().err.splitlines()[-1].startswith(f"wrote {os.devnull}")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert run([*SWEEP, "-o", os.devnull]) == 2
    assert "say the format with --format" in one_sentence(capsys.readouterr().err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_that_is_full_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*SWEEP, "--format", "csv", "-o", "/dev/full"]) == 2
    said = one_sentence(capsys.readouterr().err)
    assert said == "/dev/full cannot be written: No space left on device"


@posix
def test_dev_stdout_is_stdout(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SWEEP, "--format", "csv"]) == 0
    printed = capsys.readouterr().out
    assert run([*SWEEP, "--format", "csv", "-o", "/dev/stdout"]) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.full
@posix
def test_a_pipe_of_the_shell_is_written_through(folder: Path) -> None:
    command = f'"{sys.executable}" -m negotiation {" ".join(SWEEP)} --format csv -o >(cat >got)'
    subprocess.run(["bash", "-c", f"{command}; wait $!"], check=True, timeout=120)
    assert (folder / "got").read_text(encoding="utf-8").count("\n") == 4


@posix
def test_a_socket_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if sys.platform == "win32":
        return
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("run.csv")
        assert run([*SWEEP, "-o", "run.csv"]) == 2
    assert "run.csv is a socket" in one_sentence(capsys.readouterr().err)


# --- refused before any work ----------------------------------------------------------------------


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError("worked first, refused later")

    for where in ("negotiation.study.sweep", "negotiation.outcome.evaluate"):
        monkeypatch.setattr(where, work)


REFUSED = [
    ("folder", "folder is a folder; give the name of a file in it"),
    (".", ". is a folder; give the name of a file in it"),
    ("folder.csv", "folder.csv is a folder"),
    (f"new{os.sep}", f"new{os.sep} names a folder"),
    ("", "-o was given an empty name; expected a file"),
    ("  ", "-o was given an empty name"),
    ("run", "run has no suffix; a"),
    ("run.xls", "run.xls ends in '.xls'; a"),
    ("missing/run.json", "folder missing does not exist"),
    ("file/run.json", "file/run.json cannot be written"),
    (f"{'a' * 300}.json", "cannot be written: the name is too long"),
]


@pytest.mark.usefixtures("never")
@pytest.mark.parametrize(("name", "words"), REFUSED)
@pytest.mark.parametrize("command", [SWEEP, SOLVE], ids=["sweep", "solve"])
def test_what_cannot_be_written_is_refused_before_the_work(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    name: str,
    words: str,
) -> None:
    if os.name == "nt" and len(name) > 255:
        words = "cannot be written"
    (folder / "folder").mkdir()
    (folder / "folder.csv").mkdir()
    (folder / "file").touch()
    assert run([*command, "-o", name]) == 2
    said = capsys.readouterr()
    assert words in one_sentence(said.err)
    assert said.out == ""
    assert names(folder) == ["file", "folder", "folder.csv"]


@pytest.mark.usefixtures("never", "folder")
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.parametrize("name", ["/proc/x.json", "/sys/x.json", "/proc/self/x.json"])
def test_places_that_only_look_like_folders_are_refused_before_the_work(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run([*SOLVE, "-o", name]) == 2
    assert f"{name} cannot be written: " in one_sentence(capsys.readouterr().err)


@posix
@pytest.mark.usefixtures("never")
def test_links_in_a_circle_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "run.json").symlink_to("run.json")
    assert run([*SOLVE, "-o", "run.json"]) == 2
    assert "run.json cannot be written" in one_sentence(capsys.readouterr().err)


#: Checks places as somebody who is not root; the modules are loaded before.
_AS_NOBODY = """
import os, sys
from pathlib import Path
from negotiation.errors import OutputError
from negotiation.report.output import check_writable, write_text
import encodings.idna, hashlib, tempfile, platform, uuid
platform.node()
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setgid(12345), os.setuid(12345)
for name in sys.argv[2:]:
    try:
        check_writable(Path(name))
        write_text(Path(name), "new")
        print("written")
    except OutputError as error:
        print(error)
"""


@posix
def test_rights_are_respected_before_the_work(tmp_path: Path) -> None:
    place_of = Path(os.path.realpath("/tmp")) / f"negotiation-{os.getpid()}-{tmp_path.name}"
    place_of.mkdir(mode=0o777)
    place_of.chmod(0o777)
    try:
        (place_of / "locked").mkdir()
        (place_of / "locked" / "free.csv").touch(0o666)
        (place_of / "locked" / "free.csv").chmod(0o666)
        (place_of / "locked").chmod(0o555)
        (place_of / "read.csv").touch()
        (place_of / "read.csv").chmod(0o444)
        told = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(place_of), "locked/new.csv",
             "locked/free.csv", "read.csv", "fine.csv"],
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout.splitlines()  # fmt: skip
        denied = "cannot be written: permission denied; choose another place"
        assert told == [f"locked/new.csv {denied}", f"locked/free.csv {denied}",
                        f"read.csv {denied}", "written"]  # fmt: skip
        assert names(place_of) == ["fine.csv", "locked", "read.csv"]
    finally:
        (place_of / "locked").chmod(0o755)
        for path in sorted(place_of.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        place_of.rmdir()


# --- a disk that is full, and other ends ----------------------------------------------------------


@pytest.fixture
def small() -> Iterator[Path]:
    """A disk of 16 kB, where we may have one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux")
    disk = Path(os.path.realpath("/tmp")) / f"negotiation-disk-{os.getpid()}"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        disk.rmdir()
        pytest.skip("may not mount")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        disk.rmdir()


@pytest.mark.full
@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_the_old_file(
    small: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small / f"run.{form}"
    path.write_bytes(b"old")
    (small / "filling").write_bytes(b"x" * 8192)
    command = ["sweep", "tariff_standoff", "--vary", "diversification=0.05:0.95:300"]
    assert run([*command, "--plot" if form in ("png", "svg") else "-o", str(path)]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"error: {path} cannot be written: No space left on device"
    assert path.read_bytes() == b"old"
    assert names(small) == ["filling", path.name]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_at_the_end_leaves_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    def fails(*_: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    (folder / "run.json").write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, call, fails)
    assert run([*SOLVE, "-o", "run.json"]) == 2
    assert one_sentence(capsys.readouterr().err).startswith("run.json cannot be written: ")
    assert (folder / "run.json").read_text(encoding="utf-8") == "old"
    assert names(folder) == ["run.json"]


def test_a_file_is_on_the_disk_before_it_has_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for call in ("fsync", "replace"):
        real = getattr(os, call)

        def noted(*args: Any, call: str = call, real: Any = real) -> Any:
            done.append(call)
            return real(*args)

        monkeypatch.setattr(os, call, noted)
    output.write_text(folder / "run.txt", "text")
    assert done == (["fsync", "replace"] if os.name == "nt" else ["fsync", "replace", "fsync"])


def test_a_place_that_knows_no_fsync_is_written_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: int) -> NoReturn:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unknown)
    output.write_text(folder / "run.txt", "text")
    assert (folder / "run.txt").read_text(encoding="utf-8") == "text\n"


# --- leftovers of what was killed -----------------------------------------------------------------


def leftover(folder: Path, target: str, pid: int) -> Path:
    marks = f"{output._mark(target)}-{output._mark(platform.node())}"
    path = folder / f".negotiation-{marks}-{pid}-0123abcd.csv"
    path.touch()
    return path


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(timeout=60)
    return process.pid


def test_leftovers_of_dead_processes_are_removed_at_the_next_run(folder: Path, dead: int) -> None:
    gone = [leftover(folder, "run.csv", dead), leftover(folder, "run.csv", os.getpid())]
    kept = [leftover(folder, "other.csv", dead), leftover(folder, "run.csv", os.getppid())]
    foreign = folder / ".negotiation-notes"
    foreign.touch()
    old = folder / f".negotiation-{output._mark('run.csv')}-fedcba98-1-0123abcd.csv"
    old.touch()
    os.utime(old, (0, 0))
    assert run([*SWEEP, "-o", "run.csv"]) == 0
    assert not any(path.exists() for path in (*gone, old))
    assert all(path.exists() for path in (*kept, foreign))


def test_a_file_that_is_being_written_is_no_leftover(folder: Path) -> None:
    path = folder / "run.csv"
    with output.writing(path) as part:
        output.check_writable(path)
        assert part.exists()
        part.write_text("whole", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "whole"
    assert not interrupts.unfinished


@posix
def test_what_a_killed_process_leaves_is_removed_by_the_next(folder: Path) -> None:
    script = (
        "import os, signal\nfrom pathlib import Path\n"
        "from negotiation.report.output import writing\n"
        "with writing(Path('run.csv')):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    (left,) = names(folder)
    assert left.startswith(".negotiation-")
    output.check_writable(folder / "run.csv")
    assert not names(folder)


# --- Windows, as far as it can be seen elsewhere --------------------------------------------------


@pytest.mark.parametrize("name", ["nul.csv", "CON.csv", "com1.json", "LPT9.txt", "aux .csv"])
def test_names_of_devices_are_refused_on_windows(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(OutputError, match="Windows keeps this name for a device"):
        place.target_of(folder / name)


def test_long_paths_are_marked_on_windows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    path = folder / ("d" * 200) / ("f" * 90 + ".csv")
    assert str(place._extended(path)) == f"\\\\?\\{path}"
    assert place._extended(folder / "short.csv") == folder / "short.csv"
    share = Path("\\\\server\\share\\" + "x" * 300)
    monkeypatch.setattr(os.path, "abspath", str)
    assert str(place._extended(share)) == "\\\\?\\UNC\\server\\share\\" + "x" * 300


def test_a_file_held_by_a_scanner_is_tried_again_on_windows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    real = os.replace

    def busy(source: Path, target: Path) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "in use")
        real(source, target)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(os, "replace", busy)
    output.write_text(folder / "run.txt", "text")
    assert len(tries) == 3
    assert (folder / "run.txt").read_text(encoding="utf-8") == "text\n"


def test_a_long_path_is_written(folder: Path) -> None:
    deep = folder / ("a" * 100) / ("b" * 100) / ("c" * 100)
    deep.mkdir(parents=True)
    path = deep / f"{'n' * 150}.json"
    assert run([*SOLVE, "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("{")
    assert names(deep) == [path.name]
    longest = folder / f"{'n' * 250}.json"
    assert run([*SOLVE, "-o", str(longest)]) == 0
    assert longest.exists()
