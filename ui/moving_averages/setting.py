"""The Moving averages page's state: what is averaged, with which β, and what Adam is shown on."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from optim import OPTIMIZERS, SURFACES, Domain, Formula, Hyperparameter, Optimizer, Surface, optimizers

from .. import controls, palette, share
from ..page import Query
from ..runs import Point
from ..words import exact, number
from .gradients import SIZE, STREAMS
from .series import MADE, OWN, SEATTLE, SOURCES, UNPACKED, Made, Own, Series, Source, decoded

BETA = Hyperparameter(r"\beta", "weight of the past", low=0, high=1 - 1e-9, scale="decay", slider=(0, 0.998))
MOST = len(palette.AVERAGES)
"""Averages at once."""
KINDS = {"with": ("corrected",), "without": ("plain",), "both": ("corrected", "plain"), "first": ("first",)}
"""What is drawn of each average for a choice of its start."""
STARTS = {"with": "corrected", "without": "at 0", "both": "both", "first": "at θ₁"}
"""What the choices of a start are called."""

CHOICES = {"correction": ("both", *(k for k in KINDS if k != "both")), "show": ("365", "60", "120", "all"),
           "written": ("β", "α"), "gradients": tuple(STREAMS)}  # fmt: skip
"""The words that a link may say; the usual one first."""
LINK = ("series", "values", "weighed", "size", "adam", "surface", "start", *CHOICES)
"""What a link may name."""


def complement(value: float) -> float:
    """1 − value, as one reckons with decimals: of 0.9 it is 0.1, and of 0.1 it is 0.9."""
    return float(1 - Decimal(repr(value)))


@dataclass(frozen=True)
class Average:
    """One average."""

    beta: float
    id: int = field(default=0, compare=False)
    """Distinguishes it from the others while its β moves; unique in its Setting."""


def averages(*betas: float) -> tuple[Average, ...]:
    """Averages, numbered from 1."""
    return tuple(Average(beta, i) for i, beta in enumerate(betas, start=1))


ADAM = optimizers.adam(lr=0.3)
EXAMPLE = Own()


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The state of the page."""

    source: Source = SEATTLE
    averages: tuple[Average, ...] = averages(0.5, 0.9, 0.98)
    correction: str = "both"
    """How the averages start: corrected, at 0, both, or at the first value."""
    show: str = "365"
    written: str = "β"
    """The convention: β, or α = 1 − β."""
    weighed: int | None = None
    """The id of the average whose weights are shown; none: the usual one."""
    adam: Optimizer = ADAM
    gradients: str = "steady"
    size: float = 1.0
    """What the gradients are multiplied by."""
    surface: Surface = SURFACES["Quadratic"]
    start: Point = (-10.0, 1.5)
    own: Own = field(default=EXAMPLE, compare=False, repr=False)
    """The visitor's own numbers, while another series is looked at."""

    @property
    def layout(self) -> Hashable:
        source = self.source
        made = (source.label, bool(source.values["noise"])) if isinstance(source, Made) else source
        return made, self.written, tuple(average.id for average in self.averages)

    @property
    def series(self) -> Series:
        """What is averaged."""
        return self.source.series

    @property
    def betas(self) -> tuple[float, ...]:
        return tuple(average.beta for average in self.averages)

    @property
    def alpha(self) -> bool:
        """Whether β is written as α = 1 − β."""
        return self.written == "α"

    @property
    def shown(self) -> int:
        """How many values the charts show."""
        n = len(self.series.values)
        return n if self.show == "all" else min(n, int(self.show))

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is drawn of each average."""
        return KINDS[self.correction]

    @property
    def place(self) -> int:
        """The place of the average whose weights are shown; usually the middle one's."""
        ids = [average.id for average in self.averages]
        return ids.index(self.weighed) if self.weighed in ids else len(ids) // 2

    def number(self, beta: float) -> str:
        """β, or in the other convention 1 − β, to the last digit."""
        return exact(complement(beta) if self.alpha else beta)

    def name(self, beta: float) -> str:
        """``β = 0.9``, or in the other convention ``α = 0.1``."""
        return f"{self.written} = {self.number(beta)}"

    def on(self, label: str) -> Self:
        """Another series; a visitor's own numbers are kept."""
        return replace(self, source=self.own if label == OWN else SOURCES[label])

    def given(self, own: Own) -> Self:
        """The visitor's own numbers."""
        return replace(self, source=own, own=own)

    def keeping(self, before: Self) -> Self:
        """A preset, or another link: it leaves the visitor's own numbers where they can be chosen again."""
        return replace(self, own=before.own) if self.own == EXAMPLE else self

    def over(self, surface: Surface) -> Self:
        """Another surface, from its own start."""
        return replace(self, surface=surface, start=_start(surface))

    def more(self) -> Self:
        """One more average."""
        if len(self.averages) >= MOST:
            return self
        beta = next(b for b in (0.9, 0.98, 0.5, 0.99, 0.8, 0.95) if b not in self.betas)
        return replace(self, averages=(*self.averages, Average(beta, max(a.id for a in self.averages) + 1)))

    def less(self, i: int) -> Self:
        """One average less; the last one stays."""
        rest = tuple(average for average in self.averages if average.id != i)
        return replace(self, averages=rest) if rest else self

    def changes(self, before: Self) -> str:
        """What differs from another Setting, and what that did to the averages."""
        changed = _formulas(before.source, self.source)
        olds, news = ({average.id: average.beta for average in now.averages} for now in (before, self))
        moved = [(olds[i], news[i]) for i in news if i in olds and olds[i] != news[i]]
        changed += [f"{self.name(old)} → {self.number(new)}" for old, new in moved]
        changed += [f"{self.name(new)} added" for i, new in news.items() if i not in olds]
        changed += [f"{self.name(old)} removed" for i, old in olds.items() if i not in news]
        for name, title in TITLES.items():
            old, new = getattr(before, name), getattr(self, name)
            if old != new:
                was, is_ = (STARTS.get(v, v) if isinstance(v, str) else exact(v) for v in (old, new))
                changed.append(f"{title} {was} → {is_}")
        changed += _formulas(before.adam, self.adam) + _formulas(before.surface, self.surface)
        if before.start != self.start and before.surface == self.surface:
            changed.append("another start on the surface")
        windows = [f"{number(1 / complement(old))} → **{number(1 / complement(new))}**" for old, new in moved]
        effect = f" Window in {self.series.time}s: {'; '.join(windows)}." if windows else ""
        return f"**Changed**: {share.escape('; '.join(changed) or 'what is shown')}.{effect}"

    @property
    def query(self) -> dict[str, list[str]]:
        """Its link; what is as usual is left out."""
        source, usual = self.source, Setting()
        query = {"series": [share.encode(source) if isinstance(source, Made) else source.label]}
        if isinstance(source, Own) and source.code:
            query["values"] = [source.code]
        query["beta"] = [share.text(average.beta) for average in self.averages]
        for name in CHOICES:
            if getattr(self, name) != getattr(usual, name):
                query[name] = [getattr(self, name)]
        if self.place != replace(self, weighed=None).place:
            query["weighed"] = [str(self.place + 1)]
        if self.size != usual.size:
            query["size"] = [share.text(self.size)]
        if self.adam != usual.adam:
            query["adam"] = [share.encode(self.adam)]
        if self.surface != usual.surface:
            query["surface"] = [share.encode(self.surface)]
        if self.start != _start(self.surface):
            query["start"] = [",".join(map(share.text, self.start))]
        return query

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        """The Setting of a link."""
        share.unknown(query, LINK, problems, "beta")
        known = {name: share.choice(query[name][0], name, CHOICES[name], CHOICES[name][0], problems)
                 for name in CHOICES if query.get(name)}  # fmt: skip
        source = _source(query, problems)
        codes = query.get("beta") or list(map(share.text, usual.betas))
        if len(codes) > MOST:
            problems.append(f"{len(codes)} averages: at most {MOST} are shown.")
        betas = averages(*(share.number(code[:60], "beta", BETA, 0.9, problems) for code in codes[:MOST]))
        weighed, size, adam, surface = None, cls.size, cls.adam, cls.surface
        if "weighed" in query:
            place = Domain(low=1, high=len(betas), whole=True)
            usually = len(betas) // 2 + 1
            weighed = int(share.number(query["weighed"][0], "weighed", place, usually, problems))
            weighed = None if weighed == usually else weighed
        if "size" in query:
            size = share.number(query["size"][0], "size", SIZE, size, problems)
        if "adam" in query:
            adam = share.decode(query["adam"][0], {"Adam": OPTIMIZERS["Adam"]}, adam, problems)
        if "surface" in query:
            surface = share.decode(query["surface"][0], SURFACES, surface, problems)
        start = _start(surface)
        if "start" in query:
            start = share.point(query["start"][0], surface, problems)
        own = source if isinstance(source, Own) else EXAMPLE
        return cls(source=source, averages=betas, weighed=weighed, size=size, adam=adam, surface=surface, start=start,
                   own=own, **known)  # fmt: skip


