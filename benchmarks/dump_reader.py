"""How fast a dump is read, and in how much memory: the embedded corpus, repeated to 100 MB.

Usage: python -m benchmarks.dump_reader
"""

import bz2
import gzip
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump

SAMPLE = Path("data/sample/eswiki-sample.xml")
XML_BYTES = 100_000_000


def main() -> None:
    """Write the three formats to a temporary folder and read each in a process of its own."""
    if len(sys.argv) == 2:
        _measure(Path(sys.argv[1]))
        return
    print(
        "format    file MB   XML MB   seconds   XML MB/s   articles   peak memory over idle, MB", flush=True
    )
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "dump.xml"
        _write_repeated(plain)
        with plain.open("rb") as source, gzip.open(f"{plain}.gz", "wb", compresslevel=6) as target:
            shutil.copyfileobj(source, target)
        with plain.open("rb") as source, bz2.open(f"{plain}.bz2", "wb") as target:
            shutil.copyfileobj(source, target)
        for path in sorted(Path(folder).iterdir()):
            subprocess.run([sys.executable, "-m", "benchmarks.dump_reader", str(path)], check=True)


def _write_repeated(path: Path) -> None:
    xml = SAMPLE.read_bytes()
    start, end = xml.index(b"  <page>"), xml.rindex(b"</mediawiki>")
    with path.open("wb") as file:
        file.write(xml[:start])
        while file.tell() < XML_BYTES:
            file.write(xml[start:end])
        file.write(xml[end:])


def _measure(path: Path) -> None:
    process = psutil.Process()
    idle_bytes = process.memory_info().rss
    peak_bytes, articles = idle_bytes, 0
    start = time.perf_counter()
    for page in read_dump(path):
        articles += isinstance(page, Article)
        if articles % 100 == 0:
            peak_bytes = max(peak_bytes, process.memory_info().rss)
    seconds = time.perf_counter() - start
    xml_mb = path.with_name("dump.xml").stat().st_size / 1e6
    print(
        f"{path.name:9} {path.stat().st_size / 1e6:7.1f} {xml_mb:8.1f} {seconds:9.2f} "
        f"{xml_mb / seconds:10.1f} {articles:10} {(peak_bytes - idle_bytes) / 1e6:28.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
