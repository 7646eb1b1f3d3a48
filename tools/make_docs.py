"""Write the parts of the documentation that the code knows best, or check that they are up to date.

    python tools/make_docs.py            writes them
    python tools/make_docs.py --check    only says what is stale, and fails then

A generated part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`; everything else on the
page is written by hand. README.es.md gets the same parts in Spanish.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from botocore import xform_name
from build_editions import PROJECT
from edition_source import LANGUAGES, SPANISH_NAMES, edition_path, source_digest
from nbformat import NotebookNode

from mllab_helpers import prices
from mllab_helpers.lab.parameters import Parameter, declared_parameters
from mllab_helpers.runner.editions import has_tag
from mllab_localaws.wire import models
from mllab_localaws.wire.call import Service
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import validate

PAGES = {"README.md": "en", "README.es.md": "es", "docs/local-aws.md": "en"}
AWS_RUNS = PROJECT / "docs" / "aws_runs.json"
Check = Callable[[Any, Mapping[str, Any]], None]

# Each word in the order of LANGUAGES: Spanish, English.
WORDS = {
    "notebook": ("cuaderno", "notebook"),
    "notebooks": ("cuadernos", "notebooks"),
    "also": ("en inglés", "in Spanish"),
    "time": ("tiempo", "time"),
    "cost": ("costo en AWS", "cost on AWS"),
    "not_built": ("todavía no existe", "not built yet"),
    "parameter": ("parámetro", "parameter"),
    "type": ("tipo", "type"),
    "default": ("por defecto", "default"),
    "meaning": ("qué decide", "what it decides"),
    "ran": ("se ejecutó en el AWS local", "ran on the local AWS"),
    "shapes": ("peticiones revisadas con los modelos de AWS", "request shapes checked against AWS's models"),
    "aws": ("se ejecutó en AWS de verdad", "run on real AWS"),
    "yes": ("sí", "yes"),
    "no": ("no", "no"),
    "stale": ("la edición es anterior a su fuente", "the edition is older than its source"),
    "unfinished": ("la edición no tiene todas sus salidas", "the edition lacks outputs"),
    "by_boto3": ("sí, por boto3", "yes, by boto3"),
    "by_both": ("sí, por boto3 y por el AWS local", "yes, by boto3 and by the local AWS"),
    "not_yet": ("todavía no", "not yet"),
    "passed": ("bien", "passed"),
    "failed": ("falló", "failed"),
    "over budget": ("parado por el presupuesto", "stopped at the budget"),
    "interrupted": ("interrumpido", "interrupted"),
    "use": ("qué", "what"),
    "hour": ("USD por hora", "USD per hour"),
    "day": ("USD por día", "USD per day"),
    "month": ("USD en 30 días", "USD in 30 days"),
}
MEANINGS = {
    "backend": ("a qué AWS se habla: `local`, `aws` o `auto`", "which AWS: `local`, `aws` or `auto`"),
    "student": ("el nombre que llevan todos los recursos", "the name that all resources carry"),
    "region": ("región de AWS", "AWS region"),
    "language": ("idioma de lo que se lee: `es` o `en`", "language of what is read: `es` or `en`"),
    "data": ("ruta de un CSV propio; vacío, el del curso", "path of a CSV of your own; empty, the course's"),
    "role_arn": (
        "rol que da la escuela para SageMaker; vacío, el del laboratorio",
        "role that a school gives for SageMaker; empty, the lab's own",
    ),
    "bucket": (
        "bucket que da la escuela; vacío, el del laboratorio",
        "bucket that a school gives; empty, the lab's own",
    ),
    "lambda_role_arn": (
        "rol que da la escuela para las funciones; vacío, `role_arn`",
        "role that a school gives for the functions; empty, `role_arn`",
    ),
    "instance_type": ("tipo de máquina", "type of machine"),
    "max_depth": ("profundidad de cada árbol", "depth of each tree"),
    "eta": ("cuánto corrige cada árbol", "how much each tree corrects"),
    "num_round": ("número de árboles", "number of trees"),
    "parts": ("qué partes se ejecutan, p. ej. `b`", "which parts are run, e.g. `b`"),
    "expires_in": (
        "a las cuántas horas se borra solo el endpoint; 0, nunca",
        "hours until the endpoint deletes itself; 0 for never",
    ),
    "alarm_period": (
        "segundos entre dos evaluaciones de una alarma; 0, lo más corto",
        "seconds between two evaluations of an alarm; 0, the shortest",
    ),
    "tuning_jobs": ("cuántos modelos entrena la búsqueda", "how many models the search trains"),
    "monitor": (
        "puerta de la deriva: `auto`, `model_monitor` o `processing_job`",
        "door to drift: `auto`, `model_monitor` or `processing_job`",
    ),
    "latency_requests": ("peticiones con que se mide la espera", "requests by which latency is measured"),
    "rate_limit": (
        "peticiones por segundo que deja pasar la API",
        "requests per second that the API lets pass",
    ),
    "burst_limit": (
        "peticiones que pueden llegar de golpe a la API",
        "requests that may reach the API at once",
    ),
    "journey_requests": (
        "peticiones con que se mide el viaje por la API",
        "requests by which the journey through the API is measured",
    ),
}
# Use, machine, and what it is called.
PRICED = (
    (prices.HOSTING, "ml.m5.large", ("endpoint", "endpoint")),
    (prices.TRAINING, "ml.m5.large", ("trabajo de entrenamiento", "training job")),
    (prices.NOTEBOOK, "ml.t3.medium", ("instancia de notebook", "notebook instance")),
)


def main() -> int:
    """Run the command line; the exit code is 1 when a page is stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, only check")
    only_check = parser.parse_args().check
    stale = stale_pages()
    for page, text in stale.items():
        if only_check:
            print(f"{page} is stale: run `python tools/make_docs.py`", file=sys.stderr)
        else:
            (PROJECT / page).write_text(text, encoding="utf-8")
            print(page)
    return 1 if only_check and stale else 0


