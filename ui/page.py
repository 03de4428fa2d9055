"""What makes a page: its Setting, its link, its presets, its parts, and what is redrawn when a widget moves.

1. A page's state is one frozen Setting in the session; a moved widget replaces one of its values.
2. Its link is the query of its Setting, digit for digit; a preset is a Setting with a name and a sentence.
3. A part is a function that draws, and the slice of the Setting that it shows (by default all of it).
4. When a widget moves, the parts whose slice changed are redrawn, in the page's order, and the link is written.
5. A link other than the one last written is loaded.

Streamlit's own ``bind="query-params"`` drops bad values without a word, rounds numbers, and cannot hold a line-up.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from . import html, share, tour
from .pointer import pointer
from .sight import sight
from .theme import follow_theme

Query = Mapping[str, Sequence[str]]

NOTICE = "notice"
ICON = Path(__file__).parents[1] / "docs" / "icon.svg"


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

    def changes(self, before: Self) -> str:
        """What differs from another Setting, and what that did, in a sentence or two."""
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
    late: bool
    """Whether it waits, after a move, until it is in sight."""
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

    def moved(self, now: Any) -> bool:
        """Whether a Setting has another value for it, or none: another surface has other hyperparameters."""
        try:
            return self.get(now) != self.value
        except KeyError:
            return True


@dataclass
class _Session:
    """What one visitor's page is."""

    now: Any
    link: Query
    """As last opened or written."""
    origin: str | None = None
    """The preset that it was last."""
    problems: list[str] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    """What the next drawing says in passing."""
    parts: dict[str, _Part] = field(default_factory=dict)
    views: dict[str, _View] = field(default_factory=dict)
    seen: set[str] | None = None
    """The late parts in sight, as the browser says; all of them as long as it does not."""
    lecture: bool = False
    """Whether it is shown as in a lecture hall: no sidebar, everything larger."""
    layout: Hashable = None
    """The layout of the widgets and parts that were last drawn."""
    drawing: str = ""
    """The part that is being drawn, if any."""
    title: str = ""
    script: str = ""
    """The page's script, as Streamlit names it."""
    whole: bool = False
    """Whether all of the page has been drawn: a faster visitor may have interrupted it."""

    @property
    def address(self) -> dict[str, Sequence[str]]:
        """The query of its URL."""
        return {**self.link, **({"view": ["lecture"]} if self.lecture else {})}


