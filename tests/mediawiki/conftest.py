"""One wiki for all tests of this folder, as it was at the beginning for each of them."""

import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.mediawiki.pages import odd_pages
from tests.mediawiki.wiki import MEDIAWIKI, Wiki

SAMPLE = ROOT / "data" / "sample" / "eswiki-sample.xml"


@pytest.fixture(scope="session")
def running_wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    if not shutil.which("php") or not (MEDIAWIKI / "api.php").is_file():
        pytest.skip("no PHP or no MediaWiki here; as root on Debian, `make mediawiki` installs both")
    folder = tmp_path_factory.mktemp("mediawiki")
    odd = folder / "odd.xml"
    odd.write_bytes(odd_pages())
    with Wiki(folder / "wiki", [SAMPLE, odd]).running() as wiki:
        yield wiki


@pytest.fixture
def wiki(running_wiki: Wiki) -> Iterator[Wiki]:
    running_wiki.reset()
    yield running_wiki
    assert running_wiki.server.most_at_once <= 1, "requests were not one after another"
