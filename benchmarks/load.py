"""What a shared server serves: many visitors on one page, each moving a random slider about once a second.

    pip install -r requirements-dev.txt && python benchmarks/load.py [--visitors 50] [--seconds 20] [page ...]

Visitors speak Streamlit's own protocol on loopback (``visitor.py``), without a browser: what is measured is the
server.  Each waits for the answer to its last move and moves again no sooner than a second after it.  A page and the
plain and tuned apps (``subjects.py``) are served one after another, each by a fresh server, so that nothing shares the
cores but the visitors themselves, whose share is printed.

They see a page's first screen, as a browser does that has opened it: parts that wait until they are in sight wait, but
with ``--everything``.

A page that plays goes on playing between two moves; what it asks for then is answered, but is no change.

*changes/s* counts the answers finished within the time, all visitors together; an answer is finished with the end of
the last run that it needed.  *first picture* is the time until the first chart whose data differ from what it showed
before, *finished* until that end; answers that came after the time still count here.  *opened alone* and *together*
are the time from connecting to the end of the first run, for one visitor of a warm server (median) and for all at once
(95th percentile).  *MiB* is the server's resident memory with everybody connected, *ms/change* its processor time, the
steadiest figure on a busy machine.  Nobody moves more than once a second, so that as many changes as there are
visitors is the most that can be served.  Not measured: the static files of Streamlit's front end.

Fails if a page shows an exception, leaves a move unanswered, or answers most moves with the pictures of before.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
from subjects import APPS, PAGES, ROOT, serve
from visitor import Answer, RefusedError, Visitor
from websockets.exceptions import ConnectionClosed

ALONE = 5
"""How often a single visitor opens a page that is warm."""

T = TypeVar("T")

PATIENCE = 120
"""Seconds after which an answer is given up, as an error."""


@dataclass
class Load:
    """What one subject did: times in seconds, ``memory`` in bytes, ``share`` the visitors' own part of one core."""

    alone: float
    together: float
    served: float
    answers: list[Answer]
    memory: int
    cpu: float
    share: float
    errors: list[str]


async def measure(url: str, pid: int, path: str, query: str, visitors: int, seconds: float, everything: bool) -> Load:
    """Open the page, alone and together; then let everybody move sliders for so many seconds."""
    server = psutil.Process(pid)
    errors: list[str] = []

    async def patient(call: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await call
        except (RefusedError, TimeoutError, ConnectionClosed) as error:
            errors.append(str(error) or f"no answer in {PATIENCE} s")
            return None

    alone = []
    for number in range(1 + ALONE):  # the first finds the server cold
        visitor = Visitor(url, path, query, number)
        answer = await patient(visitor.open())
        await visitor.close()
        if answer and number > 0:
            alone.append(answer.finished)

    crowd = [Visitor(url, path, query, number) for number in range(visitors)]
    opened = await asyncio.gather(*(patient(visitor.open()) for visitor in crowd))
    together = [answer.finished for answer in opened if answer]
    if not everything:
        await asyncio.gather(*(patient(visitor.stay_at_the_top()) for visitor in crowd))

    answers: list[Answer] = []
    served, began, cpu, own = 0, time.perf_counter(), sum(server.cpu_times()[:2]), time.process_time()

    async def stroll(visitor: Visitor) -> None:
        nonlocal served
        await asyncio.sleep(visitor.random.random())
        while (sent := time.perf_counter()) < began + seconds:
            if (answer := await patient(visitor.move())) is None:
                return
            answers.append(answer)
            served += sent + answer.finished <= began + seconds
            await patient(visitor.watch(sent + 1))

    await asyncio.gather(*(stroll(visitor) for visitor, answer in zip(crowd, opened, strict=True) if answer))
    memory = server.memory_info().rss
    cpu = (sum(server.cpu_times()[:2]) - cpu) / max(1, len(answers))
    share = (time.process_time() - own) / (time.perf_counter() - began)
    await asyncio.gather(*(visitor.close() for visitor in crowd))
    return Load(
        statistics.median(alone or [float("nan")]),
        _p95(together),
        served / seconds,
        answers,
        memory,
        cpu,
        share,
        errors,
    )


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else float("nan")


def _times(values: list[float]) -> str:
    return f"{statistics.median(values) * 1e3:.0f} {_p95(values) * 1e3:6.0f}" if values else "-"


TITLES = ("changes/s", "first picture", "finished", "opened alone", "together")
UNITS = ("(ratio)", "median    p95", "median    p95", "(ratio)", "p95 (ratio)")
HEAD = "\n".join(
    f"{'':16}{''.join(f'{title:>16}' for title in titles)}{server}"
    for titles, server in ((TITLES, "            server"), (UNITS, "  MiB  ms/change (ratio)"))
)


def row(name: str, load: Load, plain: Load) -> str:
    def beside(ours: float, theirs: float) -> str:
        return f"{f'{ours:.{0 if ours >= 100 else 1}f} ({ours / theirs:.2f})':>16}"

    pictures = [answer.picture for answer in load.answers if answer.picture is not None]
    return (
        f"{name:16}{beside(load.served, plain.served)}"
        f"{_times(pictures):>16}{_times([answer.finished for answer in load.answers]):>16}"
        f"{beside(load.alone * 1e3, plain.alone * 1e3)}{beside(load.together * 1e3, plain.together * 1e3)}"
        f"{load.memory / 2**20:5.0f}{beside(load.cpu * 1e3, plain.cpu * 1e3):>18}\n"
        f"{'':16}{len(pictures)} of {len(load.answers)} answers changed a picture; {len(load.errors)} errors; "
        f"the visitors took {load.share:.0%} of a core"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--everything", action="store_true", help="with all of the page in sight, late parts included")
    parser.add_argument(
        "pages", nargs="*", metavar="page", default=list(PAGES), help=f"of {', '.join(PAGES)}; default: all"
    )
    options = parser.parse_args()
    if unknown := set(options.pages) - set(PAGES):
        parser.error(f"no page {', '.join(sorted(unknown))}")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        subjects = {}
        for name, script in APPS.items():
            file = Path(folder, f"{name}.py")
            file.write_text(script)
            subjects[name] = (file, Path(folder), "", "")
        subjects |= {page: (ROOT / "app.py", ROOT, *PAGES[page]) for page in options.pages}
        print(f"{options.visitors} visitors, {options.seconds:g} s, times in ms\n{HEAD}")
        loads: dict[str, Load] = {}
        for name, (script, cwd, path, query) in subjects.items():
            with serve(script, cwd) as (url, pid):
                load = asyncio.run(
                    measure(url, pid, path, query, options.visitors, options.seconds, options.everything)
                )
            loads[name] = load
            print(row(name, load, loads["plain"]), flush=True)
            changed = sum(answer.picture is not None for answer in load.answers)
            for error in sorted(set(load.errors)):
                print(f"{'':16}{error}")
            failed = failed or bool(load.errors) or changed < len(load.answers) / 2
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
