"""Tests of downloads, from a server on this machine that misbehaves."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support import misbehaving_server as behave
from tests.support.misbehaving_server import (
    ARRAYS,
    GZIPPED,
    PLAIN,
    MisbehavingServer,
    small_dataset,
)
from tests.support.small_data import NAMES, OFFLINE, assert_cached, assert_small, put
from tests.support.systems import needs_posix, refusal
from tinynet.datasets import DownloadError, _download, _sources, mnist

# Downloads, from a server that misbehaves


def test_downloads_once_then_loads_from_the_cache(
    server: MisbehavingServer, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = small_dataset(server.mirror(behave.good))
    assert_small(_sources.load(dataset))
    assert_cached(cache)
    assert server.downloads(behave.good) == [f"{name}.gz" for name in NAMES]
    err = capsys.readouterr().err
    assert f"Downloading {dataset.mirrors[0]}{NAMES[0]}.gz" in err
    assert "100%" in err  # the progress bar

    assert_small(_sources.load(dataset))
    assert len(server.log) == 5  # nothing new: one HEAD and four GETs
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "behaviour",
    [
        behave.good_without_length,
        behave.good_but_decompressed,
        behave.good_with_content_encoding,
        behave.redirect,
        behave.slow,
    ],
)
def test_unusual_but_right_mirrors(
    server: MisbehavingServer, cache: Path, behaviour: Callable[[behave.Request], None]
) -> None:
    assert_small(_sources.load(small_dataset(server.mirror(behaviour))))
    assert_cached(cache)


BAD_MIRRORS = {
    behave.not_found: "HTTP status 404",
    behave.unavailable: "HTTP status 503",
    behave.web_page: "wrong magic number: expected 0x00000803, found 0x3c21444f .*web page",
    behave.other_data: "wrong SHA-256 of the decompressed file: expected .* found",
    behave.other_file: "wrong magic number: expected 0x00000803, found 0x00000801",
    behave.empty: "truncated: expected 4 bytes of the magic number, found 0",
    behave.cut_off: "IncompleteRead",
    behave.cut_off_unnoticed: "truncated gzip: .* ends too early",
    behave.stall: "timed out",
    behave.silent: "no answer within 2 seconds",
    behave.drip: "too slow: it sent less than 65536 bytes in 2 s",
    behave.endless: "too large: it sent more than",
    behave.redirect_in_circles: "redirects",
    behave.redirect_to_nonsense: "Failed to parse|Invalid",
    behave.hang_up: "closed connection without response",
    behave.babble: "HTTP",
    behave.nonsense_length: "invalid",
    behave.huge_length: "cannot fit 'int'|header",
    behave.broken_encoding: "header",
}


def down() -> str:
    """The address of a mirror where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_download, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(_download, "PAUSE_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("behaviour", "reason"), BAD_MIRRORS.items(), ids=[b.__name__ for b in BAD_MIRRORS]
)
def test_a_bad_mirror_is_passed_over_or_named_in_the_error(
    server: MisbehavingServer,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
    behaviour: Callable[[behave.Request], None],
    reason: str,
) -> None:
    bad = server.mirror(behaviour)
    with pytest.raises(DownloadError) as error:
        _sources.load(small_dataset(bad))
    assert isinstance(error.value, OSError)
    _, failure, advice = str(error.value).split("\n")
    assert re.fullmatch(f"  {bad}: .*({reason}).*", failure)
    assert failure.isprintable()
    assert "load_data(path=" in advice
    assert "TINYNET_DATA" in advice
    assert all(name in advice for name in NAMES)
    assert list(cache.iterdir()) == []

    capsys.readouterr()
    assert_small(_sources.load(small_dataset(bad, server.mirror(behave.good))))
    assert_cached(cache)
    # Having failed once, it isn't asked for the other files.
    assert capsys.readouterr().err.count(f"Downloading {bad}") <= 1


def test_no_mirror_answers(cache: Path) -> None:
    mirrors = [down(), down(), "http://no-such-host.invalid/"]
    with pytest.raises(DownloadError) as error:
        _sources.load(small_dataset(*mirrors))
    _, *failures, _ = str(error.value).split("\n")
    assert [failure.split()[0] for failure in failures] == [f"{mirror}:" for mirror in mirrors]
    assert re.search(r"refused|no answer within", failures[0])  # Windows tries again for a while
    assert list(cache.iterdir()) == []


def test_what_one_mirror_lacks_comes_from_another(server: MisbehavingServer, cache: Path) -> None:
    """The first serves labels only, the second images only."""

    def labels_only(request: behave.Request) -> None:
        (behave.good if "labels" in request.file else behave.not_found)(request)

    def images_only(request: behave.Request) -> None:
        (behave.good if "images" in request.file else behave.web_page)(request)

    assert_small(
        _sources.load(small_dataset(server.mirror(labels_only), server.mirror(images_only)))
    )
    assert_cached(cache)


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    server: MisbehavingServer, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{NAMES[2]}.gz"
    put(cache, GZIPPED | {name: GZIPPED[name][:-100]})
    with pytest.raises(DownloadError):
        _sources.load(small_dataset(server.mirror(behave.not_found)))
    assert not (cache / name).exists()

    put(cache, {name: GZIPPED[name][:-100]})
    capsys.readouterr()
    assert_small(_sources.load(small_dataset(server.mirror(behave.good))))
    assert_cached(cache)
    assert server.downloads(behave.good) == [name]
    err = capsys.readouterr().err
    assert f"Damaged file in the cache, to be downloaded again: {cache / name}: truncated" in err