class Page(Generic[S]):
    """One page; it opens on its first preset."""

    def __init__(self, key: str, presets: Sequence[Preset[S]]) -> None:
        self.key, self.title = key, ""
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

    def open(self, title: str, lead: str = "") -> S:
        """Load the link, where it is new, and draw the page's head: title, presets, lead, what to look for."""
        state, key = st.session_state, f"{self.key}.page"
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        view = query.pop("view", [])
        # A change of pages comes with a bare link and brings back the page as it was left.  Any other bare link, such
        # as one that the browser's Back leads to, is the page as it opens.
        returns = not query and state.get("page") != self.key
        state["page"] = self.key
        if key not in state:
            state[key] = _Session(self.usual, {})
        session = self._session
        if query != session.link and not returns:
            session.problems = []
            opened = type(self.usual).parse(query, self.usual, session.problems) if query else self.usual
            session.now = self._keeping(opened)
            session.link, session.origin = query, None
        session.title, session.script = title, _script()
        session.lecture = view == ["lecture"] or (returns and session.lecture)
        if returns:
            self._write()
        session.origin = self.preset(session.now) or session.origin
        session.parts, session.whole, session.layout = {}, False, session.now.layout
        for view in session.views.values():
            view.live = False
        # The router's icons would be fetched from a font server, to stand in the browser's tab.
        st.set_page_config(page_icon=str(ICON))
        html.style(session.lecture)
        head, choice = st.columns([1, 1], vertical_alignment="center")
        self.title = title
        head.title(title)
        with choice:
            _offers(self)
        if lead and not session.lecture:
            st.markdown(lead)
        _caption(self)
        _notice(self)
        return self.now

    def close(self) -> None:
        """Say that all of the page has been drawn."""
        pointer(self.key)
        follow_theme(self.key)
        _sight(self)
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
        now = self._since(session.now, self._keeping(change(session.now)))
        if session.problems or session.news:
            session.parts[NOTICE].drawn = False
        session.now, session.problems, session.origin = now, [], self.preset(now) or session.origin
        session.link = {} if now.query == self.usual.query else now.query
        self._write()
        self._redraw()

    def _since(self, before: S, now: S) -> S:
        """The Setting that comes of a change.  One of what goes on by itself has ``since(before)``, which may keep some
        of what was before; a preset is what it is.
        """
        follow: Callable[[S], S] | None = getattr(now, "since", None)
        return follow(before) if follow and self.preset(now) is None else now

    def _keeping(self, now: S) -> S:
        """The Setting with what is a visitor's own; a Setting that has such things says how in ``keeping(before)``."""
        keeping = getattr(now, "keeping", None)
        return keeping(self._session.now) if keeping else now

    def _redraw(self) -> None:
        """Redraw the parts that show something else now, in the page's order; late ones where they are in sight."""
        session, now = self._session, self.now
        if self._left():
            self._leave()
            return
        # The layout as drawn, not as it was before this change: another change may have come before the page was drawn.
        # So may the browser's Back, whose run is lost where parts alone are asked for.
        run = get_script_run_ctx()
        if not session.whole or now.layout != session.layout or (run and run.is_history_navigation):
            st.rerun()
        moved = {view.part for view in session.views.values() if view.live and view.moved(now)}
        if "" in moved:
            st.rerun()
        stale = [name for name, part in session.parts.items()
                 if (name in moved or not part.drawn or part.shows(now) != part.shown)
                 and not self._waits(name)]  # fmt: skip
        # A callback that returns would rerun its own part, or the page: the notice stands in for nothing at all.
        st.rerun([f"{self.key}.{name}" for name in stale or [NOTICE]])

    def _waits(self, name: str) -> bool:
        """Whether a part is not drawn before it is in sight."""
        session = self._session
        return session.parts[name].late and session.seen is not None and name not in session.seen

    def see(self, names: set[str] | None) -> None:
        """These late parts are in sight; None where the browser does not say.  For callbacks."""
        self._session.seen = names
        self._redraw()

    def advance(self, change: Callable[[S], S]) -> None:
        """Make ``change(now)`` the page's Setting, and neither redraw nor write the link: for a part that goes on by
        itself, and draws what changes."""
        self._session.now = change(self.now)

    def say(self, message: str) -> None:
        """Say something in passing; for callbacks, which may not draw."""
        self._session.news.append(message)

    def place(
        self, draw: Callable[..., None], shows: Callable[..., Any], args: tuple[Any, ...], late: bool = False
    ) -> None:
        """Draw a part here, now and whenever its slice changes."""
        session = self._session
        name = "-".join([draw.__name__.strip("_"), *(str(arg) for arg in args if isinstance(arg, str | int))])
        this = session.parts[name] = _Part(lambda now: shows(now, *args), late)

        def redraw() -> None:
            session = self._session
            now, this.drawn = session.now, False
            for view in session.views.values():
                view.live &= view.part != name
            if self._waits(name):
                html.room()
                return
            around, session.drawing = session.drawing, name
            draw(self, now, *args)
            session.drawing = around
            this.shown, this.drawn = this.shows(now), True

        with st.container(key=f"{self.key}-late-{name}") if late else nullcontext():
            st.fragment(redraw, key=f"{self.key}.{name}")()

    def _write(self) -> None:
        """Make the URL say what the page shows."""
        address = self._session.address
        if not self._left() and address != {name: st.query_params.get_all(name) for name in st.query_params}:
            st.query_params.from_dict(address)

    def _turn(self) -> None:
        """Into the lecture view, or out of it."""
        session = self._session
        # Where a message that comes meanwhile asks for parts alone, the run that draws all of the page would be lost.
        session.lecture, session.whole = not session.lecture, False
        self._write()
        self._redraw()

    def _left(self) -> bool:
        """Whether another page has been chosen: until that one is there a browser sends what is moved on this one."""
        return st.session_state["page"] != self.key or _script() != self._session.script

    def _leave(self) -> None:
        """Go on to the page that was chosen, where a message from this one has interrupted it."""
        if _script() == self._session.script:
            there: _Session = st.session_state[f"{st.session_state['page']}.page"]
            if chosen := tour.beside(there.title, 0):
                st.switch_page(chosen, query_params=there.address)

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
            except KeyError:
                return now  # a field was left with the click that removed what it belonged to
            except (TypeError, ValueError):
                return now  # what no widget sends, and a tampered session may hold

        view.value = st.session_state[f"{self.key}.{name}" + f".v{version}" * bool(version)]
        self.act(change)


def _script() -> str:
    """The script that runs, as Streamlit names it; nothing where Python runs it by itself."""
    run = get_script_run_ctx()
    return run.page_script_hash if run else ""


