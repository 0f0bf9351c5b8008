"""The habits of the project: how it is tested, checked, built and cited, and that these agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import negotiation

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))

#: Systems that people use it on.
SYSTEMS = {"ubuntu-latest", "macos-latest", "windows-latest"}

needs_bash = pytest.mark.skipif(
    os.name == "nt" or shutil.which("bash") is None, reason="needs bash and its tools"
)


def load(path: Path) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the workflows")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pythons() -> list[str]:
    """The versions that the classifiers promise."""
    found = (
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each)
        for each in pyproject()["project"]["classifiers"]
    )
    return [each[1] for each in found if each]


# --- B19: in the background, in any order, nothing left behind ------------------------------------

#: What a child sees of Ctrl-C.
INTERRUPTIBLE = """
import subprocess, sys
SHOW = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"

def test_a_child():
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
"""
#: A test of each way to leave something behind.
SLOVENLY = """
import os, subprocess, sys
SLEEP = "import time; time.sleep(600)"

def test_moves(tmp_path):
    os.chdir(tmp_path)

def test_moves_back(pytestconfig):
    os.chdir(pytestconfig.rootpath)

def test_leaves_a_file():
    open("left.txt", "w").close()

def test_leaves_a_process():
    subprocess.Popen([sys.executable, "-c", SLEEP])
"""
STRAY = """
import subprocess, sys
SLEEP = "import time; time.sleep(600)"
START = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}])"

def test_leaves_a_child_of_a_child():
    subprocess.run([sys.executable, "-c", START], check=True)
"""
ORDER = """
import pytest

@pytest.mark.parametrize("number", [
    *range(9), pytest.param(9, marks=pytest.mark.full)
])
def test_of(number):
    pass
