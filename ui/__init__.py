"""What the pages share: widgets, links, cached runs, frames and charts."""

import os

# NumPy reads this when it is loaded: several threads for small matrices would mostly wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
