"""Offer the commands that keep running: the web server with its worker, and the worker alone."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from graph.blobs import Blobs
from graph.store import Store
from traceability.cli.scenarios import DATA_SETS, load_all
from traceability.cli.session import (
    Command,
    Session,
    file_error,
    now_ms,
    open_settled,
    option,
    pass_session,
    store_option,
    with_store,
)
from traceability.cli.tls import EVERY_ADDRESS, THIS_MACHINE, certify, show_trust, usual_address
from traceability.config import PREFIX, Settings, check_binding, make_secret, read_settings, wants_tls
from traceability.domain.calendar import DAY_MS
from traceability.domain.errors import BadInput, StoreError
from traceability.exchange.job_tasks import TASKS
from traceability.services.directory import sessions
from traceability.services.directory.devices import forget_devices
from traceability.services.directory.photos import clean_photos
from traceability.services.directory.sign_in import forget_attempts
from traceability.services.upkeep import jobs

POLL_S = 1.0
CLEANED_MS = 3600 * 1000  # how often what has ended is erased


# --- serve --------------------------------------------------------------------------------------------------------


@click.command("serve", cls=Command)
@option(
    "--data",
    "data_set",
    type=click.Choice([*DATA_SETS, "none"]),
    default="none",
    show_default=True,
    help="data",
)
@option("--host", default="", help="host")
@option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="port")
@option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="workers")
@option("--tls", is_flag=True, help="tls")
@store_option
@pass_session
def serve(session: Session, data_set: str, host: str, port: int, workers: int, tls: bool) -> None:
    """Run the system on this machine."""
    environ = {**os.environ, **({PREFIX + "TLS": "yes"} if tls else {})}
    tls = wants_tls(environ)
    host = host or (EVERY_ADDRESS if tls else THIS_MACHINE)
    port = _free_port(host, port)
    environ.setdefault(PREFIX + "PUBLIC_URL", usual_address(host, port, tls=tls))
    settings = _settings(session, data_set, environ)
    check_binding(settings, host)
    certified = certify(settings, now_ms()) if settings.tls else None
    store = open_settled(session, settings)
    load_all(session, store, DATA_SETS.get(data_set))
    _introduce(session, store, settings, data_set)
    if certified:
        show_trust(session, settings, certified)
    session.say("cli.serving", address=settings.public_url)
    store.close()
    environ |= {PREFIX + "STORE": settings.store, PREFIX + "DATA": str(settings.data)}
    sys.stdout.flush()
    # The worker is a child of this process, which becomes gunicorn: when that ends, the worker sees it and ends too.
    subprocess.Popen(
        [sys.executable, "-m", "traceability.cli", "work", "--parent", str(os.getpid())],
        env=environ, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    gunicorn = [
        sys.executable, "-m", "gunicorn", "--config", "python:traceability.cli.gunicorn_settings",
        "--bind", f"{_bracketed(host)}:{port}", "--workers", str(workers),
        *(("--certfile", str(certified.file)) if certified else ()), "app:create_app()",
    ]  # fmt: skip
    os.execve(sys.executable, gunicorn, environ)


def _settings(session: Session, data_set: str, environ: Mapping[str, str]) -> Settings:
    """Return the installation's settings; with a data set, those of one that needs no preparation.

    Raises BadSetting.
    """
    data = Path(environ.get(PREFIX + "DATA", "").strip() or "data").absolute()
    if data_set == "none":
        return with_store(read_settings(environ), session.address)
    if not any(environ.get(PREFIX + name) for name in ("SECRET_KEY", "SECRET_KEY_FILE")):
        make_secret(data)
    # Each data set has a file of its own, so that one never mixes with another, nor with a real book.
    store = session.address or environ.get(PREFIX + "STORE") or f"sqlite:///{data / data_set}.db"
    return read_settings({**environ, PREFIX + "STORE": store})


def _free_port(host: str, port: int) -> int:
    """Return the port, or for 0 one that is free. Raises BadInput."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise BadInput("cli.port_taken", host=host, port=port, reason=error.strerror or "") from error
        free: int = trial.getsockname()[1]
    return free


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _introduce(session: Session, store: Store, settings: Settings, data_set: str) -> None:
    """Print what somebody who starts it wants to know: the address, the accounts, and what the
    figures say."""
    from traceability.cli.reports import show_report
    from traceability.exchange.seed import list_demo_accounts

    show_report(session, store)
    if settings.heads is None:
        session.say("cli.no_head_key")
    scenario = DATA_SETS.get(data_set)
    if scenario:
        session.say("cli.accounts")
        for account in list_demo_accounts(scenario):
            roles = ", ".join(f"{session.text(f'role.{held.role}')}@{held.scope}" for held in account.roles)
            click.echo(f"  {account.person:<26} {account.password}  {account.name}  {roles}")
    else:
        from traceability.services.directory.people import list_people

        with store.read() as reader:
            nobody = not list_people(reader)
        if nobody:
            session.say("cli.first_account")
    session.say("cli.store", store=_without_password(settings.store))


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if scheme != "sqlite" else url


