"""A worker process: reads numbers of chunks, works on them, and says what came of it.

It is started by `negotiation.execution.workers`, speaks pickles over its standard streams, and ends
with the process that started it.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO


def send(stream: BinaryIO, value: object) -> None:
    """Write one message."""
    data = pickle.dumps(value)
    stream.write(len(data).to_bytes(8, "little") + data)
    stream.flush()


def receive(stream: BinaryIO) -> object:
    """Read one message.

    Raises
    ------
    EOFError
        If the other side has gone.
    """
    head = _exactly(stream, 8)
    return pickle.loads(_exactly(stream, int.from_bytes(head, "little")))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = stream.read(size - len(found))
        if not part:
            raise EOFError
        found += part
    return found


def main() -> None:
    """Work until the other side goes."""
    for name in ("SIGINT", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)  # whoever started it decides
    # What models print goes to stderr: stdout is spoken over.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked: queue.Queue[object] = queue.Queue()

    def listen() -> None:
        source = sys.stdin.buffer
        with suppress(EOFError, OSError):
            while True:
                asked.put(receive(source))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    from negotiation.execution.chunk import work_elsewhere

    opening: Any = asked.get()
    data, columnar, folder = opening
    while True:
        chunk = asked.get()
        assert isinstance(chunk, int)
        send(out, work_elsewhere(data, chunk, columnar, folder))
