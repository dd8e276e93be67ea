"""The configuration for commands that must work while screens.toml has a mistake: the one that is in force."""

from __future__ import annotations

from pathlib import Path

from signage.app.configuration import load
from signage.app.last_config import LastConfig
from signage.cli.output import print_warning
from signage.config.models import Config
from signage.errors import ConfigError


def load_in_force(config: Path, layouts: Path, state: Path) -> Config:
    """As `load`. While the file can't be used, what a server used last, with a warning. Raises ConfigError."""
    try:
        return load(config, layouts)
    except ConfigError:
        last = LastConfig(state, config).load(layouts)
        if last is None:
            raise
        print_warning(f"{config} can't be used; the previous version stays in force. Hint: signage check says why.")
        return last
