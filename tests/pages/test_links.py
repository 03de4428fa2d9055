"""A link is its page, bit for bit; and links from earlier versions still open."""

from urllib.parse import parse_qs

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.page import Setting

from .. import settings as random
from ..budget import cases
from .conftest import datasets, named_datasets, query, run


@pytest.mark.parametrize("page", random.ON_SURFACES)
@cases(300)
@given(data=st.data())
def test_a_setting_comes_back_from_its_link(page, data):
    before = data.draw(random.settings(page))
    problems: list[str] = []
    usual = random.PRESETS[page][0].setting
    after = type(before).parse(before.query, usual, problems)
    assert not problems
    assert after == before
    assert after.query == before.query


@pytest.mark.parametrize("page", random.PAGES)
def test_every_preset_comes_back_from_its_link(page):
    usual = random.PRESETS[page][0].setting
    for preset in random.PRESETS[page]:
        problems: list[str] = []
        setting: Setting = preset.setting
        assert type(setting).parse(setting.query, usual, problems) == setting
        assert not problems
    names = [preset.name for preset in random.PRESETS[page]]
    assert len(set(names)) == len(names)


AWKWARD = {
    "trajectories": "surface=Rastrigin&start=-3.2,2.3&steps=500&run=Momentum,lr=0.03333333333333333"
    "&run=Adam,beta2=0.9999999999999",
    "saddle_points": "surface=Saddle,gamma=0.3333333333333333&start=1,1.2345678901234567e-7&run=SGD,lr=0.01",
    "plateaus": "surface=Gaussian wells&start=0.7512345678901234,1&run=Adam,lr=0.05,eps=3.3333333333333334e-08",
    "train_a_network": "run=SGD,lr=0.123456789012345678&run=Adam,lr=0.01&steps=24&batch=33&hidden=8&event=7,1,lr=0.3",
    "learning_rate_decay": "schedule=Square root,k=0.3333333333333333;step&schedule=One cycle,end=1e-7"
    "&lr=0.123456789012&steps=333&batches=7&noise=0.3333333333333333&start=0.7512345678901234,1",
    "mini_batches": "data=Old Faithful&run=SGD,lr=0.3333333333333333;3&run=Adam,lr=0.12345678901234567;full"
    "&run=SGD;100;in order&epochs=3&updates=17&seed=99999&axis=examples",
    "moving_averages": "series=Your own&values=0.1,0.30000000000000004,2,5,4&beta=0.9999999989999",
}


@pytest.mark.parametrize("page", random.PAGES)
def test_what_a_page_shows_is_what_its_own_link_shows(opened, page):
    query = parse_qs(AWKWARD[page])
    first = opened(query, page=page)
    assert not first.warning
    second = opened(dict(first.query_params), page=page)
    assert named_datasets(first).keys() == named_datasets(second).keys()
    for name, shown in named_datasets(first).items():
        for one, other in zip(shown, named_datasets(second)[name], strict=True):
            np.testing.assert_array_equal(one.to_numpy(dtype=str), other.to_numpy(dtype=str))


