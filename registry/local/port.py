"""Whether a port of this machine can be ours, asked before anything is started for it."""

from __future__ import annotations

import errno
import socket

from registry.errors import BadValue, PortTaken


def check_port(host: str, port: int) -> None:
    """Raise PortTaken when somebody listens there, BadValue when it cannot be ours at all."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM,
                                                                flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:  # a name that cannot be one is an error of its encoding
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            raise PortTaken(host=host, port=port) from None
        if number == errno.EACCES:
            raise BadValue(name="--port", value=port, why_zh="无权使用这个端口，请用 1024 以上的",
                           why_en="no right to use this port; take one above 1023") from None
        raise BadValue(name="--host", value=host, why_zh="不是本机的地址", why_en="not an address of this machine") from None