# --- work ---------------------------------------------------------------------------------------------------------


@click.command("work", cls=Command)
@option("--parent", type=int, default=0, help="parent")
@option("--job", "job_id", default="", help="job")
@option("--name", default="", help="worker_name")
@store_option
@pass_session
def work(session: Session, parent: int, job_id: str, name: str) -> None:
    """Run queued jobs, one at a time, each in a process of its own."""
    if job_id:
        _do_one(session, job_id, name)
        return
    worker = Worker(session, parent)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()


def _do_one(session: Session, job_id: str, name: str) -> None:
    # Ctrl-C reaches the worker, which then ends this process in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = session.open()
    with store.read() as reader:
        job = jobs.find_job(reader, job_id)
    if job.worker == name:
        jobs.run_job(store, job, TASKS, now_ms)


class Worker:
    """Lease jobs and run each in a child process: a job that crashes, swells or hangs takes nothing
    else with it."""

    def __init__(self, session: Session, parent: int = 0) -> None:
        self.session = session
        self.settings = session.settings()
        self.store = open_settled(session, self.settings)
        self.parent = parent
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopped = False
        self._cleaned_ms = 0
        self._photos_ms = 0

    def stop(self, *_: object) -> None:
        """End after giving back the current job."""
        self.stopped = True

    @property
    def ending(self) -> bool:
        """Return whether it was told to stop, or the server that it belongs to is gone."""
        return self.stopped or bool(self.parent and os.getppid() != self.parent)

    def run(self) -> None:
        """Run jobs until the end."""
        while not self.ending:
            try:
                self.clean_up(now_ms())
                job = jobs.lease(self.store, self.name, now_ms())
                if job is not None:
                    self.do(job)
                    continue
            except StoreError as error:
                click.echo(self.session.text(error.code, error.figures), err=True)
                time.sleep(4 * POLL_S)
            time.sleep(POLL_S)

    def clean_up(self, at_ms: int) -> None:
        """Erase jobs, sessions and counters of guesses that have ended, once an hour; once a day photos of no record.

        What the server shows as its certificate is renewed as often where that is due.
        """
        if at_ms - self._cleaned_ms >= CLEANED_MS:
            jobs.forget_old(self.store, at_ms)
            sessions.forget_ended(self.store, at_ms)
            forget_devices(self.store, at_ms)
            forget_attempts(self.store, at_ms)
            if self.settings.tls:
                self._renew_certificate(at_ms)
            self._cleaned_ms = at_ms
        if at_ms - self._photos_ms >= DAY_MS:
            clean_photos(self.store, Blobs(self.settings.blobs), at_ms)
            self._photos_ms = at_ms

    def _renew_certificate(self, at_ms: int) -> None:
        """Renew it where that is due: the server shows each new connection the file as it is then."""
        try:
            certify(self.settings, at_ms)
        except (BadInput, OSError) as error:  # jobs go on, and the next start says it again
            told = error if isinstance(error, BadInput) else file_error(error)
            click.echo(self.session.text(told.code, told.figures), err=True)

    def do(self, job: jobs.Job) -> None:
        """Run one leased job in a child process; renew its lease and obey a cancellation meanwhile."""
        child = subprocess.Popen(
            [sys.executable, "-m", "traceability.cli", "work", "--job", job.id, "--name", self.name],
            env={**os.environ, PREFIX + "STORE": self.settings.store},
            stdin=subprocess.DEVNULL,
        )
        renewed_ms = now_ms()
        try:
            while child.poll() is None and not self.ending:
                try:
                    child.wait(POLL_S)
                except subprocess.TimeoutExpired:
                    if self._has_lost(job):
                        child.terminate()
                    elif now_ms() - renewed_ms > jobs.LEASE_MS // 3:
                        jobs.renew(self.store, job.id, self.name, now_ms())
                        renewed_ms = now_ms()
        finally:
            died = child.poll() is not None
            if not died:
                child.terminate()
                child.wait()
        # Still ours: the child did not come to an end by itself.
        jobs.give_back(self.store, job.id, self.name, counts=died)

    def _has_lost(self, job: jobs.Job) -> bool:
        """Return whether the job is another worker's by now, or nobody's."""
        with self.store.read() as reader:
            return jobs.find_job(reader, job.id).worker != self.name


COMMANDS = {"serve": serve, "work": work}
