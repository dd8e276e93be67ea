"""What was proved, for people: on the terminal as it comes, and in build/rig/report.md."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass
class Report:
    """Rows in the order of the run; written anew after each, so that a run that is ended leaves what it found."""

    file: Path
    title: str
    rows: list[tuple[str, bool, float, list[str]]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def add(self, case: str, proved: bool, seconds: float, lines: list[str]) -> None:
        """A case has ended; `lines` are its figures, or why it failed."""
        lines = [*lines, f"the host's load was {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"]
        self.rows.append((case, proved, seconds, lines))
        print(f"{'proved' if proved else 'FAILED'}: {case} ({seconds:.0f} s)", flush=True)
        for line in lines:
            print(f"    {line}", flush=True)
        self.file.write_text(self.text(), "utf-8")

    def text(self) -> str:
        """The whole report in Markdown."""
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        out = [f"# {self.title}", "", f"{when}; {(time.monotonic() - self.begun) / 60:.0f} min.", ""]
        for case, proved, seconds, lines in self.rows:
            out += [f"## {case}: {'proved' if proved else 'FAILED'} in {seconds:.0f} s", ""]
            # tables stay tables, sentences become points
            out += [line if line.startswith("|") else f"- {line}" for line in lines]
            out.append("")
        return "\n".join(out)

    @property
    def failed(self) -> bool:
        return any(not proved for _, proved, _, _ in self.rows)