"""


def run_tests(folder: Path, module: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a module of tests with our settings, as a job that a shell put in the background."""
    (folder / "test_it.py").write_text(module, encoding="utf-8")
    arguments = [
        *("-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:randomly", "-rA"),
        *("--rootdir", str(folder), "-o", "markers=full: slow", *options),
    ]
    script = (
        "import signal, sys, pytest\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"sys.exit(pytest.main({arguments!r}))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def passed(said: str) -> list[str]:
    return re.findall(r"^PASSED \S*::test_(\S+)$", said, re.M)


posix = pytest.mark.skipif(os.name == "nt", reason="no background jobs that ignore signals")


@pytest.mark.full
@posix
def test_b19_children_can_be_interrupted_in_the_background(tmp_path: Path) -> None:
    done = run_tests(tmp_path, INTERRUPTIBLE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert passed(done.stdout) == ["a_child"]


@pytest.mark.full
@posix
def test_b19_what_a_test_leaves_behind_is_noticed(tmp_path: Path) -> None:
    done = run_tests(tmp_path, SLOVENLY, "--all")
    assert done.returncode == 1
    assert "the test left the working directory changed: use monkeypatch" in done.stdout
    assert "new: left.txt" in done.stdout
    if Path("/proc/self/task").exists() or shutil.which("ps"):
        assert "still running: " in done.stdout


@pytest.mark.full
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_b19_a_child_of_a_child_is_noticed(tmp_path: Path) -> None:
    done = run_tests(tmp_path, STRAY)
    assert done.returncode == 1
    assert "still running: " in done.stdout


@pytest.mark.full
def test_a_full_run_that_leaves_a_file_fails_and_a_quick_one_tells(tmp_path: Path) -> None:
    module = "def test_leaves_a_file():\n    open('left.txt', 'w').close()\n"
    for options, code in (((), 0), (("--all",), 1)):
        (tmp_path / "left.txt").unlink(missing_ok=True)
        done = run_tests(tmp_path, module, *options)
        assert done.returncode == code, done.stdout + done.stderr
        assert "new: left.txt" in done.stdout


#: Of nine cases that are not marked `full`, those that a quick run takes.
FEW = [f"of[{number}]" for number in (0, 2, 4, 6)]


@pytest.mark.full
def test_the_quick_run_leaves_out_what_is_marked_full(tmp_path: Path) -> None:
    nine = [f"of[{number}]" for number in range(9)]
    assert passed(run_tests(tmp_path, ORDER).stdout) == FEW
    for everything in (["--all"], ["-m", "full or not full"]):
        assert passed(run_tests(tmp_path, ORDER, *everything).stdout) == [*nine, "of[9]"]


@pytest.mark.full
def test_any_order_is_asked_for_and_the_same_again(tmp_path: Path) -> None:
    first, again, other = (
        passed(run_tests(tmp_path, ORDER, "--shuffle", seed).stdout) for seed in ("a", "a", "b")
    )
    assert first == again != other
    assert sorted(first) == sorted(other) == FEW


# --- versions, workflows, scripts agree -----------------------------------------------------------


def test_the_citation_is_of_this_version() -> None:
    cited = load(ROOT / "CITATION.cff")
    assert cited["version"] == negotiation.__version__
    assert cited["cff-version"] == "1.2.0"
    assert cited.keys() >= {"message", "title", "authors", "abstract", "license", "type"}
    assert cited["license"] == pyproject()["project"]["license"]


def test_the_changelog_has_an_entry_for_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{negotiation.__version__}] - " in text


@needs_bash
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 0, ""),
        (("v99.0.0",), 1, f"the tag is 'v99.0.0'; expected 'v{negotiation.__version__}'"),
    ],
    ids=["none", "another tag"],
)
def test_a_release_is_of_one_version(arguments: tuple[str, ...], code: int, message: str) -> None:
    done = subprocess.run(
        [str(ROOT / ".ci" / "version"), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert done.stderr.strip() == message
    assert done.stdout.strip() == ("" if code else negotiation.__version__)


def test_the_workflows_are_there() -> None:
    assert {path.stem for path in WORKFLOWS} >= {"checks", "tests", "distributions", "release"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_scripts_that_are_there(path: Path) -> None:
    workflow = load(path)
    for name, job in workflow["jobs"].items():
        if "uses" in job:
            assert (ROOT / job["uses"]).is_file()
            continue
        system = job["runs-on"]
        systems = job["strategy"]["matrix"]["system"] if "matrix" in system else [system]
        assert set(systems) <= SYSTEMS
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), f"{name}: {step}"
            for script in re.findall(r"\.ci/[\w.]+", step.get("run", "")):
                assert (ROOT / script).is_file(), f"{name}: {script}"
                # Git for Windows brings bash; without being asked, a step there has PowerShell.
                if "windows-latest" in systems:
                    assert job["defaults"]["run"]["shell"] == "bash"


def test_every_python_that_is_promised_is_tested_on_every_system() -> None:
    promised = pythons()
    assert pyproject()["project"]["requires-python"] == f">={promised[0]}"
    matrix = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["quick"]["strategy"][
        "matrix"
    ]
    assert matrix["python"] == promised
    assert set(matrix["system"]) == SYSTEMS
    used = {
        version
        for path in WORKFLOWS
        for version in re.findall(r'"(3\.\d+)"', path.read_text(encoding="utf-8"))
    }
    assert used <= set(promised)
    tools = pyproject()["tool"]
    assert tools["ruff"]["target-version"] == f"py{promised[0].replace('.', '')}"
    assert f"--python-version {promised[-1]}" in (ROOT / ".ci" / "types").read_text("utf-8")


@needs_bash
def test_scripts_can_be_run_and_parse() -> None:
    scripts = [path for path in (ROOT / ".ci").iterdir() if not path.suffix and path.is_file()]
    assert {path.name for path in scripts} >= {"run", "test", "lint", "types", "build", "readme"}
    for path in scripts:
        assert os.access(path, os.X_OK), f"{path.name} is not executable"
        assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n"), path.name
    done = subprocess.run(
        ["bash", "-c", 'for each; do bash -n "$each" || exit 1; done', "_", *map(str, scripts)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_clean_check_calls_the_scripts_that_the_workflows_call() -> None:
    text = "".join((ROOT / ".ci" / name).read_text(encoding="utf-8") for name in ("run", "build"))
    called = set(re.findall(r"\.ci/([\w.]+)", text))
    for path in WORKFLOWS:
        ours = set(re.findall(r"run: .*?\.ci/([\w.]+)", path.read_text(encoding="utf-8")))
        assert ours - {"run", "version"} <= called, path.name


@needs_bash
@pytest.mark.parametrize("block", ["tests", "first"])
def test_a_command_of_the_readme_is_run_word_for_word(tmp_path: Path, block: str) -> None:
    """`python3` is what PYTHON says; here it does nothing, so that nothing else is run."""
    shutil.copy(ROOT / "README.md", tmp_path)
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    rest = readme.partition("<!-- tests -->")[2] if block == "tests" else readme
    command = rest.partition("```\n")[2].partition("\n```")[0]
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    stub = tmp_path / "stub"
    stub.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    stub.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci" / "readme"), block],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": str(stub)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout == f"+ {command}\n"


@needs_bash
@pytest.mark.parametrize("script", ["lint", "readme"])
def test_a_script_that_does_not_understand_says_how_it_is_used(script: str) -> None:
    done = subprocess.run(
        [str(ROOT / ".ci" / script), "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: .ci/{script} ")


# --- hygiene, hooks, forms ------------------------------------------------------------------------


def hygiene(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a project of its own."""
    (folder / ".ci").mkdir(exist_ok=True)
    shutil.copy(ROOT / ".ci" / "hygiene.py", folder / ".ci")
    return subprocess.run(
        [sys.executable, ".ci/hygiene.py", *options],
        cwd=folder,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.py", b"x = 1  \n", "spaces at the end"),
        ("a.py", b"x = 1\r\n", "spaces at the end"),
        ("a.csv", b"x,1", "another end of file"),
        ("a.py", b"x = 1\n\n\n", "another end of file"),
        ("a.md", b"one\n<<<<<<< HEAD\ntwo\n", "line 2: left from a merge"),
        ("a.toml", b"[x\n", "line 1"),
        ("a.json", b"{]\n", "line 1"),
        ("a.txt", b"caf\xe9\n", "can't decode"),
        ("a.csv", b"1\n" * 300_000, "600,000 bytes, more than 524,288"),
    ],
)
def test_hygiene_says_what_is_wrong(tmp_path: Path, name: str, text: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(text)
    done = hygiene(tmp_path)
    assert done.returncode == 1, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{name}: ")
    assert message in line


def test_hygiene_mends_and_is_then_content(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1 \r\n\ty = 2\n\n")
    (tmp_path / "a.md").write_bytes(b"one  \ntwo")
    (tmp_path / "empty.py").write_bytes(b"")
    assert hygiene(tmp_path, "--fix").returncode == 1
    done = hygiene(tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "a.py").read_bytes() == b"x = 1\n\ty = 2\n"
    assert (tmp_path / "a.md").read_bytes() == b"one  \ntwo\n"


def test_the_hooks_are_the_steps_of_the_linter() -> None:
    config = load(ROOT / ".pre-commit-config.yaml")
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    steps = {hook["entry"].rpartition(" ")[2] for hook in hooks}
    assert steps == {"lint", "format", "hygiene"}
    for hook in hooks:
        script = hook["entry"].partition(" ")[0]
        assert os.access(ROOT / script, os.X_OK)


def test_there_is_a_form_for_each_kind_of_issue() -> None:
    assert {path.stem for path in FORMS} >= {"bug", "new_model", "tariff_changed", "config"}


@pytest.mark.parametrize(
    "path", [path for path in FORMS if path.stem != "config"], ids=lambda path: path.stem
)
def test_a_form_asks_what_it_should_and_names_files_that_exist(path: Path) -> None:
    form = load(path)
    assert form["name"]
    assert form["description"]
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    identities = [part["id"] for part in asked]
    assert len(set(identities)) == len(identities) > 2
    for part in asked:
        assert part["attributes"]["label"]
        assert part["type"] in ("input", "textarea", "dropdown", "checkboxes")
    for name in re.findall(r"(?:docs|models)/[\w/]+\.\w+", path.read_text(encoding="utf-8")):
        assert (ROOT / name).is_file(), name


def test_contributing_and_releasing_name_scripts_that_exist() -> None:
    for name in ("CONTRIBUTING.md", "docs/releasing.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = set(re.findall(r"\.ci/(\w+)", text))
        assert "run" in named
        for script in named:
            assert (ROOT / ".ci" / script).is_file(), f"{name}: .ci/{script}"
