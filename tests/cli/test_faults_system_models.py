"""B1, B8, B14: a model's code cannot end the program, and every end has its own code."""

from __future__ import annotations

import ast
import errno
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

import negotiation
from negotiation import interrupts
from negotiation.catalogue import load_model
from negotiation.cli import main
from negotiation.cli.console import TRACEBACK, run
from negotiation.errors import CatalogueError, ExitCode, ModelError, told
from negotiation.model import Model
from tests.cli.test_bad_input import CLASS, HEAD, PAYOFFS, one_sentence

Cli = Callable[..., tuple[int, str, str]]

#: Ways to end a program, or to try, and what the sentence says of them.
ENDINGS = {
    "raise SystemExit": "SystemExit",
    "raise SystemExit(0)": "SystemExit: 0",
    "import sys; sys.exit('bye')": "SystemExit: bye",
    "import sys; sys.exit(0)": "SystemExit: 0",
    "exit()": "SystemExit",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "raise type('Stop', (KeyboardInterrupt,), {})('me')": "Stop: me",
    "raise type('Odd', (BaseException,), {})('me')": "Odd: me",
    "raise GeneratorExit": "GeneratorExit",
    "raise MemoryError('too much')": "MemoryError: too much",
    "np.zeros(10**15)": "MemoryError: Unable to allocate",
    "f = lambda: f(); f()": "RecursionError: maximum recursion depth exceeded",
    "raise type('Mute', (Exception,), {'__str__': lambda s: 1 / 0})": "Mute",
    "raise ValueError('several\\nlines \\x1b[31m')": "ValueError: several\\nlines \\u001b[31m",
    "raise ValueError('x' * 9999)": f"ValueError: {'x' * 500} and so on",
}

#: What an author writes beside the payoffs, and a command that asks for it.
HOOKS = {
    "payoffs": ("solve", "--quick"),
    "talks": ("solve", "--quick"),
    "outcomes": ("solve", "--quick"),
    "size": ("solve", "--quick"),
    "lever_cost": ("solve", "--quick"),
    "levers_worth": ("audit",),
    "packages": ("package",),
    "power_to_hurt": ("credibility",),
    "horizon_here": ("solve", "--quick"),
    "threat_point": ("solve", "--quick", "--threat", "odd"),
    "trade_world": ("tariffs",),
}
TALKS = """
    def talks(self):
        return Talks(self.players, [0.0, 0.0], AgreementSet.money(0.0))
"""
LEVER = CLASS.replace('source="test")', 'source="test", lever_of="x")')
ODD = '\n    threats = {"odd": "an odd one"}\n'


def model(ending: str, hook: str) -> str:
    """A model of which one method ends the program."""
    parts = {"payoffs": PAYOFFS, "talks": TALKS}
    if hook == "levers_worth":  # asked for where a lever has a cost
        parts["lever_cost"] = "\n    def lever_cost(self, name):\n        return 0.01\n"
    parts[hook] = f"\n    def {hook}(self, *_):\n        {ending}\n"
    return HEAD + LEVER + ODD * (hook == "threat_point") + "".join(parts.values())


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command as a process does, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main(list(arguments))
        said = capsys.readouterr()
        assert isinstance(leaving.value.code, int)
        return leaving.value.code, said.out, said.err

    return call


def line_of(text: str, source: str) -> int:
    return 1 + source[: source.index(text)].count("\n")


@pytest.mark.parametrize("ending", ENDINGS)
def test_payoffs_that_end_the_program(cli: Cli, tmp_path: Path, ending: str) -> None:
    source = model(ending, "payoffs")
    (tmp_path / "thing.py").write_text(source, encoding="utf-8")
    for command in (("solve",), ("sweep", "--vary", "a=0.1,0.9", "-o", "run.csv")):
        code, out, err = cli(command[0], "./thing.py", *command[1:])
        assert (code, out) == (ExitCode.FAULTY_INPUT, "")
        sentence = one_sentence(err)
        assert f"thing.py, line {line_of(ending, source)}: payoffs of model" in sentence
        assert ENDINGS[ending] in sentence
    assert not (tmp_path / "run.csv").exists()
    code, out, _ = cli("models", "check", "./thing.py")
    assert code == ExitCode.FAULTY_INPUT
    assert ENDINGS[ending] in out


