"""Break ``optim`` in some five thousand small ways and see whether a test notices, with cosmic-ray.

    pip install "cosmic-ray>=8.7"
    python -m tests.mutation                          # every module: some hours on one core
    python -m tests.mutation schedules                # or some
    python -m tests.mutation optimizers --sample 60   # or so many mutants of each, drawn at random

Prints what survived, and the share that was killed.  ``mutants.toml`` names mutants that no test could tell from the
module, each with its reason; they are left out.  It works on copies, so the tree itself is never broken.
Each mutant is tried in a fork of one process that has read the large libraries already, with a limit on its processor
time: it neither waits for imports nor takes a busy machine for an endless loop.  Needs ``fork``: Linux or macOS.
"""

import argparse
import difflib
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import cosmic_ray.plugins
import hypothesis  # noqa: F401 - read before the fork
import numpy as np  # noqa: F401
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

ROOT = Path(__file__).parents[1]

# For each module the tests that may notice, the quick ones first: a mutant is done for at the first failure.
TESTS = {
    "averages": "averages golden optimizers own",
    "batch": "descent examples learning own",
    "conventions": "conventions golden own",
    "curvature": "curvature own",
    "datasets": "datasets examples own",
    "denominators": "denominators own",
    "descent": "descent single examples edges learning own",
    "ends": "ends own",
    "formula": "formula offer averages descent examples own",
    "graph": "graph typeset own",
    "learning": "learning curvature examples own",
    "lines": "lines single examples own",
    "optimizers": "golden optimizers offer formula theory probe denominators edges descent own",
    "probe": "probe denominators own",
    "schedules": "schedules golden offer edges own",
    "single": "single",
    "surfaces": "surfaces offer formula examples own",
    "theory": "theory own",
    "typeset": "typeset own",
}

# Where a slider begins and ends, how much a cache keeps and at which points a new formula is tried is taste, no
# mathematics: no test holds it.
TASTE = re.compile(
    r"""slider=\([^)]*\)|_(?:steps\("[^"]*", |factor\(|epsilon\()(?:"[^"]*", )?[\d.e-]+"""
    r"""|@(?:lru_)?cache.*|@dataclass.*|np\.array\(\[\[0\.[^()]*\]\]\)"""
)

# cosmic-ray tries every operator for every other; one plausible slip for each teaches as much.
SWAPS = {
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_Div Div_Mul Pow_Mul FloorDiv_Div Mod_Mul BitAnd_BitOr BitOr_BitAnd",
    "ReplaceComparisonOperator": "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_Gt Gt_Lt LtE_GtE GtE_LtE Eq_NotEq NotEq_Eq Is_IsNot",
    "ReplaceUnaryOperator": "USub_UAdd Delete_Not Delete_USub Delete_Invert",
}


def equivalent(module: str) -> set[tuple[str, str]]:
    """The lines of a module, and what a mutant makes of them, that no test could tell apart."""
    reasons = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))["reason"]
    return {(before, after) for reason in reasons for before, after in reason["mutants"].get(module, [])}


def change(source: str, mutant: str) -> tuple[str, str]:
    """What a mutant changes: the lines as they were and as they are, without what stands around them."""
    found = [line for line in difflib.ndiff(source.splitlines(), mutant.splitlines()) if line[0] in "+-"]
    before, after = ("\n".join(line[2:].strip() for line in found if line[0] == sign) for sign in "-+")
    return before, after


def mutants(source: str) -> Iterator[str]:
    """The module's text with each plausible slip in turn."""
    lines = source.splitlines()
    nodes = list(ast_nodes(get_ast(source)))
    for name in sorted(cosmic_ray.plugins.operator_names()):
        kind, _, swap = name.removeprefix("core/").partition("_")
        operator = cosmic_ray.plugins.get_operator(name)
        if operator.arguments() or (kind in SWAPS and swap not in SWAPS[kind].split()):
            continue
        places = [start for node in nodes for start, _ in operator().mutation_positions(node)]
        for occurrence, (row, column) in enumerate(places):
            if not any(m.start() <= column < m.end() for m in TASTE.finditer(lines[row - 1])):
                yield mutate_code(source.encode(), operator(), occurrence)


def passes(folder: Path, tests: list[str], seconds: int) -> bool:
    """Whether the tests pass on the copy in ``folder``, within so much processor time."""
    child = os.fork()
    if child == 0:
        code = pytest.ExitCode.INTERNAL_ERROR
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            os.chdir(folder)
            sys.path.remove(str(ROOT))  # so that the copy is read
            del sys.modules["tests"]
            with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
                code = pytest.main(["-x", "-n0", "-p", "no:cacheprovider", "--assert=plain", *tests])
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def survivors(module: str, folder: Path, sample: int | None) -> tuple[int, list[str]]:
    """How many mutants of the module were tried, and the diffs of those that no test noticed."""
    for part in ("optim", "ui", "pages", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, folder)
    every = [f"tests/{name if '/' in name else 'test_' + name}.py" for name in TESTS[module].split()]
    quick = ["-m", "not slow", *every]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    if not passes(folder, every, 3600):
        raise SystemExit(f"{module}: its tests fail as it is, so they would 'kill' every mutant.")
    patience = 20 + 5 * int(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
    file = folder / "optim" / f"{module}.py"
    source = file.read_text(encoding="utf-8")
    tried, same = list(mutants(source)), equivalent(module)
    if sample is not None and sample < len(tried):
        tried = random.Random(module).sample(tried, sample)
    tried = [mutant for mutant in tried if change(source, mutant) not in same]
    alive = []
    for mutant in tried:
        file.write_text(mutant, encoding="utf-8")
        if passes(folder, quick, patience) and passes(folder, every, patience):
            alive.append("\n".join(difflib.unified_diff(source.splitlines(), mutant.splitlines(), lineterm="", n=1)))
            print(alive[-1], flush=True)
    return len(tried), alive


def main() -> None:
    # Hypothesis draws the same cases each time: otherwise chance would kill a mutant or spare it.
    os.environ |= {"CI": "true", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", choices=[[], *TESTS])
    parser.add_argument("--sample", type=int, help="how many mutants of each module, at random; all by default")
    options = parser.parse_args()
    total = alive = 0
    for module in options.modules or TESTS:
        with tempfile.TemporaryDirectory() as folder:
            count, diffs = survivors(module, Path(folder), options.sample)
        print(f"{module}: {count - len(diffs)} of {count} killed\n", flush=True)
        total, alive = total + count, alive + len(diffs)
    print(f"together: {total - alive} of {total} killed, {100 * (1 - alive / total):.1f} %")


if __name__ == "__main__":
    main()
