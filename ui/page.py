"""What makes a page: its Setting, its link, its presets, its parts, and what is redrawn when a widget moves.

1. A page's state is one frozen Setting in the session; a moved widget replaces one of its values.
2. Its link is the query of its Setting, digit for digit; a preset is a Setting with a name and a sentence.
3. A part is a function that draws, and the slice of the Setting that it shows (by default all of it).
4. When a widget moves, the parts whose slice changed are redrawn, in the page's order, and the link is written.
5. A link other than the one last written is loaded.

Streamlit's own ``bind="query-params"`` drops bad values without a word, rounds numbers, and cannot hold a line-up.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar

import streamlit as st

from . import html, share

Query = Mapping[str, Sequence[str]]

NOTICE = "notice"


class Setting(Protocol):
    """The state of one kind of page: a frozen value."""

    @property
    def query(self) -> dict[str, list[str]]:
        """Its link: what is as usual is left out."""
        ...

    @property
    def layout(self) -> Hashable:
        """What decides which widgets and parts there are: where it changes, the whole page is drawn."""
        ...

    @classmethod
    def parse(cls, query: Query, usual: Any, problems: list[str]) -> Self:
        """The Setting of a link; what it leaves out is as ``usual``, and ``problems`` gets what is wrong with it."""
        ...


S = TypeVar("S", bound=Setting)
P = ParamSpec("P")


@dataclass(frozen=True)
class Preset(Generic[S]):
    """A Setting worth trying, and what to look for."""

    name: str
    setting: S
    look: str


@dataclass
class _Part:
    """A part, and the slice that it showed when it was last drawn."""

    shows: Callable[[Any], Any]
    shown: Any = None
    drawn: bool = False


@dataclass
class _View:
    """A widget as the browser has it."""

    part: str
    get: Callable[[Any], Any]
    put: Callable[[Any, Any], Any]
    value: Any
    options: Hashable
    version: int
    live: bool = True
    """Whether it is on the page."""


@dataclass
class _Session:
    """What one visitor's page is."""

    now: Any
    link: Query
    """As last opened or written."""
    problems: list[str] = field(default_factory=list)
    parts: dict[str, _Part] = field(default_factory=dict)
    views: dict[str, _View] = field(default_factory=dict)
    drawing: str = ""
    """The part that is being drawn, if any."""
    whole: bool = False
    """Whether all of the page has been drawn: a faster visitor may have interrupted it."""