@pytest.mark.parametrize("hook", HOOKS)
def test_every_method_that_ends_the_program(cli: Cli, tmp_path: Path, hook: str) -> None:
    ending = "raise SystemExit(0)"
    source = model(ending, hook)
    (tmp_path / "thing.py").write_text(source, encoding="utf-8")
    command, *options = HOOKS[hook]
    code, out, err = cli(command, "./thing.py", *options)
    assert (code, out) == (ExitCode.FAULTY_INPUT, "")
    sentence = one_sentence(err)
    assert f"thing.py, line {line_of(ending, source)}: {hook} of model" in sentence


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_ends_the_program_while_it_is_loaded(
    cli: Cli, tmp_path: Path, ending: str
) -> None:
    (tmp_path / "thing.py").write_text(f"import numpy as np\n{ending}\n", encoding="utf-8")
    for command in (("solve", "./thing.py"), ("models", "show", "./thing.py")):
        code, out, err = cli(*command)
        assert (code, out) == (ExitCode.FAULTY_INPUT, "")
        assert "thing.py, line 2: " in one_sentence(err)
        assert ENDINGS[ending] in err
    # In Python, where we do not listen, a KeyboardInterrupt is the user's.
    expected = KeyboardInterrupt if "KeyboardInterrupt" in ending else ModelError
    with pytest.raises(expected):
        load_model(str(tmp_path / "thing.py"))


@pytest.mark.parametrize(
    "where",
    [
        "    def __post_init__(self):\n        raise SystemExit(0)\n",
        "    def payoffs(self):\n        return Odd()\n",
        "    @classmethod\n    def named(cls, player):\n        raise SystemExit(0)\n",
    ],
    ids=["construction", "a mapping of its own", "a name"],
)
def test_other_code_of_a_model_that_ends_the_program(cli: Cli, tmp_path: Path, where: str) -> None:
    odd = (
        "class Odd(dict):\n    def __len__(self):\n        raise SystemExit(0)\n"
        "    __iter__ = keys = items = __getitem__ = __contains__ = lambda self, *_: len(self)\n"
    )
    source = HEAD + odd + CLASS + (PAYOFFS if "payoffs" not in where else "") + TALKS + where
    (tmp_path / "thing.py").write_text(source, encoding="utf-8")
    code, _, err = cli("solve", "./thing.py")
    assert code == ExitCode.FAULTY_INPUT
    assert "thing.py, line " in one_sentence(err)
    assert "SystemExit: 0" in err


def test_the_innermost_file_of_a_folder_is_named(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    source = HEAD + "from .inner import number\n" + CLASS + "    def payoffs(self):\n"
    (folder / "model.py").write_text(f"{source}        return number()\n", encoding="utf-8")
    (folder / "inner.py").write_text("def number():\n    raise SystemExit(0)\n", encoding="utf-8")
    code, _, err = cli("solve", "./talks")
    assert code == ExitCode.FAULTY_INPUT
    assert f"{Path('talks') / 'inner.py'}, line 2: payoffs" in one_sentence(err)


def test_control_c_within_a_model_is_the_users(cli: Cli, tmp_path: Path) -> None:
    source = model("import signal; signal.raise_signal(signal.SIGINT)", "payoffs")
    (tmp_path / "thing.py").write_text(source, encoding="utf-8")
    code, out, err = cli("solve", "./thing.py")
    assert (code, out) == (ExitCode.INTERRUPTED, "")
    assert err == "interrupted; nothing was written\n"


def test_control_c_in_python_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "thing.py").write_text(model("raise KeyboardInterrupt", "payoffs"), "utf-8")
    thing = load_model(str(tmp_path / "thing.py"))()
    assert not interrupts.listens()
    with pytest.raises(KeyboardInterrupt):
        thing.ask("payoffs")


def test_a_name_of_several_lines_is_refused(cli: Cli, tmp_path: Path) -> None:
    source = HEAD + CLASS.replace('"x"', '"x\\nerror: forged"') + PAYOFFS
    (tmp_path / "thing.py").write_text(source, encoding="utf-8")
    code, _, err = cli("solve", "./thing.py")
    assert code == ExitCode.FAULTY_INPUT
    assert "'x\\nerror: forged' of a player or an action runs over several" in one_sentence(err)


@pytest.mark.full
def test_no_method_of_an_author_is_called_past_ask() -> None:
    """What calls one otherwise would let it end the program without naming file and line."""
    written = {
        name
        for name, value in vars(Model).items()
        if name in {*HOOKS, "tariff_sectors", "tariff_objectives"} and callable(value)
    }
    package = Path(negotiation.__file__).parent
    direct = []
    for path in package.rglob("*.py"):
        if "shipped_models" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name, owner = node.func.attr, ast.unparse(node.func.value)
                if name in written and ("model" in owner or owner in ("point", "base")):
                    direct.append(f"{path.name}:{node.lineno}: {owner}.{name}()")
    assert not direct, "\n".join(direct)


