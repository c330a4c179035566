from pathlib import Path

import numpy as np
import pytest

from minillm.corpus import band_file
from minillm.corpus.band_file import BandFile


@pytest.mark.parametrize("articles", [0, 1, 7, 8, 20])
def test_it_is_the_table_by_bands_and_by_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, articles: int
) -> None:
    monkeypatch.setattr(band_file, "_BLOCK_ARTICLES", 8)
    table = np.random.default_rng(1).integers(0, 2**32, (articles, 3), np.uint32)
    file = BandFile(tmp_path / "bands", 3)
    for row in table:
        file.add(row)
    for band in range(3):
        assert np.array_equal(file.read(band), table[:, band])
    table[:, 1] ^= 5
    file.write(1, table[:, 1])
    blocks = list(file.blocks())
    assert [start for start, _ in blocks] == list(range(0, articles, 8))
    assert np.array_equal(np.concatenate([np.empty((0, 3)), *(block for _, block in blocks)]), table)
    file.remove()
    assert list(tmp_path.iterdir()) == []