def stale_pages() -> dict[str, str]:
    """Return the pages whose generated parts are out of date, with what they should hold."""
    fresh = {}
    for page, language in PAGES.items():
        text = (PROJECT / page).read_text(encoding="utf-8")
        renewed = renew(text, language)
        if renewed != text:
            fresh[page] = renewed
    return fresh


def renew(text: str, language: str) -> str:
    """Return a page with its generated parts written anew.

    Raises: KeyError: a part has a name that nothing here makes.
    """

    def part(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- generated: {name} -->\n{PARTS[name](language)}\n<!-- end: {name} -->"

    return re.sub(r"<!-- generated: (\w+) -->\n.*?<!-- end: \1 -->", part, text, flags=re.DOTALL)


def say(key: str, language: str) -> str:
    """Return a word of the tables."""
    return WORDS[key][LANGUAGES.index(language)]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --- what the sources say


@cache
def sources() -> dict[str, Path]:
    """Return the notebooks' sources by their two digits."""
    return {
        path.name[:2]: path for path in sorted((PROJECT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
    }


@cache
def cells_of(source: Path) -> list[NotebookNode]:
    """Return a source's cells."""
    return list(jupytext.read(source).cells)


def words_of(source: Path, language: str) -> str:
    """Return the prose of one language."""
    return "\n\n".join(cell.source for cell in cells_of(source) if cell.metadata.get("lang") == language)


def title_of(source: Path, language: str) -> str:
    """Return a notebook's heading."""
    return words_of(source, language).partition("\n")[0].removeprefix("# ")


def fact_of(source: Path, language: str, row: str) -> str:
    """Return a line of the table that opens a notebook, e.g. its time.

    Raises: ValueError: the notebook does not say.
    """
    found = re.search(rf"^\| \*\*{row}\*\* \| (.+) \|$", words_of(source, language), flags=re.MULTILINE)
    if found is None:
        raise ValueError(f"{source.name} does not say its {row!r} in {language}")
    return found[1]


def parameters_of(source: Path) -> dict[str, Parameter]:
    """Return the parameters that a source declares."""
    [cell] = [cell for cell in cells_of(source) if has_tag(cell, "parameters")]
    declared: dict[str, Parameter] = declared_parameters(cell.source)
    return declared


def notebooks_table(language: str) -> str:
    """List every notebook of the course, with links to both editions, its time and its cost."""
    other = "en" if language == "es" else "es"
    rows = []
    for stem, spanish in SPANISH_NAMES.items():
        source = sources().get(stem[:2])
        if source is None:
            name = spanish if language == "es" else stem
            rows.append([stem[:2], f"`{name}`: {say('not_built', language)}", "", "", ""])
            continue
        links = {
            each: f"[{title_of(source, each)}](notebooks/{each}/{edition_path(source, each).name})"
            for each in LANGUAGES
        }
        time, cost = (("Tiempo", "Costo en AWS"), ("Time", "Cost on AWS"))[LANGUAGES.index(language)]
        rows.append(
            [
                stem[:2],
                links[language],
                links[other],
                *(fact_of(source, language, row) for row in (time, cost)),
            ]
        )
    return table(["", *(say(key, language) for key in ("notebook", "also", "time", "cost"))], rows)


def parameters_table(language: str) -> str:
    """List the parameters as the notebooks' cells declare them; what several share in the same way, once."""
    declared: dict[Parameter, list[str]] = {}
    for number, source in sources().items():
        for parameter in parameters_of(source).values():
            declared.setdefault(parameter, []).append(number)
    rows = []
    for parameter, numbers in declared.items():
        # The builder gives each edition its own language.
        default = "`es`, `en`" if parameter.name == "language" else f"`{json.dumps(parameter.default)}`"
        meaning = MEANINGS[parameter.name][LANGUAGES.index(language)]
        rows.append([f"`{parameter.name}`", f"`{parameter.kind}`", default, ", ".join(numbers), meaning])
    heads = ("parameter", "type", "default", "notebooks", "meaning")
    return table([say(key, language) for key in heads], rows)


def costs_table(language: str) -> str:
    """List what the notebooks' default machines cost, from the lab's own price table."""
    rows = []
    for use, instance_type, names in PRICED:
        hourly = prices.per_hour(use, instance_type)
        if hourly is None:
            raise ValueError(f"no price of {instance_type} for {use}")
        figures = [f"{hourly:.3f}", f"{hourly * 24:.2f}", f"{hourly * 24 * 30:.0f}"]
        rows.append([f"{names[LANGUAGES.index(language)]}, `{instance_type}`", *figures])
    return table([say(key, language) for key in ("use", "hour", "day", "month")], rows)


# --- what is proved


def evidence_table(language: str) -> str:
    """Say of each iteration what has been run where."""
    rows = []
    for stem in SPANISH_NAMES:
        source = sources().get(stem[:2])
        if source is None:
            rows.append([stem[:2], say("not_built", language), "", ""])
        else:
            rows.append(
                [
                    stem[:2],
                    ran_locally(source, language),
                    shapes(source, language),
                    ran_on_aws(stem[:2], language),
                ]
            )
    return table(["", *(say(key, language) for key in ("ran", "shapes", "aws"))], rows)


def ran_locally(source: Path, language: str) -> str:
    """Say whether both editions of today's source hold the outputs of a run without an error."""
    problems = {edition: problem_of(source, edition) for edition in LANGUAGES}
    wrong = [f"{edition}: {say(problem, language)}" for edition, problem in problems.items() if problem]
    return f"{say('no', language)} ({'; '.join(wrong)})" if wrong else f"{say('yes', language)} (es, en)"


def problem_of(source: Path, edition: str) -> str:
    """Return why an edition proves nothing, as a key of WORDS; empty when it does."""
    path = edition_path(source, edition)
    if not path.exists():
        return "unfinished"
    notebook = nbformat.read(path, as_version=4)
    if notebook.metadata.get("mllab", {}).get("source_sha256") != source_digest(source):
        return "stale"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = any(output.output_type == "error" for cell in code for output in cell.outputs)
    return "unfinished" if failed or any(cell.execution_count is None for cell in code) else ""


def shapes(source: Path, language: str) -> str:
    """Say who checked the requests of a run: boto3 every one, the local AWS those to SageMaker as well."""
    if any(problem_of(source, edition) for edition in LANGUAGES):
        return say("no", language)
    code = "\n".join(cell.source for cell in cells_of(source) if cell.cell_type == "code")
    speaks_to_sagemaker = 'client("sagemaker' in code or "cleanup.sweep(" in code
    return say("by_both" if speaks_to_sagemaker and not unchecked_operations() else "by_boto3", language)


def unchecked_operations(check: Check = validate) -> list[str]:
    """Return the operations of ours that accept a request which AWS's model forbids; there should be none."""
    accepted = []
    for service, groups in operations().items():
        model = models.service_model(service)
        for name in (name for names in groups.values() for name in names):
            operation = model.operation_model(name)
            forbidden = forbidden_request(operation.input_shape)
            if forbidden is None:
                continue
            try:
                check(operation, forbidden)
            except AwsError:
                continue
            accepted.append(f"{service} {name}")
    return accepted


def forbidden_request(shape: Any) -> dict[str, Any] | None:
    """Return parameters that a model forbids: nothing where something is required, or a number too small.

    None for an operation that takes whatever has the right types.
    """
    if shape is None:
        return None
    if shape.required_members:
        return {}
    counts = (
        name
        for name, member in shape.members.items()
        if member.type_name in ("integer", "long") and member.metadata.get("min", 0) > 0
    )
    return dict.fromkeys(counts, 0) or None


def ran_on_aws(number: str, language: str, record: Path = AWS_RUNS) -> str:
    """Say how a notebook's latest run on real AWS went, as `docs/aws_runs.json` records it."""
    runs = [run for run in json.loads(record.read_text(encoding="utf-8")) if run["notebook"] == number]
    if not runs:
        return say("not_yet", language)
    # The record is in the order of the runs, and a day may have several.
    latest = runs[-1]
    return f"{latest['date']}, {latest['region']}, `{latest['account']}`: {say(latest['result'], language)}"


# --- what the local AWS answers


@cache
def operations() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the operations of ours: service, group, AWS's names."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for service in services():
        spelling = {xform_name(name): name for name in models.service_model(service.name).operation_names}
        names = tuple(spelling[name] for name in sorted(service.operations()))
        found.setdefault(service.name, {})[type(service).__name__] = names
    return found


def services() -> list[Service]:
    """Return the services of ours, made on a platform that serves nobody and is gone afterwards."""
    from mllab_localaws.access.record import AccessRecord
    from mllab_localaws.hold import Changes
    from mllab_localaws.server import make_platform
    from mllab_localaws.services import Services

    with tempfile.TemporaryDirectory(prefix="mllab-") as folder:
        home = Path(folder)
        platform = make_platform(home, "http://127.0.0.1:0", Changes(), AccessRecord(home / "access.jsonl"))
        services = Services(platform)
        made = [each for dispatcher in services.dispatchers.values() for each in dispatcher.services]
        services.close()
        platform.leash.close()
        platform.store.close()
    return made


def operations_list(language: str) -> str:
    """List what the local AWS answers itself, and which services moto answers."""
    del language  # the page is in English only
    from importlib.metadata import version

    from mllab_localaws.moto_backend import SERVICES

    rows = [
        [f"`{service}`", _spaced(group), ", ".join(f"`{name}`" for name in names)]
        for service, groups in operations().items()
        for group, names in groups.items()
    ]
    rows.append(["`sagemaker-runtime`", "runtime", "`InvokeEndpoint`"])
    release = ".".join(version("moto").split(".")[:2])
    others = ", ".join(f"`{service}`" for service in sorted(SERVICES))
    moto = f"moto {release} answers the other operations of {others}, as far as it has them."
    return f"{table(['service', 'part', 'operations'], rows)}\n\n{moto}"


def _spaced(name: str) -> str:
    """`EndpointConfigs` as `endpoint configs`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


PARTS: dict[str, Callable[[str], str]] = {
    "notebooks": notebooks_table,
    "parameters": parameters_table,
    "costs": costs_table,
    "evidence": evidence_table,
    "operations": operations_list,
}


if __name__ == "__main__":
    sys.exit(main())
