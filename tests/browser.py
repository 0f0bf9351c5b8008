"""A page in Chromium, driven over a pipe: nothing but the standard library."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

needs_browser = pytest.mark.skipif(
    CHROMIUM is None or sys.platform == "win32", reason="there is no Chromium here to open a page"
)

#: Seconds after which an answer is given up.
_PATIENCE = 60.0

_KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, "Tab": 9}


class Tab:
    """An open page.

    Attributes
    ----------
    complaints : list of str
        What the console was told of errors and of what a policy forbids.
    requests : list of str
        Addresses that were asked for.
    """

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._numbers, self._rest, self._session = itertools.count(1), b"", ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **given: Any) -> Any:
        """Send a command and return its result."""
        number = next(self._numbers)
        asked: dict[str, Any] = {"id": number, "method": method, "params": given}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]
            self._note(told)

    def open(self, path: Path, fragment: str = "", *, width: int = 900, height: int = 900) -> None:
        """Open a file, and wait until it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        # Another fragment alone would not load the page anew.
        self.call("Page.navigate", url="about:blank")
        self.complaints.clear()
        self.requests.clear()
        self.call("Page.navigate", url=path.as_uri() + fragment)
        end = time.monotonic() + _PATIENCE
        while self.run("location.protocol + document.readyState") != "file:complete":
            assert time.monotonic() < end, "the page did not load"

    def run(self, script: str) -> Any:
        """Return what an expression is worth."""
        told = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        found: str = self.run(f"document.querySelector({json.dumps(selector)}).textContent")
        return found

    def press(self, key: str) -> None:
        """Press a key, as a hand does, and wait for what the page draws."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind, key=key, code=key, windowsVirtualKeyCode=_KEYS[key],
            )  # fmt: skip
        self.frame()

    def frame(self) -> None:
        """Wait for two frames."""
        self.run(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            ".then(() => 1)"
        )

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._back], [], [], max(0.0, end - time.monotonic()))
            assert ready, "Chromium does not answer"
            more = os.read(self._back, 1 << 16)
            assert more, "Chromium has gone"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found

    def _note(self, told: dict[str, Any]) -> None:
        params = told.get("params", {})
        if told.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"].get("exception")))
        elif told.get("method") == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif told.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


@contextmanager
def browser() -> Iterator[Tab]:
    """Start Chromium without a window, with one page, and end it."""
    assert CHROMIUM is not None
    down, up = os.pipe(), os.pipe()

    def arrange() -> None:
        """Put the ends where Chromium looks for them, whatever their numbers are."""
        if sys.platform == "win32":  # which has no such pipes; see `needs_browser`
            return
        import fcntl

        ends = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (down[0], up[1])]
        os.dup2(ends[0], 3)
        os.dup2(ends[1], 4)

    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--remote-debugging-pipe", f"--user-data-dir={folder}",
            ],
            pass_fds=(3, 4),
            preexec_fn=arrange,  # noqa: PLW1509 - a test starts no threads
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(down[0])
        os.close(up[1])
        try:
            yield Tab(down[1], up[0])
        finally:
            os.close(down[1])
            os.close(up[0])
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
