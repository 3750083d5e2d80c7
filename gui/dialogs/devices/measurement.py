"""Measurement of this computer: its peak by real matrix products, its bandwidth by real copies, reads and writes.

Each figure is the best of many runs with all threads: a bound needs what the computer can do, and whatever else runs on
it only slows a run down. NumPy is imported when a measurement begins. The steps are a generator, so that a worker can
show progress and end between two of them.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from layerledger.core.base import units
from layerledger.core.metrics.devices import Cache, Device, Figure, MemorySize, Peak

if TYPE_CHECKING:
    from numpy.typing import NDArray

ID = "this-computer"

NOTE = (
    "float16, bfloat16 and int8 are not measured, since NumPy has no fast product of them: a processor with "
    "instructions for them can be faster than these bounds. The cache is the most memory at which copies are clearly "
    "faster than from memory, doubled, since it may hold a part of more."
)

MIB = 2**20
_DTYPES = ("float32", "float64")

_FASTER = 1.4
"""A copy that is faster than one in main memory by this factor comes from a cache."""


class Extent(NamedTuple):
    """The sizes and times of a measurement.

    Attributes:
        products: sizes n of products of n × n matrices.
        working_sets: bytes that copies read and write in all, from within a cache to far beyond it.
        seconds: the time for each size in each round.
        rounds: the number of rounds over all sizes: a load that comes and goes spoils one of them, not all.
    """

    products: tuple[int, ...] = (256, 512, 768, 1024, 1536, 2048)
    working_sets: tuple[int, ...] = tuple(MIB << i for i in range(10))
    seconds: float = 0.15
    rounds: int = 3


class Step(NamedTuple):
    """A step of a measurement.

    Attributes:
        done: the part that is done, from 0 to 1.
        text: the figure that was found, for people; empty for none.
    """

    done: float
    text: str


class _Rate(NamedTuple):
    """The best rate so far, and the size at which it was reached."""

    per_s: float
    size: int


def threads() -> int:
    """Return the number of threads that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def measure(extent: Extent = Extent()) -> Iterator[Step | Device]:  # noqa: B008  (immutable)
    """Yield the steps of a measurement, then the device."""
    whole = extent.rounds * (len(_DTYPES) * len(extent.products) + len(extent.working_sets))
    peaks: dict[str, _Rate] = {}
    moved: dict[int, float] = {}
    done = 0
    with ThreadPoolExecutor(threads()) as pool:
        for _ in range(extent.rounds):
            for dtype, n in product(_DTYPES, extent.products):
                found = _Rate(_product_rate(n, dtype, extent.seconds), n)
                best = peaks[dtype] = max(peaks.get(dtype, found), found)
                done += 1
                yield Step(done / whole, f"{dtype}: {units.rate(round(best.per_s), 'op')}")
            for size in extent.working_sets:
                moved[size] = max(moved.get(size, 0.0), _moved_rate(pool, size, extent.seconds))
                done += 1
                yield Step(done / whole, f"{units.size(size)}: {units.rate(round(moved[size]), 'B')}")
    # A unit that multiplies wide numbers multiplies narrow ones at least as fast, whatever one run says.
    peaks["float32"] = max(peaks["float32"], peaks["float64"])
    yield _device(peaks, moved, extent)


def _best(act: Callable[[], object], seconds: float) -> float:
    """Return the shortest time of some runs, after one to warm up."""
    act()
    end, best = perf_counter() + seconds, float("inf")
    while best == float("inf") or perf_counter() < end:
        start = perf_counter()
        act()
        best = min(best, perf_counter() - start)
    return best


def _product_rate(n: int, dtype: str, seconds: float) -> float:
    """Return operations a second of a product of n × n matrices; a multiply-add counts as two."""
    import numpy as np

    a, b, c = (np.ones((n, n), dtype) for _ in range(3))
    return 2 * n**3 / _best(lambda: np.matmul(a, b, out=c), seconds)


def _moved_rate(pool: ThreadPoolExecutor, size: int, seconds: float) -> float:
    """Return the most bytes a second of copies, of reads and of writes by all threads, in a working set of `size`."""
    import numpy as np

    count = threads()
    # A thread runs several times for one start of it, so that starting takes no part of the time.
    times = max(1, 64 * MIB // size)
    # Ones, not zeros: memory that nobody has written is one page of zeros, which a cache holds.
    sources, targets = ([np.ones(max(1, size // 2 // count // 4), np.float32) for _ in range(count)] for _ in "st")
    whole = count * sources[0].nbytes
    acts: tuple[tuple[int, Callable[[NDArray[Any], NDArray[Any]], object]], ...] = (
        (2 * whole, lambda source, target: np.copyto(target, source)),
        (whole, lambda source, target: source.max()),
        (whole, lambda source, target: target.fill(1)),
    )
    found: list[float] = []
    for nbytes, act in acts:

        def run(i: int, act: Callable[[NDArray[Any], NDArray[Any]], object] = act) -> None:
            for _ in range(times):
                act(sources[i], targets[i])

        best = _best(lambda run=run: list(pool.map(run, range(count))), seconds / len(acts))
        found.append(nbytes * times / best)
    return max(found)


def _device(peaks: dict[str, _Rate], moved: dict[int, float], extent: Extent) -> Device:
    import numpy as np

    how = f"measured on {datetime.now(UTC):%Y-%m-%d} with NumPy {np.__version__}, {threads()} threads"
    largest = extent.working_sets[-1]
    main = max(rate for size, rate in moved.items() if 2 * size >= largest)
    cache = _cache(moved, main)
    caches = {"cache": Cache(cache[0], round(cache[1]), f"{how}: copies in less memory")} if cache else {}
    return Device(
        id=ID,
        title=f"This computer: {processor()}",
        short="This computer",
        kind="Processor",
        peaks=tuple(
            Peak((dtype,), round(rate.per_s), f"{how}: the best product of {rate.size} × {rate.size}")
            for dtype, rate in sorted(peaks.items(), reverse=True)
        ),
        bandwidth=Figure(round(main), f"{how}: the best of copies, reads and writes in {units.size(largest)}"),
        memories=_memories(),
        note=NOTE,
        **caches,
    )


def _cache(moved: dict[int, float], main: float) -> tuple[int, float] | None:
    """Return the size of the cache and its rate; None where no working set is clearly faster than main memory."""
    held = [size for size, rate in moved.items() if rate > _FASTER * main]
    return (2 * max(held), max(moved.values())) if held else None


def _memories() -> tuple[MemorySize, ...]:
    """Return the main memory, where the system says its size."""
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return ()  # Windows has no such call: the size can be added by hand
    return (MemorySize("RAM", size, "as the operating system states it"),) if size > 0 else ()


def processor() -> str:
    """Return the name of the processor, or its architecture where the system does not tell the name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = (line.partition(":")[2].strip() for line in file if line.startswith("model name"))
            if name := next(names, ""):
                return name
    except OSError:
        pass  # only Linux has this file: the other sources below name the processor less exactly
    return platform.processor() or platform.machine() or "processor"
