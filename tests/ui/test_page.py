"""The mechanism of a page, on a page of two numbers: what is redrawn, what is written, what is loaded."""

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = "from tests.ui import tiny; tiny.script()"

COUNTED = ("whole", "sliders", "first", "second", "other")


@pytest.fixture
def app() -> AppTest:
    return run(AppTest.from_string(SCRIPT, default_timeout=20))


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def whole(app: AppTest) -> AppTest:
    """Draw the whole page: after a part was drawn alone, the tester knows of nothing else."""
    before = app.session_state["whole"]
    for _ in range(3):
        if app.session_state["whole"] == before:
            run(app)
    assert app.session_state["whole"] > before
    return app


def drawn(app: AppTest) -> dict[str, int]:
    return {name: app.session_state[name] for name in COUNTED if name in app.session_state}


def since(app: AppTest, before: dict[str, int]) -> set[str]:
    return {name for name, count in drawn(app).items() if count != before[name]}


def query(app: AppTest) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in dict(app.query_params).items()}


def move(app: AppTest, value: int, key: str = "tiny.a") -> AppTest:
    app.slider(key=key).set_value(value)
    return run(app)


def test_a_moved_widget_redraws_the_parts_that_show_it_and_no_other(app):
    before = drawn(app)
    move(app, 5)
    assert since(app, before) == {"first", "other"}, "the other widget of a is redrawn, the slider itself is not"
    assert "a is 5" in [text.value for text in app.text]
    whole(app)
    before = drawn(app)
    move(app, 9, "tiny.b")
    assert since(app, before) == {"second"}


def test_a_move_is_written_into_the_link_and_the_opening_has_a_bare_one(app):
    assert query(app) == {}
    move(app, 5)
    assert query(app) == {"a": ["5"], "b": ["2"]}
    move(whole(app), 1)
    assert query(app) == {}


def test_another_layout_draws_the_whole_page(app):
    before = drawn(app)
    move(app, 95)
    assert since(app, before) == set(COUNTED)


def test_a_message_that_overtakes_the_lecture_view_draws_the_whole_page(app):
    before = drawn(app)
    app.button(key="overtaken").click()
    run(app)
    assert since(app, before) == set(COUNTED)
    assert query(app) == {"view": ["lecture"]}


def test_a_message_about_what_is_in_sight_draws_nothing_that_is_drawn(app):
    before = drawn(app)
    app.button(key="seen").click()
    run(app)
    assert since(app, before) == set()


def test_a_button_acts_on_the_setting_of_that_moment(app):
    whole(move(app, 5)).button(key="bigger").click()
    run(app)
    assert query(app)["a"] == ["6"], "not one more than when the button was drawn"


def test_a_value_set_elsewhere_is_another_widget_that_nobody_had_moved(app):
    app.number_input(key="tiny.other-a").set_value(80)
    whole(run(app))
    assert app.slider(key="tiny.a.v1").value == 50
    assert app.number_input(key="tiny.other-a.v1").value == 50, "what was not taken as typed is shown as it was taken"
    with pytest.raises(KeyError):
        app.slider(key="tiny.a")


def captions(app: AppTest) -> str:
    return " ".join(markdown.value for markdown in app.markdown)


def test_a_preset_is_chosen_and_its_caption_then_says_what_changed(app):
    app.selectbox(key="tiny.preset").set_value("two")
    whole(run(app))
    assert query(app) == {"a": ["7"], "b": ["8"]}
    assert "look at two" in captions(app)
    app.slider(key="tiny.a.v1").set_value(9)
    whole(run(app))
    assert "look at two" not in captions(app)
    assert "a 7 → 9, b 8 → 8" in captions(app)
    app.button(key="tiny.back").click()
    whole(run(app))
    assert query(app) == {"a": ["7"], "b": ["8"]}


def test_presets_are_gone_through_in_their_order(app):
    for key, place in (("next", "7"), ("next", "1"), ("previous", "7")):
        app.button(key=f"tiny.{key}").click()
        whole(run(app))
        assert query(app).get("a", ["1"]) == [place]


def test_links_are_loaded_where_they_are_new(app):
    move(app, 5)
    app.query_params["a"] = "33"
    run(app)
    assert "a is 33" in [text.value for text in app.text]
    move(app, 34, "tiny.a.v1")
    assert query(app)["a"] == ["34"]
    app.query_params.clear()
    run(app)
    assert "a is 1" in [text.value for text in app.text], "Back to the bare link is back to the opening"


def test_a_bare_link_after_another_page_brings_back_the_page_as_it_was_left(app):
    move(app, 5)
    app.session_state["page"] = "elsewhere"
    app.query_params.clear()
    run(app)
    assert "a is 5" in [text.value for text in app.text]
    assert query(app) == {"a": ["5"], "b": ["2"]}


def test_what_is_wrong_with_a_link_is_said_until_something_changes():
    app = AppTest.from_string(SCRIPT, default_timeout=20)
    app.query_params["a"] = "many"
    app.query_params["b"] = "6"
    run(app)
    assert "a = many: it must be a whole number." in app.warning[0].value.replace("\\", "")
    assert query(app) == {"a": ["many"], "b": ["6"]}, "the visitor's link is not wiped"
    run(app)
    assert app.warning
    whole(move(app, 5))
    assert not app.warning
    assert query(app) == {"a": ["5"], "b": ["6"]}


def test_a_value_that_no_widget_sends_changes_nothing(app):
    app.session_state["tiny.a"] = 12
    run(app)
    assert "a is 1" in [text.value for text in app.text]
