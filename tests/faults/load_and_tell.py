"""`registry load` as a process that says on stdout what it is about to do, so that it can be killed doing it."""

from __future__ import annotations

import time

from etl import load
from registry.cli import main

BEFORE_COMMIT_S = 0.05  # the moment between seal and commit, made long enough to be met


def telling(name: str, real, pause: float = 0.0):
    def call(*words, **more):
        if not pause:
            print(name, flush=True)
        answer = real(*words, **more)
        if pause:
            print(name, flush=True)
            time.sleep(pause)
        return answer
    return call


load.Stage.add = telling("staging", load.Stage.add)
load.Stage.apply = telling("applying", load.Stage.apply)
load.history.seal = telling("sealed", load.history.seal, BEFORE_COMMIT_S)
main(prog_name="registry")
