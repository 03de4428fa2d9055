"""The moving averages' experiment: a series, several β, and Adam's two; its widgets and its link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import streamlit as st

from optim import OPTIMIZERS, SURFACES, Hyperparameter, optimizers
from optim.optimizers import Optimizer
from optim.surfaces import Surface

from . import controls, palette, series, share, upload
from .experiment import OFFER, Experiment
from .series import MADE, OWN, SEATTLE, Series

BETA = Hyperparameter(r"\beta", "weight of the past", low=0, high=0.9999, scale="decay", slider=(0, 0.998))
MOST = len(palette.AVERAGES)
"""Averages at once."""
SHOWN = (60, 120, 365)
"""How many first values can be looked at, beside all."""
KINDS = {"with": ("corrected",), "without": ("plain",), "both": ("corrected", "plain")}
ADAM = {name: OPTIMIZERS["Adam"].hyperparameters[name] for name in ("beta1", "beta2", "lr")}
TRAVELS = 300
"""A visitor's own series up to this length is part of the link."""

CURVES, BIAS, TRADE, STEPS = "average-curves", "average-bias", "average-trade", "average-adam"
"""The keys of the fragments that follow a slider."""


class Setting(NamedTuple):
    """The experiment as the session has it."""

    label: str
    recipe: series.Made | None
    series: Series
    column: str
    betas: list[float]
    correction: str
    alpha: bool
    """Whether β is written as α = 1 − β."""
    show: str
    adam: Optimizer
    surface: Surface

    @property
    def symbol(self) -> str:
        return "α" if self.alpha else "β"

    @property
    def shown(self) -> int:
        """How many values the charts show."""
        n = len(self.series.values)
        return n if self.show == "all" else min(n, int(self.show))

    def written(self, beta: float) -> str:
        """β = 0.9, or in the other convention α = 0.1."""
        return f"{self.symbol} = {_written(beta, self.alpha)}"

    def link(self) -> dict[str, list[str]]:
        """The query of its link; what is as usual is left out."""
        query = {"series": [share.encode(self.recipe) if self.recipe else self.label]}
        if self.label == OWN and len(self.series.values) <= TRAVELS:
            query["values"] = [",".join(f"{value:.12g}" for value in self.series.values)]
        query["beta"] = [share.text(beta) for beta in self.betas]
        told = {"correction": self.correction, "show": self.show, "written": "α" if self.alpha else "β"}
        query |= {name: [value] for name, value in told.items() if value != USUAL[name]}
        adam = share.encode(self.adam)
        return (
            query
            | ({"adam": [adam]} if adam != USUAL["adam"] else {})
            | ({"surface": [self.surface.label]} if self.surface.label != USUAL["surface"] else {})
        )


USUAL = {"correction": "both", "show": "365", "written": "β", "adam": "Adam,lr=0.3", "surface": "Quadratic"}
"""What a link that does not say otherwise means."""
BETAS = ["0.5", "0.9", "0.98"]
EXAMPLE = "3 5 4 6 8 7 9 12 11 10 13 15 14 13 16 18 17 16 19 18 20 22 19 21 23"


def _written(beta: float, alpha: bool) -> str:
    return share.text(round(1 - beta, 9) if alpha else beta)


