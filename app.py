"""The router: one line per page."""

import streamlit as st

from ui import process

st.set_page_config(layout="wide", initial_sidebar_state=340)
process.settle()
st.navigation(
    [
        st.Page("pages/trajectories.py", title="Trajectories", icon=":material/conversion_path:", default=True),
        st.Page("pages/moving_averages.py", title="Moving averages", icon=":material/ssid_chart:"),
        st.Page("pages/saddle_points.py", title="Saddle points", icon=":material/fork_right:"),
        st.Page("pages/plateaus.py", title="Plateaus", icon=":material/landscape:"),
    ],
    position="top",
).run()