def part(
    shows: Callable[..., Any] = lambda now, *_: now,
) -> Callable[[Callable[Concatenate[Page[Any], Any, P], None]], Callable[..., None]]:
    """Make a function that draws a part of it: ``draw(page, now, *args)`` is called as ``draw(page, *args)``.

    ``shows(now, *args)`` is the slice of the Setting that it shows: it is redrawn when that changes, and with
    ``late=True``, for what is slow and lies below a page's first screen, only once it is in sight.
    """

    def decorate(draw: Callable[Concatenate[Page[Any], Any, P], None]) -> Callable[..., None]:
        @wraps(draw)
        def placed(page: Page[Any], *args: Any, late: bool = False) -> None:
            page.place(draw, shows, args, late)

        return placed

    return decorate


def folded(name: str, shows: Callable[..., Any]) -> Callable[..., Any]:
    """The slice of a part that is all in the expander ``page.name``: nothing as long as that is shut."""

    def slice_(now: Any, *args: Any) -> Any:
        state = st.session_state
        return shows(now, *args) if state.get(f"{state['page']}.{name}") else None

    return slice_


@part(shows=lambda now: None)
def _notice(page: Page[Any], now: Any) -> None:
    """What is wrong with the link, until the visitor changes something; and what a callback had to say."""
    if news := page._session.news:
        page._session.news = []
        st.toast(share.escape(" ".join(news)))
    if problems := page._session.problems:
        st.warning("\n".join(f"- {share.escape(p)}" for p in problems), title="Part of this link could not be used")


@part(shows=lambda now: None)
def _sight(page: Page[Any], now: Any) -> None:
    """What the browser says of the late parts."""
    sight(page.key, page.see)


@part(shows=lambda now: None)
def _offers(page: Page[Any], now: Any) -> None:
    """A box to choose a preset from, and the way to the previous and the next one."""
    names, chosen = list(page.presets), page.preset(now)
    place = names.index(chosen) if chosen else None

    def go(by: int) -> Callable[[Any], Any]:
        """The preset so many places further on, from where the page is by then."""

        def change(now: Any) -> Any:
            here = page.preset(now) or page._session.origin or names[0]
            return page.presets[names[(names.index(here) + by) % len(names)]].setting

        return change

    with st.container(key=f"{page.key}-presets", horizontal=True, gap="xsmall", horizontal_alignment="right"):
        view = page.view("preset", page.preset, lambda now, name: page.presets[name].setting if name else now)
        numbered = {name: f"{i}. {name}" for i, name in enumerate(names, start=1)}
        st.selectbox(
            "Experiment",
            names,
            place,
            format_func=lambda name: numbered.get(name, str(name)),
            placeholder="Your own experiment",
            label_visibility="collapsed",
            **view,
        )
        for label, icon, by in (("Previous", "chevron_left", -1), ("Next", "chevron_right", 1)):
            last = place == (0 if by < 0 else len(names) - 1)
            if last and (other := tour.beside(page.title, by)):
                text = f"{label} page: {other.title}"
                with st.container(key=f"{page.key}-{label.lower()}-page", width="content"):
                    st.page_link(other, label=text, icon=f":material/keyboard_double_arrow_{icon[8:]}:", help=text,
                                 query_params={"view": "lecture"} if page._session.lecture else None)  # fmt: skip
                continue
            st.button(f"{label} experiment", key=f"{page.key}.{label.lower()}", icon=f":material/{icon}:",
                      help=f"{label} experiment", on_click=page.act, args=(go(by),))  # fmt: skip
        out = page._session.lecture
        st.button("Leave the lecture view" if out else "Lecture view", key=f"{page.key}.lecture",
                  icon=f":material/{'fullscreen_exit' if out else 'present_to_all'}:",
                  help="Leave the lecture view" if out else "Lecture view: no sidebar, everything larger",
                  on_click=page._turn)  # fmt: skip


@part()
def _caption(page: Page[Any], now: Any) -> None:
    """What to look for in the preset; once something has moved, what changed since and what that did."""
    with st.container(key=f"{page.key}-caption", gap=None):
        chosen, origin = page.preset(now), page._session.origin
        if chosen:
            st.markdown(page.presets[chosen].look)
        elif origin:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(now.changes(page.presets[origin].setting))
                st.button("Back to the preset", key=f"{page.key}.back", icon=":material/undo:", type="tertiary",
                          on_click=page.act, args=(lambda _: page.presets[origin].setting,))  # fmt: skip
        else:
            st.markdown("Your own experiment. Choose one from the list to see what it shows.")
