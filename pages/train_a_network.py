"""Train a network: a multilayer perceptron on handwritten digits, by several optimizers at once, before your eyes."""

import streamlit as st

from ui import lineup, process
from ui.page import Page
from ui.train_a_network import parts, sidebar
from ui.train_a_network.presets import PRESETS

process.enter()

page = Page("train", PRESETS)
page.open(
    "Train a network",
    "One small network learns to read handwritten digits, once with each optimizer: from the same weights, on the same "
    "mini-batches. **Press “Again from the same weights” and move a learning rate while it trains**: the curve bends "
    "there, and the link keeps the change.",
)
parts.data()
with st.sidebar:
    sidebar.network(page)
    st.subheader("Optimizers")
    lineup.cards(page)
if not page.now.lineup:
    st.info("The line-up is empty. Add an optimizer in the sidebar, or pick an experiment above.")
    st.stop()
parts.legend(page)
parts.live(page)
parts.guess(page)

st.subheader("The edge of stability")
parts.edge(page, late=True)

st.subheader("Inside one network")
parts.inside_of(page)
parts.layers(page, late=True)
parts.mistakes(page, late=True)

st.subheader("Which learning rate?")
parts.which_rate(page, late=True)

st.subheader("The path, in a plane")
parts.plane(page, late=True)

parts.how_it_works(page)
parts.csv(page)
page.close()
