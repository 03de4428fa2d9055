"""Break ``optim`` in some two thousand small ways and see whether a test notices, with cosmic-ray.

    pip install "cosmic-ray>=8.7"
    python -m tests.mutation              # every module: an hour on one core
    python -m tests.mutation schedules    # or some

Prints what survived, and the share that was killed.  It works on copies, so the tree itself is never broken.
"""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

# For each module the tests that may notice, the quick ones first: a mutant is done for at the first failure.
TESTS = {
    "averages": "averages golden optimizers theory descent",
    "denominators": "denominators",
    "descent": "descent theory optimizers",
    "ends": "ends",
    "formula": "formula offer averages descent",
    "graph": "graph typeset",
    "optimizers": "golden optimizers offer formula theory facts descent",
    "probe": "facts denominators",
    "schedules": "schedules golden offer formula descent",
    "surfaces": "surfaces offer formula optimizers descent",
    "theory": "theory facts",
    "typeset": "typeset",
}

# cosmic-ray tries every operator for every other; one plausible slip for each teaches as much.
SWAPS = {
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_Div Div_Mul Pow_Mul FloorDiv_Div Mod_Mul BitAnd_BitOr BitOr_BitAnd",
    "ReplaceComparisonOperator": "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_Gt Gt_Lt LtE_GtE GtE_LtE Eq_NotEq NotEq_Eq Is_IsNot",
    "ReplaceUnaryOperator": "USub_UAdd Delete_Not Delete_USub Delete_Invert",
}


def survivors(module: str, folder: Path) -> tuple[int, list[str]]:
    """How many mutants of the module there were, and the diffs of those that no test noticed."""
    for part in ("optim", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    tests = " ".join(f"tests/test_{name}.py" for name in TESTS[module].split())
    (folder / "config.toml").write_text(
        f'[cosmic-ray]\nmodule-path = "optim/{module}.py"\ntimeout = 40.0\nexcluded-modules = []\n'
        f'test-command = "{sys.executable} -B -m pytest -x -p no:cacheprovider {tests}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    cosmic_ray = str(Path(sys.executable).with_name("cosmic-ray"))
    subprocess.run([cosmic_ray, "init", "config.toml", "session.sqlite"], cwd=folder, check=True, capture_output=True)
    with sqlite3.connect(folder / "session.sqlite") as session:
        for job, operator in session.execute("select job_id, operator_name from mutation_specs").fetchall():
            kind, _, swap = operator.removeprefix("core/").partition("_")
            if kind in SWAPS and swap not in SWAPS[kind].split():
                session.execute("delete from mutation_specs where job_id = ?", (job,))
                session.execute("delete from work_items where job_id = ?", (job,))
    subprocess.run([cosmic_ray, "exec", "config.toml", "session.sqlite"], cwd=folder, check=True)
    with sqlite3.connect(folder / "session.sqlite") as session:
        (count,) = session.execute("select count(*) from work_results").fetchone()
        rows = session.execute("select diff from work_results where test_outcome = 'SURVIVED'").fetchall()
    return count, [diff for (diff,) in rows]


def main(modules: list[str]) -> None:
    total = alive = 0
    for module in modules:
        with tempfile.TemporaryDirectory() as folder:
            count, diffs = survivors(module, Path(folder))
        print(*diffs, sep="\n")
        print(f"{module}: {count - len(diffs)} of {count} killed\n", flush=True)
        total, alive = total + count, alive + len(diffs)
    print(f"together: {total - alive} of {total} killed, {100 * (1 - alive / total):.1f} %")


if __name__ == "__main__":
    main(sys.argv[1:] or list(TESTS))
