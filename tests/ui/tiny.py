"""A page of two numbers, for the tests of the mechanism."""

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from ui.page import Page, Preset, part


@dataclass(frozen=True)
class Setting:
    a: int = 1
    b: int = 2

    @property
    def query(self):
        return {"a": [str(self.a)], "b": [str(self.b)]}

    @property
    def layout(self):
        return self.a > 90

    def changes(self, before):
        return f"a {before.a} → {self.a}, b {before.b} → {self.b}"

    @classmethod
    def parse(cls, query, usual, problems):
        found = {}
        for name in ("a", "b"):
            raw = query.get(name, [str(getattr(usual, name))])[0]
            if raw.isdecimal():
                found[name] = int(raw)
            else:
                problems.append(f"{name} = {raw}: it must be a whole number.")
                found[name] = getattr(usual, name)
        return cls(**found)


def slider(page, name):
    view = page.view(name, lambda now: getattr(now, name), lambda now, value: replace(now, **{name: value}))
    st.slider(name, 0, 100, getattr(page.now, name), **view)


def count(name):
    st.session_state[name] = st.session_state.get(name, 0) + 1


@part(shows=lambda now: now.a)
def first(page, now):
    count("first")
    st.text(f"a is {now.a}")


@part(shows=lambda now: now.b)
def second(page, now):
    count("second")
    st.text(f"b is {now.b}")


@part(shows=lambda now: None)
def sliders(page, now):
    count("sliders")
    slider(page, "a")
    slider(page, "b")


@part(shows=lambda now: None)
def other(page, now):
    count("other")
    view = page.view("other-a", lambda now: now.a, lambda now, value: replace(now, a=min(value, 50)))
    st.number_input("a again", 0, 100, now.a, **view)


def overtaken(page):
    """What the browser says of late parts comes before the page is drawn for the lecture view."""
    try:
        page._turn()
    except RerunException:
        page.see(set())


def script():
    page = Page("tiny", [Preset("one", Setting(), "look at one"), Preset("two", Setting(7, 8), "look at two")])
    page.open("Tiny")
    count("whole")
    sliders(page)
    first(page)
    second(page)
    other(page)
    st.button("seen", key="seen", on_click=page.see, args=(set(),))
    st.button("overtaken", key="overtaken", on_click=overtaken, args=(page,))
    st.button("bigger", key="bigger", on_click=page.act, args=(lambda now: replace(now, a=now.a + 1),))
    page.close()
