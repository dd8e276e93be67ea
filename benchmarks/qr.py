"""QR codes, read from pages as a telephone's camera sees them from the stated distance: rows of `make bench`.

python -m benchmarks.qr
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from signage.config.legibility import mm_per_px, module_mm
from signage.preview import SIZES, read_sample, shoot
from signage.rendering.layouts import load_layout
from signage.wording.qr import modules
from tests.fixtures.camera import codes, seen

LAYOUTS = Path(__file__).parent.parent / "layouts"
SHOTS = 10  # photographs of each code, with another noise each
Say = Callable[[str, str, str], None]


def run(say: Say) -> None:
    """Every page with a code, of every layout, size and sample that comes along."""
    pages = photographs = read = 0
    for folder in sorted(path.parent for path in LAYOUTS.glob("*/layout.toml")):
        for stress in (False, True):
            layout, sample = load_layout(folder), read_sample(folder, stress)
            specs = {
                (size, kind): spec
                for size in SIZES
                for kind, spec in sample.pages(layout, size).items()
                if spec.context.get("link")
            }
            shots = shoot(
                {f"{size} {kind}": spec for (size, kind), spec in specs.items()}, {folder.name: layout}, sample.pictures
            )
            for (size, kind), spec in specs.items():
                picture, link = shots[f"{size} {kind}"].picture, spec.context["link"]
                if picture is None:
                    continue
                screen = sample.config(size, folder.name, "nb").screens["s"]
                module = spec.context["qr_px"] * mm_per_px(screen) / modules(link)
                metres = min(screen.distance, module / module_mm(1.0))
                pages += 1
                for noise in range(SHOTS):
                    photographs += 1
                    read += codes(seen(picture, screen, metres, seed=noise)) == [link]
    say("pages with a QR code; photographs of them", f"{pages}; {photographs}", "")
    say("codes read from the stated distance", f"{read / photographs:.2%}", "100 %")


if __name__ == "__main__":
    run(lambda what, figure, aim: print(f"{what:62} {figure:>16}  {aim}"))