class Page(Generic[S]):
    """One page; it opens on its first preset."""

    def __init__(self, key: str, presets: Sequence[Preset[S]]) -> None:
        self.key = key
        self.presets = {preset.name: preset for preset in presets}
        self.usual = presets[0].setting

    @property
    def now(self) -> S:
        """The present Setting."""
        return self._session.now

    def latest(self) -> Callable[[], S]:
        """A function that returns the then present Setting, wherever it is called: a download is made elsewhere."""
        session = self._session
        return lambda: session.now

    def open(self, title: str) -> S:
        """Load the link, where it is new, and begin the page."""
        state, key = st.session_state, f"{self.key}.page"
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        # A change of pages comes with a bare link and brings back the page as it was left.  Any other bare link, such
        # as one that the browser's Back leads to, is the page as it opens.
        returns = not query and state.get("page") != self.key
        state["page"] = self.key
        if key not in state:
            state[key] = _Session(self.usual, {})
        session = self._session
        if query != session.link and not returns:
            session.problems = []
            session.now = type(self.usual).parse(query, self.usual, session.problems) if query else self.usual
            session.link = query
        elif query != session.link:
            st.query_params.from_dict(session.link)
        session.parts, session.whole = {}, False
        for view in session.views.values():
            view.live = False
        html.style()
        st.title(title)
        _notice(self)
        return self.now

    def close(self) -> None:
        """Say that all of the page has been drawn."""
        self._session.whole = True

    def preset(self, now: S) -> str | None:
        """The preset that a Setting is, if it is one."""
        return next((name for name, preset in self.presets.items() if preset.setting == now), None)

    def view(
        self, name: str, get: Callable[[S], Any], put: Callable[[S, Any], S], options: Hashable = ()
    ) -> dict[str, Any]:
        """The key and the callback of a widget that shows ``get(now)``; moved to a value it makes ``put(now, value)``.

        With the next key pressed anywhere on the page a browser may send what a widget showed before the server gave it
        another value, or other ``options``.  So another value is another widget, and nobody listens to the old one.
        """
        session = self._session
        value, known = get(session.now), session.views.get(name)
        version = known.version + ((known.value, known.options) != (value, options)) if known else 0
        session.views[name] = _View(session.drawing, get, put, value, options, version)
        return {
            "key": f"{self.key}.{name}" + f".v{version}" * bool(version),
            "on_change": self._heard,
            "args": (name, version),
        }

    def options(self, name: str) -> tuple[Any, ...]:
        """The options with which a widget was last drawn."""
        view = self._session.views.get(name)
        return view.options if view and isinstance(view.options, tuple) else ()

    def act(self, change: Callable[[S], S]) -> None:
        """Make ``change(now)`` the page's Setting, write its link, and redraw what changes.  For callbacks."""
        session = self._session
        before, now = session.now, change(session.now)
        session.now, session.problems = now, []
        session.link = {} if now == self.usual else now.query
        if session.link != {name: st.query_params.get_all(name) for name in st.query_params}:
            st.query_params.from_dict(session.link)
        if not session.whole or now.layout != before.layout:
            st.rerun()
        moved = {view.part for view in session.views.values() if view.live and view.get(now) != view.value}
        if "" in moved:
            st.rerun()
        st.rerun([f"{self.key}.{name}" for name, part in session.parts.items()
                  if name in (NOTICE, *moved) or not part.drawn or part.shows(now) != part.shown])  # fmt: skip

    def place(self, draw: Callable[..., None], shows: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Draw a part here, now and whenever its slice changes."""
        session = self._session
        name = "-".join([draw.__name__.strip("_"), *(str(arg) for arg in args if isinstance(arg, str | int))])
        this = session.parts[name] = _Part(lambda now: shows(now, *args))

        def redraw() -> None:
            session = self._session
            now, this.drawn = session.now, False
            for view in session.views.values():
                view.live &= view.part != name
            session.drawing = name
            draw(self, now, *args)
            session.drawing = ""
            this.shown, this.drawn = this.shows(now), True

        st.fragment(redraw, key=f"{self.key}.{name}")()

    @property
    def _session(self) -> _Session:
        return st.session_state[f"{self.key}.page"]

    def _heard(self, name: str, version: int) -> None:
        """A widget was moved by the visitor."""
        view = self._session.views[name]
        if version != view.version:
            return

        def change(now: S) -> S:
            try:
                return view.put(now, view.value)
            except (TypeError, ValueError):
                return now  # what no widget sends, and a tampered session may hold

        view.value = st.session_state[f"{self.key}.{name}" + f".v{version}" * bool(version)]
        self.act(change)


def part(
    shows: Callable[..., Any] = lambda now, *_: now,
) -> Callable[[Callable[Concatenate[Page[Any], Any, P], None]], Callable[Concatenate[Page[Any], P], None]]:
    """Make a function that draws a part of it: ``draw(page, now, *args)`` is called as ``draw(page, *args)``.

    ``shows(now, *args)`` is the slice of the Setting that it shows: it is redrawn when that changes.
    """

    def decorate(draw: Callable[Concatenate[Page[Any], Any, P], None]) -> Callable[Concatenate[Page[Any], P], None]:
        @wraps(draw)
        def placed(page: Page[Any], *args: P.args, **_: P.kwargs) -> None:
            page.place(draw, shows, args)

        return placed

    return decorate


@part(shows=lambda now: None)
def _notice(page: Page[Any], now: Any) -> None:
    """What is wrong with the link, until the visitor changes something."""
    if problems := page._session.problems:
        st.warning("\n".join(f"- {share.escape(p)}" for p in problems), title="Part of this link could not be used")


@part(shows=lambda now: None)
def presets(page: Page[Any], now: Any) -> None:
    """The presets, and what to look for in the present one."""
    chosen = page.preset(now)
    view = page.view("preset", page.preset, lambda now, name: page.presets[name].setting if name else now)
    st.pills("Try this", list(page.presets), default=chosen, label_visibility="collapsed", **view)
    if chosen:
        st.caption(page.presets[chosen].look)
