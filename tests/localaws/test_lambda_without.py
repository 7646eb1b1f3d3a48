"""Functions on machines that lack something: bubblewrap, or the native part of AWS's runtime client."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from functions import Workshop, create_role
from in_process import served

from mllab_localaws.lambda_ import runtime_directory


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_functions_run_and_show_the_paths_of_aws(tmp_path: Path) -> None:
    source = (
        "import tempfile, sys\nprint(__file__)\n"
        "def handler(e, c):\n    if e == 'raise':\n        raise ValueError(__file__)\n"
        "    return [tempfile.gettempdir(), [name for name in sys.modules if name == 'pandas']]\n"
    )
    with served(tmp_path / "home") as local:
        workshop = Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))
        workshop.create("plain", source)
        temporary, _ = workshop.invoke("plain").value
        assert Path(temporary).parent.parent == tmp_path / "home" / "functions" / "runs"
        failed = workshop.invoke("plain", "raise")
        assert failed.value["errorMessage"] == "/var/task/app.py"
        assert failed.value["stackTrace"][0].startswith('  File "/var/task/app.py", line 5, in handler\n')
        assert not any(str(tmp_path) in line for line in failed.log)
        workshop.create("plain-import", "import pandas")
        assert "No module named 'pandas'" in workshop.invoke("plain-import").value["errorMessage"]


def test_functions_run_on_the_stand_in_for_the_clients_native_part(tmp_path: Path) -> None:
    with served(tmp_path / "home") as local:
        runtime = tmp_path / "home" / "functions" / "runtime"
        for native in runtime.glob("runtime_client.*"):
            native.unlink()
        stand_in = Path(runtime_directory.__file__).parent / "stand_in" / "runtime_client.py"
        (runtime / "runtime_client.py").symlink_to(stand_in)
        workshop = Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))
        source = (
            "import runtime_client\n"
            "def handler(e, c):\n    if e == 'raise':\n        raise ValueError('ñ')\n"
            "    return [e, runtime_client.__file__]\n"
        )
        workshop.create("stand-in", source, MemorySize=512, Timeout=20)
        for event in (None, {"a": "ñ✓"}, "x" * 1_000_000):
            assert workshop.invoke("stand-in", event).value == [event, "/var/runtime/runtime_client.py"]
        failed = workshop.invoke("stand-in", "raise")
        assert (failed.value["errorType"], failed.value["errorMessage"]) == ("ValueError", "ñ")
        workshop.create(
            "stand-in-large", "def handler(e, c): return 'x' * 7_000_000", Timeout=20, MemorySize=512
        )
        assert workshop.invoke("stand-in-large").value["errorType"] == "Function.ResponseSizeTooLarge"
        workshop.create("stand-in-broken", "import pandas")
        assert workshop.invoke("stand-in-broken").value["errorType"] == "Runtime.ImportModuleError"


def test_without_awss_client_a_function_is_refused_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime_directory, "_CLIENT", ("no-such-distribution",))
    with served(tmp_path / "home") as local:
        workshop = Workshop(local.client("lambda"), create_role(local.client("iam"), "lambda"))
        with pytest.raises(ClientError) as refused:
            workshop.create("refused", "def handler(e, c): pass")
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert "no-such-distribution" in refused.value.response["Error"]["Message"]
