"""How a long-lived process keeps its memory: what the garbage collector looks at, what the C library gives back."""

import ctypes
import gc

M_MMAP_THRESHOLD = -3


def settle_collector() -> None:
    """Have the garbage collector leave alone what lives as long as the process: it took a twelfth of a request's time
    to look through it (py-spy, product list). What requests make is freed by reference counts. Nothing is collected
    before: of the 360,000 objects of a start 3,000 are garbage, and finding them took 0.2 s."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def return_large_blocks() -> None:
    """Have glibc give blocks over 1 MiB back when they are freed.

    It learns from the first 19 MiB block of argon2 to keep such blocks for good, one for each thread that hashes.
    Other C libraries have no such habit, and no such function.
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is not None:
        adjust(M_MMAP_THRESHOLD, 1024 * 1024)
