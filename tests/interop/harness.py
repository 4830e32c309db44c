"""Scenarios: what they expect, how they wait, how they are run and counted."""
import time
import traceback

from node import PATIENCE_S

scenarios = []


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def scenario(f):
    scenarios.append(f)
    return f


def expect(good, fmt, *args):
    if not good:
        raise Failed(fmt % args if args else fmt)


def wait_for(what, f):
    """Until f() is true, which is returned. The limit is for what hangs: how
    fast a machine is decides nothing."""
    end = time.monotonic() + PATIENCE_S
    while True:
        got = f()
        if got:
            return got
        if time.monotonic() > end:
            raise Failed('not in %d s: %s' % (PATIENCE_S, what))
        time.sleep(0.1)


def run(place, names):
    """Those of these names, or all, in order; the exit status."""
    passed = failed = skipped = 0
    for f in scenarios:
        if names and f.__name__ not in names:
            continue
        start = time.monotonic()
        word = 'ok'
        try:
            f(place)
            passed += 1
        except Skipped as e:
            print(e)
            skipped += 1
            word = 'skipped'
        except Exception:  # pylint: disable=broad-except
            print(traceback.format_exc()[-3000:])
            failed += 1
            word = 'FAILED'
            place.recover()
        print('%-7s %-24s %s  (%.1f s)' % (
            word, f.__name__, f.__doc__, time.monotonic() - start),
            flush=True)
    print('interop: %d passed, %d failed, %d skipped' % (
        passed, failed, skipped))
    return 0 if failed == 0 and passed > 0 else 1
