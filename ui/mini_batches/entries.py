"""A line-up of optimizers, each with a batch size of its own, shuffled or in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from optim import OPTIMIZERS, Hyperparameter, Optimizer

from .. import cards, controls, palette, share
from .data import COUNTS, FULL

MOST = len(palette.AVERAGES)
SIZE = Hyperparameter("B", "batch size", low=1, high=max(COUNTS.values()), scale="whole")
ORDERED = "in order"


@dataclass(frozen=True)
class Entry:
    """One run of the comparison."""

    optimizer: Optimizer
    size: int = FULL
    shuffled: bool = True
    """Whether the examples are shuffled anew in each epoch, or stand in order of their class or target."""
    id: int = field(default=0, compare=False)
    """Distinguishes it from the others while its values move; unique in its line-up."""

    @property
    def code(self) -> str:
        """``SGD,lr=0.1;16``, and behind a second semicolon that the examples stand in order."""
        order = "" if self.shuffled else f";{ORDERED}"
        return f"{share.encode(self.optimizer)};{size_text(self.size)}{order}"


Entries = tuple[Entry, ...]


class Look(NamedTuple):
    """How an entry's lines and its name look."""

    name: str
    color: str
    dash: int


def size_text(size: int) -> str:
    """A batch size in words: ``16``, ``full``."""
    return "full" if size == FULL else str(size)


def size_from(text: str) -> int:
    """The batch size of such words."""
    return FULL if text == "full" else int(text)


def of(*entries: Entry) -> Entries:
    """A line-up, numbered from 1."""
    return cards.numbered(entries)


def parse(codes: Sequence[str], problems: list[str]) -> Entries:
    """The line-up of a link, whose ``none`` is an empty one."""
    if list(codes) == ["none"]:
        return ()
    if len(codes) > MOST:
        problems.append(f"{len(codes)} runs: at most {MOST} are shown.")
    return of(*(_entry(code, problems) for code in codes[:MOST]))


def _entry(code: str, problems: list[str]) -> Entry:
    first, _, rest = code.partition(";")
    size, _, order = rest.partition(";")
    optimizer = share.decode(first, OPTIMIZERS, OPTIMIZERS["SGD"], problems)
    batch = FULL if size in ("", "full") else int(share.number(size, "batch size", SIZE, 1, problems))
    if order not in ("", ORDERED):
        problems.append(f"“{order[:60]}” is not known; behind a batch size may stand: {ORDERED}.")
    return Entry(optimizer, batch, order != ORDERED)


def on(entries: Entries, data: str) -> Entries:
    """The line-up on these data: a batch of all of them, or of more, is the full batch."""
    return tuple(replace(entry, size=FULL) if entry.size >= COUNTS[data] else entry for entry in entries)


def too_large(entries: Entries, data: str) -> list[str]:
    """What is wrong with batch sizes that the data do not have."""
    return [f"batch size {entry.size}: {data} has {COUNTS[data]:,} examples; the full batch stands in."
            for entry in entries if entry.size > COUNTS[data]]  # fmt: skip


def codes(entries: Entries) -> list[str]:
    """The same in a link."""
    return [entry.code for entry in entries] or ["none"]


def looks(entries: Entries) -> list[Look]:
    """Name and colour of each; those whose examples stand in order have dashed lines."""
    theme = palette.theme()
    return [
        Look(name, getattr(palette.AVERAGES[i], theme), 0 if entry.shuffled else 1)
        for i, (name, entry) in enumerate(zip(names(entries), entries, strict=True))
    ]


def names(entries: Entries) -> tuple[str, ...]:
    """``SGD, B = 16``, and the values in which optimizers of the same label differ."""
    found: list[str] = []
    for entry in entries:
        peers = [peer for peer in entries if peer.optimizer.label == entry.optimizer.label]
        meanings, values = entry.optimizer.hyperparameters, entry.optimizer.values
        batch = "full batch" if entry.size == FULL else f"B = {entry.size}"
        parts = [controls.value(meanings[name], values[name])
                 for name in values if len({peer.optimizer.values[name] for peer in peers}) > 1]  # fmt: skip
        order = [] if entry.shuffled else [ORDERED]
        found.append(", ".join([entry.optimizer.label, batch, *parts, *order]))
    return cards.distinct(found)


def changes(before: Entries, after: Entries) -> list[str]:
    """What differs between two states of a line-up: ``SGD: B 16 → 32``."""
    return cards.changes(before, after, names, lambda entry: entry.optimizer, _further)


def _further(old: Entry, new: Entry) -> list[str]:
    size = [f"B {size_text(old.size)} → {size_text(new.size)}"] if old.size != new.size else []
    order = ["shuffled" if new.shuffled else ORDERED] if old.shuffled != new.shuffled else []
    return [*size, *order]
