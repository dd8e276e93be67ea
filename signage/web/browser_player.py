"""The page that plays a screen in a browser, as the server sends it and as plain files. Loads no web server.

    screen/<screen>.html   the page, for file servers, object stores and CDNs
    screen.js, sw.js       its scripts
    phone.js               the script of the pages for telephones

The built-in server has the page at /screen/<screen>, and the scripts at the same addresses.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from signage.wording.languages.messages import load_messages, negotiate

# Each one uses those before it only.
PLAYER_PARTS = (
    "basics.js",
    "rotation.js",
    "trust.js",
    "bundle.js",
    "held_requests.js",
    "layers.js",
    "alerts.js",
    "alert_display.js",
    "player.js",
)
_LEFT_OUT = re.compile(r"^(export |import [^;]*;\n| *//.*\n)", re.MULTILINE)


def templates() -> Environment:
    """The server's own templates, with autoescape."""
    return Environment(
        loader=PackageLoader("signage.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def static(name: str) -> str:
    """A file of the folder static/."""
    return files("signage.web").joinpath("static", name).read_text("utf-8")


def plain_script() -> str:
    """The player as one plain script, without its comments: televisions before Chromium 61 know no modules."""
    whole = "\n".join(_LEFT_OUT.sub("", static(name)) for name in PLAYER_PARTS)
    return "(function () {\n" + whole + "})();\n"


def policy(framed: bool, style: str = "", forms: bool = False) -> dict[str, str]:
    """The Content-Security-Policy header. Other signage systems may show screens in frames (`framed`); only
    the status page has `forms`.
    """
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {style}".rstrip(),
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        f"form-action '{'self' if forms else 'none'}'",
        *([] if framed else ["frame-ancestors 'self'"]),
    ]
    return {"Content-Security-Policy": "; ".join(rules)}


def player_policy() -> dict[str, str]:
    """That of the page that plays a screen, which has a style sheet of its own."""
    source = files("signage.web").joinpath("templates", "screen.html").read_text("utf-8")
    css = source.partition("<style>")[2].partition("</style>")[0]
    return policy(framed=True, style=f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'")


def player_files(screens: Mapping[str, str]) -> dict[str, bytes]:
    """What a browser needs beside the bundles, by path. `screens`: id -> language."""
    return {**{f"screen/{screen}.html": _page(language) for screen, language in screens.items()}, **_scripts()}


@lru_cache(maxsize=16)  # for every build; it comes with the program
def _page(language: str) -> bytes:
    messages = load_messages(negotiate("", language))
    rules = player_policy()["Content-Security-Policy"]
    return templates().get_template("screen.html").render(messages=messages, root="../", policy=rules).encode()


@cache
def _scripts() -> dict[str, bytes]:
    return {"screen.js": plain_script().encode(), **{name: static(name).encode() for name in ("sw.js", "phone.js")}}
