"""Parameters of the extract stage for tests."""

from minillm.params import ExtractParams, read_params
from tests.conftest import ROOT


def extract_params(**changes: object) -> ExtractParams:
    """Those of the repository's params.yaml except for `changes`, checked."""
    values = read_params(ROOT / "params.yaml").extract.model_dump()
    return ExtractParams.model_validate(values | changes)
