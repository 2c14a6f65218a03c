"""RemoteMonitor: the logs of each epoch sent to a server."""

from __future__ import annotations

import warnings
from typing import Any

from autograd_nn.nn.callbacks.base import Callback, Logs


class RemoteMonitor(Callback):
    """Sends each epoch's number and logs to a server, by POST.

    root           the server; path: where on it.
    field          the form's field that holds the JSON text, unless
    send_as_json   the body is that text itself.
    headers        more headers, a dict.
    timeout        seconds after which it gives up.
    A server that cannot be reached is told by a warning, and training goes on.

    >>> from autograd_nn import nn
    >>> nn.callbacks.RemoteMonitor("http://localhost:1").path
    '/publish/epoch/end/'
    """

    _steers = False

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
        timeout: float = 10.0,
    ) -> None:
        if not str(root).startswith(("http://", "https://")):
            raise ValueError(
                f"RemoteMonitor received root={root!r}; expected an address that begins with "
                "http:// or https://."
            )
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json, self.timeout = headers, send_as_json, timeout

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        from urllib.parse import urlencode
        from urllib.request import Request, urlopen

        values = {k: v.item() if hasattr(v, "item") else v for k, v in (logs or {}).items()}
        import json

        text = json.dumps({"epoch": epoch, **values})
        body: Any = text if self.send_as_json else urlencode({self.field: text})
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **(self.headers or {})}
        request = Request(self.root + self.path, body.encode(), headers)  # noqa: S310
        try:
            urlopen(request, timeout=self.timeout).close()  # noqa: S310
        except OSError as error:
            warnings.warn(
                f"RemoteMonitor could not reach {self.root + self.path}: {error}. Training goes "
                "on without it.",
                UserWarning,
                stacklevel=2,
            )
