"""What holds for the words around the samples in each language."""

import pytest

from minillm.languages.samples import load_samples_page
from minillm.params import LANGUAGES, read_params
from tests.conftest import ROOT

PARAMS = read_params(ROOT / "params.yaml").evaluate


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_introduction_says_the_settings_that_are_not_off(code: str) -> None:
    page = load_samples_page(code)
    changed = PARAMS.model_copy(
        update={"sample_tokens": 61, "top_k": 37, "top_p": 0.93, "temperature": 0.71, "min_p": 0.0}
    )
    text = page.introduction(changed, 4711, " ∎")
    assert text.startswith("# ")
    assert all(figure in text for figure in ("61", "37", "0.93", "0.71", "4711", " ∎"))
    assert "min-p" not in text
    assert "37" not in page.introduction(changed.model_copy(update={"top_k": 0}), 4711, " ∎")
    assert len(set(page)) == len(page)
