"""Draws the map of the lab that opens each notebook and the README: one picture, the iteration's part lit.

Usage: python tools/draw_map.py   (writes notebooks/figures/map_<iteration>_<language>.svg)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

FIGURES = Path(__file__).parents[1] / "notebooks" / "figures"
LANGUAGES = ("es", "en")
WIDTH, HEIGHT = 980, 330
BOX_WIDTH, BOX_HEIGHT = 150, 58
INK, PALE_INK, LIT, PALE, LINE = "#1b2a41", "#6b7787", "#ffd08a", "#f3f5f8", "#9aa7b8"
PALE_BORDER = "#d5dbe3"


@dataclass(frozen=True)
class Box:
    """A part of the lab.

    Attributes:
        iterations: numbers of the notebooks that build it.
        column, row: position on the grid.
        title, note: two lines, by language in the order of `LANGUAGES`.
    """

    iterations: tuple[int, ...]
    column: int
    row: int
    title: tuple[str, str]
    note: tuple[str, str]

    @property
    def left(self) -> int:
        return 22 + self.column * 196

    @property
    def top(self) -> int:
        return 56 + self.row * 92


BOXES = {
    "data": Box((1,), 0, 1, ("Datos de viviendas", "Housing data"), ("CSV con defectos", "CSV with defects")),
    "s3": Box((1,), 1, 1, ("Amazon S3", "Amazon S3"), ("bucket privado", "private bucket")),
    "iam": Box((1,), 1, 0, ("IAM", "IAM"), ("rol de ejecución", "execution role")),
    "notebook": Box((2,), 0, 0, ("Notebook", "Notebook"), ("instancia con pandas", "instance with pandas")),
    "train": Box((2,), 2, 1, ("Entrenamiento", "Training job"), ("XGBoost integrado", "built-in XGBoost")),
    "model": Box((2,), 3, 1, ("Modelo", "Model"), ("model.tar.gz", "model.tar.gz")),
    "endpoint": Box((3,), 4, 1, ("Endpoint", "Endpoint"), ("tiempo real", "real time")),
    "lambda": Box((4,), 4, 2, ("AWS Lambda", "AWS Lambda"), ("JSON → CSV", "JSON → CSV")),
    "api": Box((4,), 3, 2, ("API Gateway", "API Gateway"), ("POST /predict", "POST /predict")),
    "client": Box((4,), 2, 2, ("curl, Postman", "curl, Postman"), ("tu aplicación", "your application")),
    "watch": Box((5,), 3, 0, ("CloudWatch", "CloudWatch"), ("métricas, alarmas", "metrics, alarms")),
    "pipeline": Box(
        (5,), 2, 0, ("Reentrenamiento", "Retraining"), ("pipeline, registro", "pipeline, registry")
    ),
    "monitor": Box((5,), 4, 0, ("Model Monitor", "Model Monitor"), ("deriva", "drift")),
}
ARROWS = (
    ("data", "s3"), ("notebook", "s3"), ("s3", "train"), ("train", "model"), ("model", "endpoint"),
    ("client", "api"), ("api", "lambda"), ("lambda", "endpoint"),
    ("endpoint", "watch"), ("endpoint", "monitor"), ("s3", "pipeline"), ("pipeline", "train"),
)  # fmt: skip
TITLES = {
    0: ("El laboratorio completo", "The whole lab"),
    1: ("Iteración 1: preparación", "Iteration 1: preparation"),
    2: ("Iteración 2: entrenamiento", "Iteration 2: training"),
    3: ("Iteración 3: despliegue", "Iteration 3: deployment"),
    4: ("Iteración 4: Lambda y API Gateway", "Iteration 4: Lambda and API Gateway"),
    5: ("Iteración 5: monitoreo y mejora", "Iteration 5: monitoring and improvement"),
    6: ("Limpieza: no queda nada encendido", "Clean-up: nothing is left running"),
}
BUILT_SO_FAR = ("lo que ya existe", "what exists by then")
BUILT_NOW = ("lo de hoy", "today's part")
LATER = ("lo que vendrá", "what comes later")
DELETED = ("lo que se borró", "what was deleted")
CLEAN_UP = 6


def draw(iteration: int, language: str) -> str:
    """Return the map as SVG; iteration 0 lights everything, and in 6 everything is gone."""
    which = LANGUAGES.index(language)
    parts = [_arrow(BOXES[start], BOXES[end]) for start, end in ARROWS]
    parts += [_box(box, iteration, which) for box in BOXES.values()]
    title = TITLES[iteration][which]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="Helvetica, Arial, sans-serif">',
            f"<title>{escape(title)}</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" fill="{LINE}"/></marker></defs>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="#ffffff"/>',
            f'<text x="22" y="32" font-size="17" font-weight="bold" fill="{INK}">{escape(title)}</text>',
            *parts,
            *_legend(iteration, which),
            "</svg>\n",
        ]
    )


def _look(box: Box, iteration: int) -> tuple[str, str, str]:
    """Fill, border and ink of a box: of today, of before, or not there (still to come, or deleted)."""
    if iteration == 0 or iteration in box.iterations:
        return LIT, INK, INK
    if max(box.iterations) < iteration < CLEAN_UP:
        return "#ffffff", INK, INK
    return PALE, PALE_BORDER, PALE_INK


def _box(box: Box, iteration: int, which: int) -> str:
    fill, border, ink = _look(box, iteration)
    x, y, middle = box.left, box.top, box.left + BOX_WIDTH // 2
    title, note = escape(box.title[which]), escape(box.note[which])
    return (
        f'<g text-anchor="middle"><rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="9" '
        f'fill="{fill}" stroke="{border}" stroke-width="1.4"/>'
        f'<text x="{middle}" y="{y + 25}" font-size="13" font-weight="bold" fill="{ink}">{title}</text>'
        f'<text x="{middle}" y="{y + 44}" font-size="12" fill="{ink}">{note}</text></g>'
    )


def _arrow(start: Box, end: Box) -> str:
    """A straight arrow between neighbours, from the middle of a side to the middle of a side, or near it."""
    x1, y1 = start.left + BOX_WIDTH // 2, start.top + BOX_HEIGHT // 2
    x2, y2 = end.left + BOX_WIDTH // 2, end.top + BOX_HEIGHT // 2
    if abs(x2 - x1) < BOX_WIDTH:
        down = 1 if y2 > y1 else -1
        y1, y2 = y1 + down * BOX_HEIGHT // 2, y2 - down * (BOX_HEIGHT // 2 + 3)
    else:
        right = 1 if x2 > x1 else -1
        x1, x2 = x1 + right * BOX_WIDTH // 2, x2 - right * (BOX_WIDTH // 2 + 3)
        # A slanting arrow leaves and arrives beside a level one, not on its tip.
        aside = 0 if y1 == y2 else (14 if y1 > y2 else -14)
        y1, y2 = y1 - aside, y2 + aside
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{LINE}" stroke-width="1.8" '
        'marker-end="url(#tip)"/>'
    )


def _legend(iteration: int, which: int) -> list[str]:
    if iteration == 0:
        return []
    parts = []
    marks = [(LIT, INK, BUILT_NOW), ("#ffffff", INK, BUILT_SO_FAR), (PALE, PALE_BORDER, LATER)]
    if iteration == CLEAN_UP:
        marks = [(PALE, PALE_BORDER, DELETED)]
    for place, (fill, border, words) in enumerate(marks):
        top = 242 + 21 * place
        parts.append(
            f'<rect x="22" y="{top}" width="18" height="14" rx="3" fill="{fill}" stroke="{border}"/>'
            f'<text x="48" y="{top + 11}" font-size="12" fill="{INK}">{escape(words[which])}</text>'
        )
    return parts


def main() -> None:
    """Write every map."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    for iteration in TITLES:
        for language in LANGUAGES:
            (FIGURES / f"map_{iteration:02}_{language}.svg").write_text(draw(iteration, language))


if __name__ == "__main__":
    main()
