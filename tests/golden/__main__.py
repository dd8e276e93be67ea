"""`python -m tests.golden`: take every approved picture anew. Look at them before they are committed."""

import shutil
import sys

from tests.golden import FOLDER, MATRIX, browsers, take

shutil.rmtree(FOLDER, ignore_errors=True)
count = 0
with browsers() as camera:
    for group in MATRIX:
        folder = FOLDER / group.name
        folder.mkdir(parents=True)
        for page, picture in take(group, camera).items():
            (folder / f"{page}.webp").write_bytes(picture)
            count += 1
        sys.stdout.write(f"{group.name}\n")
sys.stdout.write(f"{count} pictures in {FOLDER}\n")