def load_in_another_process(cache: Path, mirror: str) -> subprocess.Popen[str]:
    script = (
        "import sys, pathlib; from tinynet.datasets import _sources\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from tests.support.misbehaving_server import small_dataset\n"
        "_sources.cache_folder = lambda: pathlib.Path(sys.argv[1])\n"
        "(x, y), _ = _sources.load(small_dataset(sys.argv[2]))\n"
        "print(x.sum(), y.sum())\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, str(cache.parent), mirror, str(ROOT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_two_processes_download_at_once(server: MisbehavingServer, cache: Path) -> None:
    both = threading.Barrier(2, timeout=60)

    def wait_for_each_other(request: behave.Request) -> None:
        both.wait()
        behave.good(request)

    mirror = server.mirror(wait_for_each_other)
    processes = [load_in_another_process(cache, mirror) for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.split() == [str(ARRAYS[NAMES[0]].sum()), str(ARRAYS[NAMES[1]].sum())]
    assert len(server.downloads(wait_for_each_other)) == 8
    assert_cached(cache)


def test_a_process_killed_in_a_download_leaves_nothing(
    server: MisbehavingServer, cache: Path
) -> None:
    halfway = threading.Event()

    def stop_halfway(request: behave.Request) -> None:
        behave.cut_off(request)
        halfway.set()
        request.server.closing.wait()

    process = load_in_another_process(cache, server.mirror(stop_halfway))
    assert halfway.wait(timeout=60)
    process.kill()
    process.communicate()
    assert list(cache.iterdir()) == []


# A cache that can't be written


@contextlib.contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Make a folder read-only; as root, whom that doesn't stop, be nobody for the time."""
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def assert_explains_an_unwritable_cache(error: BaseException, cache: Path, reason: str) -> None:
    expected = rf"Can't write Small to the cache folder {re.escape(str(cache))}: {reason}\."
    assert re.search(expected, str(error))
    assert "load_data(path=" in str(error)
    assert "TINYNET_DATA" in str(error)
    assert all(name in str(error) for name in NAMES)


@needs_posix
def test_read_only_cache(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch  # noqa: F401  (whom `unwritable` makes us be may not read the folder it is in)

    dataset = small_dataset(server.mirror(behave.good))
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which is closed to nobody
        monkeypatch.setattr(_sources, "cache_folder", lambda: Path(name))
        Path(name, "small").mkdir()
        Path(name).chmod(0o755)
        with unwritable(Path(name, "small")), pytest.raises(DownloadError) as error:
            _sources.load(dataset)
        assert_explains_an_unwritable_cache(error.value, Path(name, "small"), "Permission denied")
        assert server.log == []  # found out before anything was downloaded

        Path(name, "small").rmdir()
        with unwritable(Path(name)), pytest.raises(DownloadError) as error:
            _sources.load(dataset)
        assert_explains_an_unwritable_cache(error.value, Path(name, "small"), "Permission denied")

        put(Path(name, "small"), GZIPPED)
        for path in Path(name, "small").iterdir():
            path.chmod(0o444)
        with unwritable(Path(name, "small")):
            assert_small(_sources.load(dataset))  # to read, it need not be writable


def test_cache_folder_that_is_a_file(server: MisbehavingServer, cache: Path) -> None:
    put(cache.parent.parent, {"cache": b"a file"})
    with pytest.raises(DownloadError) as error:
        _sources.load(small_dataset(server.mirror(behave.good)))
    reason = refusal(lambda: cache.mkdir(parents=True))
    assert_explains_an_unwritable_cache(error.value, cache, reason)
    assert server.log == []


@needs_posix
def test_full_disk(server: MisbehavingServer, cache: Path) -> None:
    """A limit on the size of files stops a write halfway, as a full disk does."""
    import resource  # which Windows hasn't

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))  # the images take 94,000 bytes
    try:
        with pytest.raises(DownloadError) as error:
            _sources.load(small_dataset(server.mirror(behave.good)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_explains_an_unwritable_cache(error.value, cache, "File too large")
    assert list(cache.iterdir()) == []


# Where downloads can't be: in a browser, say


def test_without_threads_the_error_is_a_download_error(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot_start)
    with pytest.raises(DownloadError, match="No downloads here: can't start new thread") as error:
        mnist.load_data()
    assert "synthetic_digits.load_data()" in str(error.value)


def test_without_pooch_the_error_is_a_download_error(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(DownloadError, match=r"No downloads here: .*pooch") as error:
        mnist.load_data()
    assert "synthetic_digits.load_data()" in str(error.value)
    put(cache, PLAIN)
    assert_small(_sources.load(small_dataset()))  # what is there needs no pooch


def test_the_error_names_the_data_set_that_needs_no_download(cache: Path) -> None:
    with pytest.raises(DownloadError, match=r"synthetic_digits\.load_data\(\) has digits in the"):
        _sources.load(OFFLINE)
