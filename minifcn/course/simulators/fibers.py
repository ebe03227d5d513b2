"""Threads that take turns: only one runs at any time, and it runs until it pauses or ends.

Each is a thread of Python that waits for its turn, since a function in plain Python cannot be paused in the middle.
Which runs when does not depend on the operating system. Read ../sandbox/walls.py next.
"""

import threading


class Abandoned(BaseException):
    """Raised in threads that wait for something that will not happen."""


class Fiber:
    """One thread of a block.

    place: where it is;  phase: the barriers it has passed;  arrays: the shared arrays it has asked for
    """

    def __init__(self, body, place):
        self.body, self.place = body, place
        self.phase, self.arrays, self.error, self.ended, self.abandoned = 0, 0, None, False, False
        self.turn, self.rest = threading.Semaphore(0), threading.Semaphore(0)
        self.thread = None

    def step(self):
        """Let it run until its next barrier or its end."""
        if self.thread is None:
            self.thread = threading.Thread(target=self.main, daemon=True)
            self.thread.start()
        self.turn.release()
        self.rest.acquire()

    def main(self):
        self.turn.acquire()
        try:
            self.body()
        except BaseException as error:  # noqa: BLE001  (raised again where the kernel was launched)
            self.error = error
        self.ended = True
        self.rest.release()

    def pause(self):
        """Called by the thread itself: wait for the next turn."""
        if self.thread is None:
            return
        self.phase += 1
        self.rest.release()
        self.turn.acquire()
        if self.abandoned:
            raise Abandoned


def run_by_turns(fibers, enter, waits):
    """Run all fibers from barrier to barrier. enter: called with each before its turn. Raises the first error of any.

    waits: whether there are barriers at all; without them, no thread is needed
    """
    if not waits:
        for fiber in fibers:
            enter(fiber)
            fiber.body()
        return
    try:
        while any(not fiber.ended for fiber in fibers):
            for fiber in fibers:
                enter(fiber)
                fiber.step()
                if fiber.error is not None:
                    raise fiber.error
            if len({fiber.ended for fiber in fibers}) > 1:
                some = next(fiber for fiber in fibers if fiber.ended).place
                raise RuntimeError(f"thread ({some.x}, {some.y}) ended while others wait at syncthreads, which all must reach")
    finally:
        release(fibers)


def release(fibers):
    """End the threads that still wait."""
    for fiber in fibers:
        fiber.abandoned = True
        if fiber.thread is not None and not fiber.ended:
            fiber.step()
        if fiber.thread is not None:
            fiber.thread.join()
