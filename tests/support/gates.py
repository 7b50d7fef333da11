"""A place where functions wait for a test: they reach the loopback of this machine, and none of its files."""

from __future__ import annotations

import socket
import threading
from typing import Self


class Gate:
    """Whoever connects has arrived, and waits until the gate is opened."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._waiting: list[socket.socket] = []
        self._changed = threading.Condition()
        self._open = False
        threading.Thread(target=self._let_arrive, daemon=True).start()

    @property
    def passing(self) -> str:
        """An expression in Python that arrives here and waits."""
        address = self._listener.getsockname()
        return f"__import__('socket').create_connection({address!r}).recv(1)"

    @property
    def arrived(self) -> int:
        """How many have arrived so far."""
        return len(self._waiting)

    def expect(self, number: int = 1, seconds: float = 30) -> None:
        """Wait until so many have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.arrived >= number, seconds), f"{self.arrived} arrived"

    def open(self) -> None:
        """Let everybody through, also who comes later."""
        with self._changed:
            self._open = True
            for one in self._waiting:
                one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self._listener.close()

    def _let_arrive(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self._waiting.append(connection)
                if self._open:
                    connection.close()
                self._changed.notify_all()
