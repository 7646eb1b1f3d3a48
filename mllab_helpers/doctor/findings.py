"""What a check of the doctor's finds: `ok`, `warning` (the lab runs, but ...) or `stop`, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from mllab_helpers.texts import say

OK, WARNING, STOP = "ok", "warning", "stop"


@dataclass(frozen=True)
class Finding:
    """What a check found, and what to do about it."""

    level: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        mark = {OK: say("doctor.ok"), WARNING: say("doctor.warning"), STOP: say("doctor.stop")}[self.level]
        return f"[{mark}] {self.text}" + (f"\n    {self.advice}" if self.advice else "")
