"""What the player loads: a small box pays for each library with memory that its pictures need."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

HEAVY = {"numpy", "chardet", "charset_normalizer", "idna", "pygame.mixer", "pygame.sprite", "zeroconf", "PIL", "segno"}
LOADED = "import player.main, player.player, player.net.service, player.net.heartbeat, player.net.heartbeat_report"


def run(code: str, *arguments: str) -> str:
    """What a new interpreter prints; warnings are errors there, too."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_running_player_has_loaded_nothing_that_it_does_not_use() -> None:
    loaded = set(json.loads(run(f"{LOADED}; import sys, json; print(json.dumps(list(sys.modules)))")))
    assert {"pygame", "requests", "nacl"} <= loaded
    assert not HEAVY & loaded


def test_what_was_left_out_is_there_for_whoever_asks_for_it() -> None:
    run(f"{LOADED}; import idna, pygame.sprite, pygame.mask; assert idna.encode('blåbær') == b'xn--blbr-roah'")


def test_a_server_beyond_ascii_can_still_be_asked() -> None:
    """Its name is put into ASCII by the library that was left out at first. Nobody has this one."""
    code = """
import sys
from player.net.http import Http, Unreachable
try:
    Http("http://blåbær.invalid").get("x", 10)
except Unreachable as error:
    print(error.kind)
print("idna" in sys.modules)
"""
    assert run(code).split() == ["name", "True"]


class Latin(BaseHTTPRequestHandler):
    """A page that does not say how it is encoded."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write("blåbær".encode("latin-1"))

    def log_message(self, format: str, *arguments: object) -> None:
        """Not in the test's output."""


def test_a_page_of_an_unknown_encoding_is_an_answer_like_any_other() -> None:
    code = """
import sys
from player.net.http import Http, Unreachable
try:
    Http(sys.argv[1]).get("x", 100)
except Unreachable as error:
    print(error.kind)
"""
    with HTTPServer(("127.0.0.1", 0), Latin) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert run(code, f"http://127.0.0.1:{server.server_port}").strip() == "missing"
        server.shutdown()
