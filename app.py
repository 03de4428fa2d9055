"""The router: one line per page."""

import streamlit as st

from ui import process, tour

st.set_page_config(layout="wide", initial_sidebar_state=340)
process.settle()
pages = tour.of(
    {
        "See": [
            st.Page("pages/trajectories.py", title="Trajectories", default=True, url_path="start"),
            st.Page("pages/moving_averages.py", title="Moving averages"),
            st.Page("pages/learning_rate_decay.py", title="Learning-rate decay"),
        ],
        "On surfaces": [
            st.Page("pages/saddle_points.py", title="Saddle points"),
            st.Page("pages/plateaus.py", title="Plateaus"),
        ],
        "On data": [
            st.Page("pages/mini_batches.py", title="Mini-batches"),
            st.Page("pages/train_a_network.py", title="Train a network"),
        ],
    }
)
# Streamlit knows the opening page by the address "/" alone; its name is an address that people try.
opening = st.Page("pages/trajectories.py", title="Trajectories", url_path="trajectories", visibility="hidden")
st.navigation({**pages, "": [opening]}, position="top").run()
