"""A visitor without a browser: the front end's half of Streamlit's protocol, as far as moving sliders needs it.

The browser and the server talk over one websocket a tab: ``BackMsg`` up, ``ForwardMsg`` down.  A moved widget sends
the states of *all* widgets on the page, the id of the fragment that the widget lies in, and the hashes of the messages
that the browser has cached; the server answers with a run: ``new_session``, deltas, ``script_finished``.  What is here
was read off the front end of Streamlit 1.67 (``WidgetStateManager``, ``ForwardMessageCache``, ``App``).  Not played:
uploads and forms.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.VegaLiteChart_pb2 import VegaLiteChart
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

Path = tuple[int, ...]
"""Where in the page a delta goes: the indices of its containers, outermost first."""

DONE = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


@dataclass
class Answer:
    """What came back for one rerun, in seconds since it was asked for."""

    picture: float | None = None
    """When the first chart came whose data differ from what that chart showed before; None: no such chart came."""
    finished: float = 0.0
    """When the last run ended.  A run that was given up for another is no end."""


@dataclass
class _Widget:
    element: Element
    fragment: str
    run: str


@dataclass
class _Cached:
    message: ForwardMsg
    fragment: str
    since: int


class RefusedError(Exception):
    """The page showed an exception, or did what a visitor cannot play."""


@dataclass
class Visitor:
    """One tab on a page.  ``path`` and ``query`` are the page's link below ``url``."""

    url: str
    path: str
    query: str
    seed: int
    socket: ClientConnection | None = None
    widgets: dict[Path, _Widget] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    cache: dict[str, _Cached] = field(default_factory=dict)
    pictures: dict[str | Path, list[bytes]] = field(default_factory=dict)
    sight: tuple[str, str] | None = None
    """The component that tells the server which late parts are in sight, and its fragment."""
    timers: dict[str, float] = field(default_factory=dict)
    """The fragments that rerun by themselves, and after how many seconds each."""
    page: str = ""
    runs: int = 0
    oldest: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    async def open(self) -> Answer:
        """Connect and wait until the page stands."""
        began = time.perf_counter()
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        self.socket = await connect(
            address,
            origin=Origin(self.url),
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            open_timeout=120,
            ping_interval=None,
        )
        return await self._run("", began)

    async def stay_at_the_top(self) -> None:
        """Tell the page, where it asks, that none of its late parts is in sight, as a browser does that opened it."""
        if self.sight:
            component, fragment = self.sight
            seen = json.dumps([{"event": "seen", "value": {"names": []}}])
            trigger = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events", json_trigger_value=seen)
            await self._run(fragment, time.perf_counter(), trigger)

    async def close(self) -> None:
        if self.socket:
            await self.socket.close()

    async def move(self) -> Answer:
        """Move one thumb of a random slider to another of its stops, and wait for the answer."""
        widget = self.random.choice([w for w in self.widgets.values() if _movable(w.element)])
        slider = widget.element.slider
        state = self.states[slider.id]
        values: Any = state.string_array_value.data if slider.options else state.double_array_value.data
        steps = round((slider.max - slider.min) / slider.step)
        stops: list[Any] = list(slider.options) or [slider.min + i * slider.step for i in range(steps + 1)]
        thumb = self.random.randrange(len(values))
        values[thumb] = self.random.choice([stop for stop in stops if stop != values[thumb]])
        values.sort(key=stops.index if slider.options else None)
        return await self._run(widget.fragment, time.perf_counter())

    async def watch(self, until: float) -> None:
        """Until then only rerun what reruns by itself, as a browser does whose page plays."""
        while self.timers and (due := time.perf_counter() + min(self.timers.values())) < until:
            await asyncio.sleep(due - time.perf_counter())
            await self._run(min(self.timers, key=self.timers.__getitem__), time.perf_counter(), by_itself=True)
        await asyncio.sleep(max(0, until - time.perf_counter()))

    async def _run(self, fragment: str, began: float, *triggers: WidgetState, by_itself: bool = False) -> Answer:
        """Ask for a rerun of the page, or of one fragment, and take its messages in until it has finished."""
        assert self.socket, "the page is not open"
        request = BackMsg()
        client = request.rerun_script
        client.query_string = self.query
        client.widget_states.widgets.extend([*self.states.values(), *triggers])
        client.page_script_hash = self.page
        client.page_name = "" if self.page else self.path
        client.fragment_id = fragment
        client.is_auto_rerun = by_itself
        client.cached_message_hashes.extend(self.cache)
        client.context_info.url = f"{self.url}/{self.path}"
        client.context_info.locale = "en-GB"
        client.context_info.timezone = "UTC"
        client.context_info.color_scheme = "light"
        await self.socket.send(request.SerializeToString())
        answer, run = Answer(), ""
        while True:
            message = ForwardMsg.FromString(await self.socket.recv(decode=False))
            now = time.perf_counter() - began
            kind = message.WhichOneof("type")
            if kind in ("delta", "ref_hash"):
                if self._draw(message, run) and answer.picture is None:
                    answer.picture = now
            elif kind == "new_session":
                run = message.metadata.run.script_run_id
                self.page = message.new_session.page_script_hash
                self.oldest = message.new_session.config.max_cached_message_age
                if not message.metadata.run.fragment_ids:
                    self.timers.clear()
            elif kind == "navigation":
                self.page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise RefusedError("the script does not compile")
                if message.script_finished in DONE and run and message.metadata.run.script_run_id == run:
                    self._clear(run, list(message.metadata.run.fragment_ids))
                    answer.finished = now
                    return answer
            elif kind == "auto_rerun":
                self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "stop_auto_rerun":
                for stopped in message.stop_auto_rerun.fragment_ids:
                    self.timers.pop(stopped, None)
            elif kind == "page_not_found":
                raise RefusedError(kind)

    def _draw(self, message: ForwardMsg, run: str) -> bool:
        """Put one element in its place; whether it is a chart with other data than before."""
        path = tuple(message.metadata.delta_path)
        if message.WhichOneof("type") == "ref_hash":
            message = self.cache[message.ref_hash].message
        elif message.metadata.cacheable:
            self.cache.setdefault(message.hash, _Cached(message, message.delta.fragment_id, self.runs))
        self.widgets.pop(path, None)
        if not message.delta.HasField("new_element"):
            return False
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RefusedError(f"{element.exception.type}: {element.exception.message}")
        if kind == "vega_lite_chart":
            key, data = element.vega_lite_chart.id or path, _data(element.vega_lite_chart)
            changed = self.pictures.get(key) != data
            self.pictures[key] = data
            return changed
        if kind == "bidi_component" and element.bidi_component.component_name.endswith("sight"):
            self.sight = (element.bidi_component.id, message.delta.fragment_id)
        if kind in _STATES:
            self.widgets[path] = _Widget(element, message.delta.fragment_id, run)
            widget = _inner(element)
            if widget.id not in self.states or widget.set_value:
                state = self.states[widget.id] = WidgetState(id=widget.id)
                _STATES[kind](widget, state)
        return False

    def _clear(self, run: str, fragments: list[str]) -> None:
        """Forget the widgets that the run no longer drew, and the cached messages that grew too old."""
        for path, widget in list(self.widgets.items()):
            if widget.run != run and (not fragments or widget.fragment in fragments):
                del self.widgets[path]
        ids = {_inner(widget.element).id for widget in self.widgets.values()}
        self.states = {key: state for key, state in self.states.items() if key in ids}
        self.runs += 1
        for key, cached in list(self.cache.items()):
            if self.runs - cached.since > self.oldest and (not fragments or cached.fragment in fragments):
                del self.cache[key]