# --- B8: what else may end a command --------------------------------------------------------------

SOLVE = ("solve", "tariff_standoff", "--quick")


def failing(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (TypeError("odd\nthing"), ExitCode.INTERNAL, "internal error, TypeError: odd\\nthing at "),
        (RecursionError("deep"), ExitCode.INTERNAL, "internal error, RecursionError: deep"),
        (SystemExit(0), ExitCode.INTERNAL, "internal error, SystemExit: 0"),
        (AssertionError(), ExitCode.INTERNAL, "internal error, AssertionError at "),
        (MemoryError(), ExitCode.OUT_OF_MEMORY, "out of memory; "),
        (MemoryError("Unable to allocate 9 TB."), ExitCode.OUT_OF_MEMORY, "allocate 9 TB); "),
        (OSError(errno.ENOMEM, "no memory"), ExitCode.OUT_OF_MEMORY, "out of memory"),
        (ImportError("x.so: cannot allocate memory"), ExitCode.OUT_OF_MEMORY, "out of memory"),
        (FileNotFoundError(2, "No such file", "x"), ExitCode.WRONG_USE, "cannot use x: No such"),
    ],
    ids=lambda value: told(value) if isinstance(value, BaseException) else "",
)
def test_every_end_has_its_code(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    monkeypatch.setattr("negotiation.outcome.evaluate", failing(error))
    found, out, err = cli(*SOLVE)
    assert (found, out) == (code, "")
    assert words in one_sentence(err)
    if code == ExitCode.INTERNAL:
        assert TRACEBACK in err
        monkeypatch.setenv(TRACEBACK, "1")
        assert "Traceback (most recent call last)" in cli(*SOLVE)[2]


def test_the_traceback_is_shown_harmless(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRACEBACK, "1")
    monkeypatch.setattr("negotiation.outcome.evaluate", failing(ValueError("\x1b]0;title\x07")))
    assert "\x1b" not in cli(*SOLVE)[2]


def test_the_first_signal_is_what_counts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading a library halfway may look like any error."""

    def half(*_: object, **__: object) -> NoReturn:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise ImportError("half loaded") from None
        raise AssertionError

    monkeypatch.setattr("negotiation.outcome.evaluate", half)
    code, _, err = cli(*SOLVE)
    assert (code, err) == (ExitCode.TERMINATED, "interrupted; nothing was written\n")


# --- B14: a bare word runs no code here -----------------------------------------------------------

THING = HEAD + CLASS + PAYOFFS
MARK = 'open("ran", "w").close()\n'


@pytest.mark.parametrize(
    "command",
    [
        ("solve",),
        ("sweep", "--vary", "a=0:1:3"),
        ("models", "show"),
        ("models", "check"),
        ("tariffs",),
        ("data", "show"),
        ("explain",),
    ],
    ids=" ".join,
)
def test_a_bare_word_runs_no_code_of_this_folder(
    cli: Cli, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "canada").mkdir()
    (tmp_path / "canada" / "model.py").write_text(THING + MARK, encoding="utf-8")
    (tmp_path / "mexico.py").write_text(THING + MARK, encoding="utf-8")
    first = command[:2] if command[0] in ("models", "data") else command[:1]
    for word, hint in (("canada", f".{os.sep}canada"), ("mexico", "mexico.py")):
        code, out, err = cli(*first, word, *command[len(first) :])
        assert (code, out) == (ExitCode.WRONG_USE, "")
        assert one_sentence(err).startswith(f"no model is called '{word}'")
        assert err.strip().endswith(f"is written {hint}")
    assert not (tmp_path / "ran").exists()
    with pytest.raises(CatalogueError, match="no model is called 'canada'"):
        load_model("canada")


def test_a_place_runs_the_code_that_is_there(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "canada").mkdir()
    (tmp_path / "canada" / "model.py").write_text(THING, encoding="utf-8")
    (tmp_path / "mexico.py").write_text(THING, encoding="utf-8")
    places = ["./canada", "canada/", "canada/model.py", "mexico.py", "./mexico.py"]
    for name in (*places, str(tmp_path / "canada"), str(tmp_path / "mexico.py")):
        code, out, _ = cli("solve", name, "--quick", "--format", "json")
        assert code == 0, name
        assert json.loads(out)["provenance"]["model"] in ("canada", "mexico", "model")


def test_a_shipped_name_is_the_shipped_model(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "tariff_standoff").mkdir()
    (tmp_path / "tariff_standoff" / "model.py").write_text(THING + MARK, encoding="utf-8")
    assert run([*SOLVE]) == 0
    assert not (tmp_path / "ran").exists()
