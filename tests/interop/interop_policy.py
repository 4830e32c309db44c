"""Measured boot policy that the verifier loads (measured_boot_imports).

It is upstream's `example`, for boots with a kernel whose EFI stub measures its
load options: an EV_EVENT_TAG in PCR 9, which `example` does not know. Digests
are compared with the quote all the same; what the command line is, the GRUB
events in PCR 8 say.
"""
from keylime.mba.elchecking import example, policies, tests

LOAD_OPTIONS = (9, 'EV_EVENT_TAG')


class Without(tests.Test):
    """A test of the events that are not of this kind."""

    def __init__(self, kind, test):
        super().__init__()
        self.kind, self.test = kind, test

    def why_not(self, globs, subject):
        events = [e for e in subject['events']
                  if (e.get('PCRIndex'), e.get('EventType')) != self.kind]
        return self.test.why_not(globs, {**subject, 'events': events})


class Interop(example.Example):
    def refstate_to_test(self, refstate):
        return Without(LOAD_OPTIONS, super().refstate_to_test(refstate))


policies.register('interop', Interop())