def _inner(element: Element) -> Any:
    return getattr(element, str(element.WhichOneof("type")))


def _movable(element: Element) -> bool:
    slider = element.slider
    return element.HasField("slider") and not slider.disabled and not slider.form_id and slider.max > slider.min


def _data(chart: VegaLiteChart) -> list[bytes]:
    return [chart.data.data, *(part for named in chart.datasets for part in (named.name.encode(), named.data.data))]


# What the front end takes for a widget's state when it first shows it, or when the script has set it.


def _slider(widget: Any, state: WidgetState) -> None:
    if widget.type == Slider.SELECT_SLIDER:
        default = [widget.options[int(i)] for i in widget.default]
        state.string_array_value.data[:] = list(widget.raw_value) if widget.set_value and widget.raw_value else default
    else:
        state.double_array_value.data[:] = widget.value if widget.set_value else widget.default


def _number(widget: Any, state: WidgetState) -> None:
    value = widget.value if widget.set_value else widget.default
    if widget.data_type == widget.INT:
        state.int_value = int(value)
    else:
        state.double_value = value


def _text(widget: Any, state: WidgetState) -> None:
    state.string_value = widget.value if widget.set_value else widget.default


def _checkbox(widget: Any, state: WidgetState) -> None:
    state.bool_value = widget.value if widget.set_value else widget.default


def _choice(widget: Any, state: WidgetState) -> None:
    if widget.set_value:
        state.string_value = widget.raw_value
    elif widget.options and widget.HasField("default"):
        state.string_value = widget.options[widget.default]


def _choices(widget: Any, state: WidgetState) -> None:
    default = [getattr(widget.options[i], "content", widget.options[i]) for i in widget.default]
    state.string_array_value.data[:] = widget.raw_values if widget.set_value else default


_STATES: dict[str | None, Callable[[Any, WidgetState], None]] = {
    "slider": _slider,
    "number_input": _number,
    "text_input": _text,
    "text_area": _text,
    "color_picker": _text,
    "checkbox": _checkbox,
    "selectbox": _choice,
    "radio": _choice,
    "multiselect": _choices,
    "button_group": _choices,
}
