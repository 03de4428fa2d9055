import os

# As in ui: NumPy reads it when it is loaded, and a test's module may load NumPy first.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