OLD_LINKS = """
trajectories?surface=Quadratic&start=-10,1.5&steps=50&run=SGD,lr=0.18&run=Momentum,lr=0.03&run=AdaGrad,lr=2&run=RMSProp,lr=0.4,beta=0.9&run=Adam,lr=0.3
trajectories?surface=Quadratic&start=-10,1.5&steps=50&run=SGD,lr=0.15&run=SGD,lr=0.2&run=SGD,lr=0.21&run=Momentum,lr=0.21
trajectories?surface=Quadratic&start=-10,1.5&steps=50&run=Adam,lr=0.3&run=Adam,lr=0.3,bias_correction=False
trajectories?surface=Rosenbrock&start=-1.2,1&steps=500&run=SGD,lr=0.0012&run=Momentum,lr=0.0005&run=Nesterov,lr=0.0005&run=Adam,lr=0.1
trajectories?surface=Gaussian+wells&start=0.75,1&steps=100&run=SGD,lr=0.05&run=Adam,lr=0.05&run=Adam,lr=0.05,eps=1e-06&run=Adam,lr=0.05,eps=0.0001
trajectories?surface=Bounded+saddle&start=1.5,0.001&steps=100&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=AdaGrad,lr=0.3&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05
trajectories?surface=Beale&start=1,1.5&steps=77&noise=0.5&seed=9&scale=linear&within=0.001&run=Adam,lr=0.123,beta2=0.97;Staircase,gamma=0.3&run=Momentum,average=True
trajectories?run=SGD
trajectories?run=AdaGrad,initial=0.1,eps_inside=True&run=Yogi,initial=0.001
trajectories?surface=Quadratic,a=1,b=2&run=Adam
trajectories?surface=Himmelblau
trajectories?steps=200
trajectories?start=5,-1
trajectories?run=SGD,lr=0.1;Cosine+with+warm-up,warmup=10,total=200,floor=0.1
trajectories?run=SGD,lr=0.1;Warm+restarts,period=20,growth=2&run=SGD,lr=0.1;One+cycle
trajectories?run=SGD,lr=0.1;Inverse+time,decay=1,steps_per_epoch=5,from_one=True
trajectories?run=SGD,lr=0.1;Polynomial,power=2&run=SGD,lr=0.1;Linear,start=1,end=0&run=SGD,lr=0.1;Square+root&run=SGD;Exponential,gamma=0.9
trajectories?run=Adadelta&run=AdamW,weight_decay=0.1&run=AMSGrad,max_of_corrected=True&run=AdaMax&run=NAdam,momentum_warmup=False&run=RAdam&run=Lion&run=AdaBelief
trajectories?run=RMSProp,momentum=0.9,centered=True,eps_inside=True&run=Nesterov,average=True
trajectories?surface=Six-hump+camel&run=SGD,lr=0.01&noise=0.1
trajectories?surface=Styblinski–Tang&run=SGD,lr=0.01
saddle_points?surface=Saddle&start=1,0.0001&steps=300&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=Nesterov,lr=0.05&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05
saddle_points?surface=Saddle&start=1,0.0001&steps=1300&run=SGD,lr=0.01&run=Adam,lr=0.01,bias_correction=False&run=RMSProp,beta=0.9&run=AdaGrad
saddle_points?surface=Saddle&start=1,0&steps=300&run=SGD,lr=0.05
saddle_points?surface=Saddle&start=1,0&steps=400&noise=0.001&run=SGD,lr=0.05&run=Adam,lr=0.05
saddle_points?surface=Bounded+saddle&start=1.5,0.0001&steps=300&run=SGD,lr=0.05&radius=0.5
saddle_points?surface=Monkey+saddle&start=1,0.001&steps=300&run=SGD,lr=0.05
saddle_points?surface=Sine+saddle&run=Adam,lr=0.05
saddle_points?surface=Saddle,gamma=2&start=1,1e-12&run=Momentum,lr=0.05
saddle_points?radius=0.1
plateaus?surface=Gaussian+wells&start=0.75,1&steps=100&run=SGD,lr=0.05&run=Momentum,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&run=Adam,lr=0.05&run=Adam,lr=0.05,eps=1e-06&run=Adam,lr=0.05,eps=0.0001&epsilon=5&left=6&right=4
plateaus?surface=Saturated+neuron&start=-1,-9&steps=300&run=SGD,lr=10&run=Momentum,lr=10&run=AdaGrad,lr=0.1&run=RMSProp,lr=0.1,beta=0.9&run=Adam,lr=0.1&right=5
plateaus?surface=Soft-plus+plateau&start=2.5,1.5&steps=150&run=SGD,lr=0.05&run=AdaGrad,lr=0.05&run=RMSProp,lr=0.05,beta=0.9&left=2&right=3
plateaus?surface=Tanh+step&start=1.5,1&steps=120&run=SGD,lr=0.05&run=Adam,lr=0.05,eps=0.001&epsilon=2&left=2&right=1
plateaus?surface=Two+pits&start=1.6,1.4&steps=150&run=SGD,lr=0.01&run=Momentum,lr=0.005&run=Adam,lr=0.2&right=3
plateaus?surface=Himmelblau&start=0,-1&steps=150&run=SGD,lr=0.005&run=Adam,lr=0.2
plateaus?surface=Gaussian+wells&start=2,2&steps=400&run=RMSProp,lr=0.001,beta=0.9,centered=True
plateaus?level=-2
moving_averages?series=Seattle+temperatures&beta=0.5&beta=0.9&beta=0.98
moving_averages?series=Seattle+temperatures&beta=0.5&correction=with&show=120
moving_averages?series=Constant&beta=0.9&show=60
moving_averages?series=Sine+with+noise,noise=1,period=50&beta=0.9&written=α
moving_averages?series=Your+own&values=1,2,3,4&beta=0.5
moving_averages?series=Step,when=20&beta=0.9&adam=Adam,lr=0.1,beta1=0.8&surface=Beale
""".splitlines()[1:]


@pytest.mark.parametrize("link", OLD_LINKS)
def test_a_link_of_an_earlier_version_opens(opened, link):
    page, _, query = link.partition("?")
    asked = parse_qs(query)
    app = opened(asked, page=page)
    assert not app.warning, app.warning[0].value
    assert app.get("vega_lite_chart")
    if "run" in asked and page != "moving_averages":
        assert sum(len(datasets(app, f"path{i}")) > 0 for i in range(8)) == len(asked["run"])
    # What the link said is still in the page's own.
    app.query_params["steps" if page != "moving_averages" else "show"] = "60"
    run(app)
    own = {name: value if isinstance(value, list) else [value] for name, value in dict(app.query_params).items()}
    assert {name: value for name, value in own.items() if name not in ("steps", "show")} == {
        name: value for name, value in asked.items() if name not in ("steps", "show")
    }


def test_a_message_of_a_page_that_was_left_leads_on_to_the_one_that_was_chosen(opened):
    app = opened({"steps": "70"}, page="plateaus")
    del app.query_params["steps"]
    app.switch_page("pages/saddle_points.py")
    run(app)
    app.session_state["page"] = "plateaus"  # chosen, and begun to be drawn, when a slider of this page is heard of
    app.select_slider(key="saddles.steps").set_value(100)
    run(app)
    assert app.title[0].value == "Plateaus"
    assert query(app) == {"steps": ["70"]}
    assert app.session_state["saddles.page"].now.steps == 100
