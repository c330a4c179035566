"""A real MediaWiki on loopback, as a test sees it: its API behind a server that can fail, and its scripts."""

import http.client
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.wikipedia.faulty_server import Answer, FaultyServer, Request

HERE = Path(__file__).parent
MEDIAWIKI = Path(os.environ.get("MEDIAWIKI", "/usr/share/mediawiki"))
# `output_buffering` off: else PHP holds back what MediaWiki has packed and says a wrong length.
PHP_SERVER = [
    "php",
    "-d",
    "opcache.enable_cli=1",
    "-d",
    "opcache.revalidate_freq=0",
    "-d",
    "output_buffering=0",
]
_KEPT_HEADERS = {"content-type", "content-encoding", "retry-after", "mediawiki-api-error"}


class Wiki:
    """A wiki in a folder. Changes to it are undone by `reset`."""

    def __init__(self, folder: Path, seeds: list[Path]) -> None:
        self.folder = folder
        self._run("bash", str(HERE / "setup.sh"), str(folder), *map(str, seeds))
        self._database = folder / "data" / "eswiki.sqlite"
        self._pristine = folder / "pristine.sqlite"
        shutil.copyfile(self._database, self._pristine)
        self._port = _free_port()
        self.server = FaultyServer(self._forward)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def requests(self) -> list[Request]:
        return self.server.requests

    @contextmanager
    def running(self) -> Iterator["Wiki"]:
        command = [*PHP_SERVER, "-S", f"127.0.0.1:{self._port}", "-t", str(self.folder / "www")]
        with (self.folder / "server.log").open("w") as log:
            php = subprocess.Popen(command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT)
        try:
            self._wait_until_it_answers(php)
            with self.server.running():
                yield self
        finally:
            php.terminate()
            php.wait()

    def reset(self) -> None:
        """As it was after the setup, without faults, and with no request counted."""
        shutil.copyfile(self._pristine, self._database)
        self.settings("")
        self.server.faults.clear()
        self.server.requests.clear()
        self.server.most_at_once = 0

    def settings(self, php: str) -> None:
        """Further settings of the wiki, until `reset`."""
        extra = self.folder / "extra.php"
        extra.write_text(f"<?php {php}", encoding="utf-8")
        time.sleep(0.01)  # opcache looks at the time of the file

    def maintain(self, script: str, *arguments: str, text: str = "") -> str:
        """Run one of MediaWiki's maintenance scripts."""
        return self._run("php", str(MEDIAWIKI / "maintenance" / script), *arguments, text=text)

    def dump(self, path: Path) -> Path:
        """Write the pages in their latest revisions with the wiki's own dumpBackup.php."""
        path.write_text(self.maintain("dumpBackup.php", "--current", "--quiet"), encoding="utf-8", newline="")
        return path

    def edit(self, title: str, text: str) -> None:
        self.maintain("edit.php", "--user", "Admin", title, text=text)

    def move(self, title: str, new_title: str) -> None:
        moves = self.folder / "moves.txt"
        moves.write_text(f"{title}|{new_title}\n", encoding="utf-8")
        self.maintain("moveBatch.php", str(moves))

    def delete(self, title: str) -> None:
        titles = self.folder / "titles.txt"
        titles.write_text(f"{title}\n", encoding="utf-8")
        self.maintain("deleteBatch.php", str(titles))

    def sql(self, statement: str, *values: object) -> list[tuple[int, ...]]:
        """Read or change the database directly."""
        connection = sqlite3.connect(self._database)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def revisions(self, title: str) -> list[int]:
        """Ids of the page's revisions, the oldest first."""
        rows = self.sql(
            "select rev_id from revision join page on rev_page = page_id "
            "where page_title = ? and page_namespace = 0 order by rev_id",
            title.replace(" ", "_"),
        )
        return [row[0] for row in rows]

    def _forward(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "connection")}
            connection.request("GET", request.path, headers=headers)
            response = connection.getresponse()
            kept = {k: v for k, v in response.getheaders() if k.lower() in _KEPT_HEADERS}
            return Answer(response.status, kept, response.read())
        finally:
            connection.close()

    def _wait_until_it_answers(self, php: subprocess.Popen[bytes]) -> None:
        for _ in range(200):
            assert php.poll() is None, (self.folder / "server.log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("PHP's server does not listen")

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "MW_CONFIG_FILE": str(self.folder / "LocalSettings.php")}

    def _run(self, *command: str, text: str = "") -> str:
        result = subprocess.run(
            command, env=self._environment(), input=text, capture_output=True, encoding="utf-8", check=False
        )
        assert result.returncode == 0, f"{command}:\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
        return result.stdout


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
