"""`python -m tests.golden`: take every approved picture anew. Look at them before they are committed."""

import shutil
import sys

from tests.golden import FOLDER, MATRIX, take

shutil.rmtree(FOLDER, ignore_errors=True)
count = 0
for group in MATRIX:
    folder = FOLDER / group.name
    folder.mkdir(parents=True)
    for page, picture in take(group).items():
        (folder / f"{page}.webp").write_bytes(picture)
        count += 1
    sys.stdout.write(f"{group.name}\n")
sys.stdout.write(f"{count} pictures in {FOLDER}\n")
