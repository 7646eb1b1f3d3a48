"""Installs the lab in a notebook instance; runs there, on the instance's own Python, with nothing but pip.

Where the instance has every locked package already, they are used as they are; otherwise they are installed
into an environment of the lab's own. Everything is below `SageMaker/`, which alone outlives a stop; the
kernel is not, and is registered at each start.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DELIVERY = Path(__file__).resolve().parent
PRIVATE = DELIVERY.parent
FOLDER = PRIVATE.parent
ENVIRONMENT = PRIVATE / "env"
LOCK = DELIVERY / "requirements.lock"
PYTHONS = ((3, 10), (3, 13))
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir", "--quiet")


def main() -> None:
    """Bring the notebooks, the environment and the kernel into the instance."""
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        found = f"{sys.executable}: {sys.version.split()[0]}"
        sys.exit(f"El laboratorio necesita Python 3.10 a 3.13 | The lab needs Python 3.10 to 3.13 ({found})")
    bring(DELIVERY / "notebooks", FOLDER / "mllab")
    bring(DELIVERY / "notes", PRIVATE / "aws")
    wheel, at_hand = next(DELIVERY.glob("*.whl")), all(is_installed(each) for each in requirements())
    with once("packages", LOCK.read_bytes(), repr((sys.version_info[:2], at_hand)).encode()) as is_new:
        if is_new:
            make_environment(at_hand)
    with once("lab", wheel.read_bytes()) as is_new:
        if is_new:
            run(*PIP, "--force-reinstall", "--no-deps", str(wheel))
    run("-m", "mllab_helpers.cli", "kernel")


def bring(source: Path, target: Path) -> None:
    """Copy files to where the learner works, but for those that are there: they may have been changed."""
    for file in (each for each in source.rglob("*") if each.is_file()):
        copy = target / file.relative_to(source)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


@contextmanager
def once(what: str, *content: bytes) -> Iterator[bool]:
    """Say whether something has to be done, and remember that it was done when nothing went wrong."""
    stamp, known = ENVIRONMENT / f"{what}.stamp", hashlib.sha256(b"".join(content)).hexdigest()
    yield not stamp.is_file() or stamp.read_text() != known
    stamp.write_text(known)


def make_environment(at_hand: bool) -> None:
    """Make the environment anew, with the locked packages: the instance's own where it has them all."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    without = ["--without-pip"] if at_hand else []
    subprocess.run([sys.executable, "-m", "venv", *without, str(ENVIRONMENT)], check=True)
    if at_hand:
        packages = next(ENVIRONMENT.glob("lib/python3*/site-packages"))
        own = [each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
        (packages / "of-the-instance.pth").write_text("".join(f"{each}\n" for each in own))
        share_jupyters_files()
    else:
        run(*PIP, "--require-hashes", "-r", str(LOCK))


def share_jupyters_files() -> None:
    """Let the environment see what Jupyter keeps beside its code, such as nbconvert's templates."""
    shared = ENVIRONMENT / "share" / "jupyter"
    shared.mkdir(parents=True)
    for child in Path(sys.prefix, "share", "jupyter").glob("*"):
        if child.name != "kernels":
            (shared / child.name).symlink_to(child)


def requirements() -> Iterator[str]:
    """Return the locked requirements, `name==version` with a marker perhaps."""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            yield line.rstrip("\\ ")


def is_installed(requirement: str) -> bool:
    """Tell whether this Python has a package in the locked version, or has no use for it."""
    from pip._vendor.packaging.requirements import Requirement

    wanted = Requirement(requirement)
    if wanted.marker is not None and not wanted.marker.evaluate():
        return True
    try:
        return wanted.specifier.contains(version(wanted.name), prereleases=True)
    except PackageNotFoundError:
        return False


def run(*arguments: str) -> None:
    """Run the environment's Python."""
    subprocess.run([str(ENVIRONMENT / "bin" / "python"), *arguments], check=True)


if __name__ == "__main__":
    main()
