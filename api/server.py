"""The server process: gunicorn with threads, started by our own command and silent unless something is wrong."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from api.worker import Worker
from registry import settings

# 2 processes × 4 threads gave the most requests a second on 2 cores; more of either take from PostgreSQL.
THREADS = 4
REQUESTS, JITTER = 200_000, 20_000  # a process is renewed after so many, not all at once
CONNECTIONS = 400  # of a process at once; 1024 files are all that many systems let it open
LONGEST_LINE = 8_190  # of a request: filters and cursors make long addresses


class Server(BaseApplication):
    """gunicorn told by arguments instead of by files, command line or environment."""

    def __init__(self, app: Flask, host: str, port: int, workers: int) -> None:
        self.app, self.host, self.port, self.workers = app, host, port, workers
        super().__init__()

    def load_config(self) -> None:
        wanted = options(self.host, self.port, self.workers)
        for name, value in wanted.items():
            if name in self.cfg.settings:  # a gunicorn of another year may not have all of them
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def options(host: str, port: int, workers: int) -> dict[str, Any]:
    """gunicorn's settings."""
    bracketed = f"[{host}]" if ":" in host else host
    return {
        "bind": f"{bracketed}:{port}", "workers": workers, "worker_class": Worker, "threads": THREADS,
        "keepalive": 5, "max_requests": REQUESTS, "max_requests_jitter": JITTER,
        "timeout": settings.integer("REGISTRY_STATEMENT_TIMEOUT_S") + 30, "graceful_timeout": 10,
        "limit_request_line": LONGEST_LINE, "worker_connections": CONNECTIONS, "proc_name": "registry",
        "loglevel": "warning", "errorlog": "-", "accesslog": None,
        # Heartbeats in memory: a slow disk must not look like a dead process.
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        # X-Forwarded headers are believed from nobody here; REGISTRY_PUBLIC_URL says where we are, api.limits who asks.
        "forwarded_allow_ips": "", "control_socket_disable": True,
    }
