"""A supervisor with the real servers and, in place of worker and web, programs of three lines.

Run as a script: `python rehearsal.py HOME PORT [demo]`. What it prints is what `./xunji up` prints.
"""

import asyncio
import sys
from pathlib import Path

from ops.command_line import leave
from ops.settings import Settings
from ops.supervisor import Supervisor

WEB = """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["XUNJI_DATABASE_URL"].encode())
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["XUNJI_PORT"])), Page).serve_forever()
"""
WORKER = "import signal; signal.pause()"
MIGRATE = "import os; assert 'xunji_owner' in os.environ['XUNJI_OWNER_DATABASE_URL']"
SEED = """
import os, pathlib, time
home = pathlib.Path(os.environ["XUNJI_HOME"])
while (home / "endless").exists():
    time.sleep(0.1)
if not (home / "peopled").exists():
    (home / "demo.json").write_text("{}")
"""
PROGRAMS = {"web": WEB, "worker": WORKER, "migrate": MIGRATE, "seed": SEED}


class Rehearsal(Supervisor):
    def command(self, verb: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", PROGRAMS[verb], *arguments]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    settings = Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]))
    code = 0
    try:
        asyncio.run(Rehearsal(settings, demo=sys.argv[3:] == ["demo"], say=say).run())
    except Exception as error:  # noqa: BLE001 - the process under test shows it
        say(f"{getattr(error, 'code', 'traceback')} {error}")
        code = 1
    leave(code)


if __name__ == "__main__":
    main()
