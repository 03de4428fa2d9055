"""Break ``optim`` in some two thousand small ways and see whether a test notices, with cosmic-ray.

    pip install "cosmic-ray>=8.7"
    python -m tests.mutation                          # every module: two hours on one core
    python -m tests.mutation schedules                # or some
    python -m tests.mutation optimizers --sample 60   # or so many mutants of each, drawn at random

Prints what survived, and the share that was killed.  It works on copies, so the tree itself is never broken.
"""

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]

# For each module the tests that may notice, the quick ones first: a mutant is done for at the first failure.
TESTS = {
    "averages": "averages golden optimizers",
    "batch": "descent examples learning",
    "curvature": "curvature",
    "datasets": "datasets",
    "denominators": "denominators",
    "descent": "descent examples edges learning",
    "ends": "ends",
    "formula": "formula offer averages descent examples",
    "graph": "graph typeset",
    "learning": "learning curvature",
    "optimizers": "golden optimizers offer formula theory probe denominators edges descent",
    "probe": "probe denominators",
    "schedules": "schedules golden offer edges",
    "single": "single",
    "surfaces": "surfaces offer formula examples",
    "theory": "theory",
    "typeset": "typeset",
}

# Where a slider begins and ends is taste, no mathematics: no test holds it.
# cosmic-ray tries every operator for every other; one plausible slip for each teaches as much.
SWAPS = {
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_Div Div_Mul Pow_Mul FloorDiv_Div Mod_Mul BitAnd_BitOr BitOr_BitAnd",
    "ReplaceComparisonOperator": "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_Gt Gt_Lt LtE_GtE GtE_LtE Eq_NotEq NotEq_Eq Is_IsNot",
    "ReplaceUnaryOperator": "USub_UAdd Delete_Not Delete_USub Delete_Invert",
}


def survivors(module: str, folder: Path, sample: int | None) -> tuple[int, list[str]]:
    """How many mutants of the module were tried, and the diffs of those that no test noticed."""
    for part in ("optim", "ui", "pages", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, folder)
    tests = [f"tests/{name if '/' in name else 'test_' + name}.py" for name in TESTS[module].split()]
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-n0", "-m", "not slow", "-p", "no:cacheprovider", *tests]
    # Hypothesis draws the same cases each time; otherwise chance would kill a mutant or spare it.
    environment = os.environ | {"CI": "true"}
    begun = time.perf_counter()
    if subprocess.run(command, cwd=folder, env=environment, capture_output=True).returncode:
        raise SystemExit(f"{module}: its tests fail as it is, so they would 'kill' every mutant.")
    patience = 20 + 5 * (time.perf_counter() - begun)
    quoted = " ".join(f"'{word}'" if " " in word else word for word in command)
    (folder / "config.toml").write_text(
        f'[cosmic-ray]\nmodule-path = "optim/{module}.py"\ntimeout = {patience:.0f}.0\nexcluded-modules = []\n'
        f'test-command = "{quoted}"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    cosmic_ray = str(Path(sys.executable).with_name("cosmic-ray"))
    subprocess.run([cosmic_ray, "init", "config.toml", "session.sqlite"], cwd=folder, check=True, capture_output=True)
    lines = (folder / "optim" / f"{module}.py").read_text(encoding="utf-8").splitlines()
    with sqlite3.connect(folder / "session.sqlite") as session:
        plausible: list[str] = []
        columns = "job_id, operator_name, start_pos_row, start_pos_col"
        for job, operator, row, column in session.execute(f"select {columns} from mutation_specs").fetchall():
            kind, _, swap = operator.removeprefix("core/").partition("_")
            in_slider = any(m.start() <= column < m.end() for m in re.finditer(r"slider=\([^)]*\)", lines[row - 1]))
            if not in_slider and (kind not in SWAPS or swap in SWAPS[kind].split()):
                plausible.append(job)
        plausible.sort()
        if sample is not None and sample < len(plausible):
            plausible = random.Random(module).sample(plausible, sample)
        kept = ", ".join(f"'{job}'" for job in plausible)
        for table in ("mutation_specs", "work_items"):
            session.execute(f"delete from {table} where job_id not in ({kept})")
    subprocess.run([cosmic_ray, "exec", "config.toml", "session.sqlite"], cwd=folder, check=True, env=environment)
    with sqlite3.connect(folder / "session.sqlite") as session:
        (count,) = session.execute("select count(*) from work_results").fetchone()
        rows = session.execute("select diff from work_results where test_outcome = 'SURVIVED'").fetchall()
    return count, [diff for (diff,) in rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", choices=[[], *TESTS])
    parser.add_argument("--sample", type=int, help="how many mutants of each module, at random; all by default")
    options = parser.parse_args()
    total = alive = 0
    for module in options.modules or TESTS:
        with tempfile.TemporaryDirectory() as folder:
            count, diffs = survivors(module, Path(folder), options.sample)
        print(*diffs, sep="\n")
        print(f"{module}: {count - len(diffs)} of {count} killed\n", flush=True)
        total, alive = total + count, alive + len(diffs)
    print(f"together: {total - alive} of {total} killed, {100 * (1 - alive / total):.1f} %")


if __name__ == "__main__":
    main()
