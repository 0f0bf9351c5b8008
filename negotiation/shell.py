"""Commands as a shell reads them: what is printed to be run again can be pasted."""

from __future__ import annotations

import os
import re
import shlex

#: What needs no quotes in cmd.exe nor in PowerShell.
_PLAIN = re.compile(r"[\w.\\/:+=@-]+", re.ASCII)

#: A word of a command line that `quoted` wrote, its quotes included.
_WORD = re.compile(r"""(?:\$'(?:\\.|[^'\\])*'|'[^']*'|"[^"]*"|[^\s'"])+""")


def quoted(word: str, windows: bool | None = None) -> str:
    """Return a word of a command line as the shell of this machine has to be given it.

    Parameters
    ----------
    windows : bool, optional
        Quote for cmd.exe and PowerShell, not for a POSIX shell; by default as the machine is.

    Examples
    --------
    >>> quoted("my talks.py", windows=False), quoted("my talks.py", windows=True)
    ("'my talks.py'", '"my talks.py"')
    """
    if os.name == "nt" if windows is None else windows:
        if _PLAIN.fullmatch(word):
            return word
        # A backslash before a quote would quote it: the runtime library takes two for one.
        inner = re.sub(r'(\\*)"', r'\1\1\\"', word)
        return '"' + re.sub(r"(\\+)$", r"\1\1", inner) + '"'
    if all(each.isprintable() for each in word):
        return shlex.quote(word)
    # A control character would act on the terminal: bash, zsh and ksh read it from its number.
    return "$'" + "".join(_escaped(each) for each in word) + "'"


def _escaped(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


def command(*words: str) -> str:
    """Join the words of a command line, each quoted where it has to be."""
    return " ".join(quoted(word) for word in words)


def mention(line: str) -> str:
    """Put a command into a sentence: in quotes, or in backticks where it has quotes of its own."""
    return f"`{line}`" if "'" in line else f"'{line}'"


def continued(line: str, width: int) -> list[str]:
    """Break a long command before its options, as a POSIX shell reads it.

    cmd.exe and PowerShell continue lines in different ways: on Windows the command stays on one.
    """
    if len(line) <= width or os.name == "nt":
        return [line]
    start = line[: len(line) - len(line.lstrip())]
    groups: list[list[str]] = [[]]
    for word in _WORD.findall(line):
        if word.startswith("--"):
            groups.append([])
        groups[-1].append(word)
    lines = [" ".join(group) for group in groups]
    return [
        f"{start}{'    ' if k else ''}{each}{' ' + chr(92) if k + 1 < len(lines) else ''}"
        for k, each in enumerate(lines)
    ]
