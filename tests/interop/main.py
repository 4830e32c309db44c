"""Runs the scenarios against unmodified upstream.

usage: main.py BIN [SCENARIO...]      works in BIN/interop/run
"""
import atexit
import os
import signal
import sys

import harness
import scenarios  # pylint: disable=unused-import
import local_scenarios  # pylint: disable=unused-import
import agent_scenarios  # pylint: disable=unused-import,wrong-import-order
from place import Place


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    place = Place(os.path.abspath(sys.argv[1]))
    atexit.register(place.tear_down)
    place.set_up()
    return harness.run(place, sys.argv[2:])


if __name__ == '__main__':
    sys.exit(main())
