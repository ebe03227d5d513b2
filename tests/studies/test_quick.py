"""Every study's rehearsal, `minifcn study NAME --quick`: it ends well, and fills its whole table."""

import pytest

from minifcn.studies.catalogue import STUDIES, study_of
from minifcn.studies.run import report, run_study

QUICK = [name for name in STUDIES if not study_of(name).needs]


@pytest.mark.parametrize("name", QUICK)
def test_a_rehearsal_ends_well_and_fills_the_table(name, tmp_path):
    study = study_of(name)
    results = run_study(study, tmp_path, seeds=1, quiet=True, quick=True)
    assert {run.case for run in results.runs} == set(study.cases(results.options))
    assert (tmp_path / f"{name}.png").exists()
    assert "–" not in report(results).split("\n\n")[1]
