"""peers.py CLIP FAULT...: fake cameras in a process of their own, one for each fault ("none" for a good one).

Prints their addresses, a line each, and serves until its input ends.
"""

import sys
from contextlib import ExitStack
from pathlib import Path


def main(clip: str, *faults: str) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from lab.footage import server_module  # noqa: PLC0415  # the path must be set first

    module = server_module("rtsp_peer")
    with ExitStack() as stack:
        for fault in faults:
            peer = stack.enter_context(module.RtspPeer(Path(clip)))
            if fault != "none":
                peer.break_with(fault)
            print(peer.url(), flush=True)  # noqa: T201  # who started this waits for it
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
