"""Settings: defaults, then the environment, then flags; a bad value is named."""

import pytest

from qa.errors import SettingInvalid
from qa.settings import Settings


def test_flags_win_over_the_environment_over_defaults() -> None:
    environment = {"QA_CANDIDATES": "7", "QA_HITS": "3", "QA_ALLOW_DOWNLOAD": "yes"}
    settings = Settings.from_environment(environment, hits=4, strictness=None)
    assert (settings.candidates, settings.hits, settings.allow_download) == (7, 4, True)
    assert settings.strictness == Settings().strictness


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QA_HITS", "many"),
        ("QA_HITS", "0"),
        ("QA_STRICTNESS", "1.5"),
        ("QA_ALLOW_DOWNLOAD", "perhaps"),
        ("QA_PRECISION", "f8"),
        ("QA_PASSAGE_OVERLAP", "500"),
        ("QA_THREADS", "-1"),
        ("QA_PAIR_WEIGHT", "-0.1"),
        ("QA_EARLINESS_WEIGHT", "1.5"),
    ],
)
def test_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        Settings.from_environment({name: value})