@dataclass(frozen=True)
class Averaging(Experiment):
    """The page's experiment; what it shares with those on a surface is how it offers presets and writes its link."""

    def read(self) -> Setting:  # type: ignore[override]
        """The present state."""
        state, key = st.session_state, self.key
        label = state[f"{key}.series"]
        recipe = controls.read(MADE[label], f"{key}.{label}") if label in MADE else None
        column = ""
        if recipe:
            chosen = series.make(recipe)
        elif label == OWN:
            table, _ = self._own()
            column = state.get(f"{key}.column")
            column = column if column in table else next(iter(table))
            chosen = series.own(table[column].values)
        else:
            chosen = series.seattle()
        adam = controls.read(optimizers.adam, f"{key}.adam")
        return Setting(
            label,
            recipe,
            chosen,
            column,
            [self._beta(i) for i in state[f"{key}.ids"]],
            state[f"{key}.correction"],
            state[f"{key}.written"] == "α",
            state[f"{key}.show"],
            adam,
            SURFACES[state[f"{key}.surface"]],
        )

    def query(self, now: Setting) -> dict[str, list[str]]:  # type: ignore[override]
        """The query of its link; what is as usual is left out."""
        return now.link()

    def _beta(self, i: int) -> float:
        try:
            return cast(float, BETA.check("beta", st.session_state.get(f"{self.key}.{i}.beta", 0.9)))
        except (TypeError, ValueError):
            return 0.9

    def _own(self) -> tuple[upload.Table, str]:
        """The visitor's columns, and what is wrong with what was given last; then the example stands in."""
        state, key = st.session_state, self.key
        content = state.get(f"{key}.file") or state.get(f"{key}.pasted", EXAMPLE)
        try:
            return upload.read(content, one_line=isinstance(content, str)), ""
        except upload.UnusableError as error:
            return upload.read(EXAMPLE, one_line=True), str(error)

    def load(self, query: Mapping[str, list[str]], problems: list[str]) -> None:
        """Take the state from a query; what it leaves out is as usual.

        What is wrong with it is told in ``problems``.
        """
        state, key = st.session_state, self.key
        query = query or next(iter(self.presets.values())).query
        self._load_series(query, problems)
        raw = query.get("beta", BETAS)
        if len(raw) > MOST:
            problems.append(f"{len(raw)} averages: at most {MOST} are shown.")
        betas = [share.number(one[:60], "beta", BETA, 0.9, problems) for one in raw[:MOST]]
        state[f"{key}.ids"] = list(range(len(betas)))
        for i, beta in enumerate(betas):
            state[f"{key}.{i}.beta"] = float(beta)
        known = {
            "correction": [*KINDS],
            "show": [*map(str, SHOWN), "all"],
            "written": ["β", "α"],
            "surface": [*SURFACES],
        }
        for name, values in known.items():
            value = query.get(name, [USUAL[name]])[0]
            if value not in values:
                problems.append(
                    f"{name} = “{value[:60]}”: it must be one of {', '.join(values)}. {USUAL[name]} stands in."
                )
                value = USUAL[name]
            state[f"{key}.{name}"] = value
        fallback = optimizers.adam(lr=0.3)
        adam = share.decode(query.get("adam", [USUAL["adam"]])[0], {"Adam": fallback}, fallback, problems)
        controls.set_values(adam, f"{key}.adam")

    def _load_series(self, query: Mapping[str, list[str]], problems: list[str]) -> None:
        state, key = st.session_state, self.key
        raw = query.get("series", [SEATTLE])[0]
        label = raw.partition(",")[0]
        if label == OWN and not self._pasted(query.get("values", [""])[0], problems):
            raw = label = SEATTLE
        if label not in (SEATTLE, OWN):
            if label not in MADE:
                names = ", ".join([SEATTLE, *MADE])
                problems.append(f"series = “{label[:60]}” is not known; {SEATTLE} stands in. Known: {names}.")
                label = SEATTLE
            else:
                recipe = share.decode(raw, MADE, MADE[label], problems)
                controls.set_values(recipe, f"{key}.{label}")
        state[f"{key}.series"] = label

    def _pasted(self, values: str, problems: list[str]) -> bool:
        """Take a series of the visitor's own from the link."""
        state, key = st.session_state, self.key
        if not values:
            # Going back to it within a session finds the numbers where they were.
            if f"{key}.pasted" not in state:
                problems.append(f"The link names a series that is too long to travel in it; {SEATTLE} stands in.")
            return f"{key}.pasted" in state
        try:
            upload.read(values[:20_000], one_line=True)
        except upload.UnusableError as error:
            problems.append(f"values = “{values[:60]}”: {error} {SEATTLE} stands in.")
            return False
        state[f"{key}.pasted"], state[f"{key}.file"] = values[:20_000], None
        return True

    def sidebar(self) -> None:
        """Widgets for the series, the averages, and how they are written."""
        key = self.key
        names = [SEATTLE, *MADE, OWN]
        st.selectbox("Series", names, key=f"{key}.series", on_change=self._chosen, persist_state="session")
        label = st.session_state[f"{key}.series"]
        if label == OWN:
            self._own_widgets()
        for name, meaning in (MADE[label].hyperparameters if label in MADE else {}).items():
            if name == "seed":
                if st.session_state[f"{key}.{label}.noise"]:
                    low, high = int(meaning.low), int(meaning.high)
                    st.number_input("Seed of the noise", low, high, key=f"{key}.{label}.seed", persist_state="session")
            else:
                controls.widget(meaning, f"{key}.{label}.{name}", lambda: None)
        st.segmented_control(
            "Show the first",
            [*map(str, SHOWN), "all"],
            key=f"{key}.show",
            required=True,
            persist_state="session",
            help="How many values the charts show; all are averaged.",
        )
        st.subheader("Averages")
        self._betas()
        st.segmented_control(
            "Bias correction", list(KINDS), key=f"{key}.correction", required=True, persist_state="session"
        )
        st.segmented_control(
            "Written with",
            ["β", "α"],
            key=f"{key}.written",
            required=True,
            persist_state="session",
            help="β weighs the past: v ← βv + (1 − β)θ. α = 1 − β weighs the new value: s ← αx + (1 − α)s.",
        )

    def _betas(self) -> None:
        state, key = st.session_state, self.key
        ids: list[int] = state[f"{key}.ids"]
        theme, alpha = palette.theme(), state[f"{key}.written"] == "α"
        rules = "".join(
            f".st-key-{key}-beta-{i} [role=group]>div>div:first-child{{background:{color}55!important}}"
            f".st-key-{key}-beta-{i} div:has(>div>input[type=range]){{background:{color}!important}}"
            f".st-key-{key}-beta-{i} [data-testid=stSliderThumbValue]{{color:{color}!important}}"
            f".st-key-{key}-beta-{i}{{border-left:4px solid {color}!important}}"
            for i, color in ((i, getattr(palette.AVERAGES[slot], theme)) for slot, i in enumerate(ids))
        )
        st.html(f"<style>{rules}</style>")
        for i in ids:
            stops = sorted({*controls.marks(BETA), state[f"{key}.{i}.beta"]}, reverse=alpha)
            with st.container(
                key=f"{key}-beta-{i}", border=True, gap=None, horizontal=True, vertical_alignment="bottom"
            ):
                st.select_slider(
                    "α · weight of the new value" if alpha else "β · weight of the past",
                    stops,
                    key=f"{key}.{i}.beta",
                    format_func=lambda beta: _written(beta, alpha),
                    on_change=self.moved,
                    persist_state="session",
                )
                if len(ids) > 1:
                    st.button(
                        "",
                        key=f"{key}.{i}.remove",
                        icon=":material/close:",
                        type="tertiary",
                        help="Remove this average",
                        on_click=self._remove,
                        args=(i,),
                    )
        full = len(ids) >= MOST
        st.button(
            "Add an average",
            key=f"{key}.more",
            icon=":material/add:",
            width="stretch",
            disabled=full,
            on_click=self._add,
            help=f"At most {MOST}." if full else None,
        )

    def _own_widgets(self) -> None:
        state, key = st.session_state, self.key
        st.file_uploader(
            "CSV file",
            key=f"{key}.upload",
            on_change=self._uploaded,
            max_upload_size=upload.LARGEST // 10**6,
            help=f"UTF-8, up to 5 MB, {upload.COLUMNS} columns and {upload.ROWS:,} rows; one is averaged.",
        )
        if f"{key}.pasted" not in state:
            state[f"{key}.pasted"] = EXAMPLE
        st.text_area(
            "Or paste numbers",
            key=f"{key}.pasted",
            height=110,
            on_change=self._typed,
            persist_state="session",
            max_chars=upload.LARGEST,
            help="In a row, or one below the other; or a table with headings.",
        )
        columns = list(self._own()[0])
        if state.get(f"{key}.column") not in columns:
            state[f"{key}.column"] = columns[0]
        if len(columns) > 1:
            st.selectbox("Column", columns, key=f"{key}.column", persist_state="session")

    def notice(self) -> None:
        """What was wrong with a visitor's numbers, or left out of them, and what the page does instead."""
        if st.session_state[f"{self.key}.series"] != OWN:
            return
        table, problem = self._own()
        if problem:
            told = "file" if st.session_state.get(f"{self.key}.file") else "text"
            st.error(f"This {told} could not be used. {share.escape(problem)} An example stands in.")
            return
        now = self.read()
        long = len(now.series.values) > TRAVELS
        apart = f"The link does not hold a series of more than {TRAVELS} values." if long else ""
        if told := " ".join(filter(None, [table[now.column].told, apart])):
            st.info(told)

    def moved(self, *_: Any) -> None:
        """A β has moved: run the fragments that follow, and nothing else."""
        state, shown = st.session_state, f"{self.key}.offered"
        preset = self.preset(self.read())
        offer = preset != state.get(shown)
        state[shown] = preset
        st.rerun([CURVES, BIAS, TRADE, *[OFFER] * offer])

    def stepped(self) -> None:
        """One of Adam's values has moved."""
        state, shown = st.session_state, f"{self.key}.offered"
        preset = self.preset(self.read())
        offer = preset != state.get(shown)
        state[shown] = preset
        st.rerun([STEPS, *[OFFER] * offer])

    def _chosen(self) -> None:
        """A series was chosen: its own values start at their defaults, unless the visitor has been there."""
        label = st.session_state[f"{self.key}.series"]
        if label in MADE and f"{self.key}.{label}.length" not in st.session_state:
            controls.set_values(MADE[label], f"{self.key}.{label}")

    def _uploaded(self) -> None:
        file = st.session_state[f"{self.key}.upload"]
        # An empty file is a file all the same.
        st.session_state[f"{self.key}.file"] = (file.getvalue() or b"\n") if file else None

    def _typed(self) -> None:
        """What was given last is what counts."""
        st.session_state[f"{self.key}.file"] = None

    def _add(self) -> None:
        state, key = st.session_state, self.key
        ids = state[f"{key}.ids"]
        if len(ids) < MOST:
            taken = {self._beta(i) for i in ids}
            new = max(ids) + 1
            state[f"{key}.{new}.beta"] = next(b for b in (0.9, 0.98, 0.5, 0.99, 0.8, 0.95) if b not in taken)
            state[f"{key}.ids"] = [*ids, new]

    def _remove(self, i: int) -> None:
        st.session_state[f"{self.key}.ids"] = [other for other in st.session_state[f"{self.key}.ids"] if other != i]