TITLES = {"correction": "start", "show": "shown values", "written": "convention", "gradients": "gradients",
          "size": "gradient size"}  # fmt: skip
"""What a visitor calls the plain values of a Setting."""


def _formulas(before: Any, now: Any) -> list[str]:
    """How a series, optimizer or surface differs from another: in its name, or else in its values."""
    if before.label != now.label:
        return [f"{before.label} → {now.label}"]
    if not isinstance(now, Formula):
        return ["other numbers"] if before != now else []
    return [controls.change(meaning, before.values[name], now.values[name])
            for name, meaning in now.hyperparameters.items() if before.values[name] != now.values[name]]  # fmt: skip


def _start(surface: Surface) -> Point:
    return float(surface.start[0]), float(surface.start[1])


def _source(query: Query, problems: list[str]) -> Source:
    """The series of a link."""
    raw = (query.get("series") or [SEATTLE.label])[0]
    label = raw.partition(",")[0]
    if label == OWN:
        return _own((query.get("values") or [""])[0], problems)
    if label in MADE:
        return share.decode(raw, MADE, MADE[label], problems)
    if label not in SOURCES:
        names = ", ".join([*SOURCES, OWN])
        problems.append(f"series = “{label[:60]}” is not known; {SEATTLE.label} stands in. Known: {names}.")
    return SOURCES.get(label, SEATTLE)


def _own(code: str, problems: list[str]) -> Source:
    """The visitor's own numbers in a link: exactly those that were written, nothing where there was a gap."""
    if not code:
        problems.append(f"The link names a series that is too long to travel in it; {SEATTLE.label} stands in.")
        return SEATTLE
    try:
        values = decoded(code)[:UNPACKED]
    except ValueError as error:
        problems.append(f"values = “{code[:60]}”: {error} {SEATTLE.label} stands in.")
        return SEATTLE
    cells = [cell.strip() or "nan" for cell in values.split(",")]
    try:
        exact = [float(cell) for cell in cells]
        own = Own(f"[{', '.join(map(repr, exact))}]", how=(("missing", ()),))
    except ValueError:
        own = Own(values)
    if own.problem:
        problems.append(f"values = “{code[:60]}”: {own.problem} {SEATTLE.label} stands in.")
        return SEATTLE
    return own
