"""Run the Neo4j server itself: a JVM inside this process, until SIGTERM comes or the test run is
gone.

Run as `python neo4j_process.py <jar folder> <data folder> <port> <libjvm.so>`; prints "ready" when Bolt answers.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import jpype

OPENED_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


def serve(jars: Path, data: Path, port: int, jvm: str) -> None:
    """Start the server, say so, and hold it until the process is told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, which then stops us in order
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()
    jpype.startJVM(
        jvm,
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED_PACKAGES),
        "-Xmx1g",
        "-Xrs",  # signals are ours, not the JVM's
        "-XX:+UseSerialGC",
        # A server of a test starts often and lives shortly: less compiling and verifying, 11 CPU seconds instead of 19
        "-XX:TieredStopAtLevel=1",
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:-BytecodeVerificationRemote",
        classpath=[f"{jars}/*"],
    )
    data.mkdir(parents=True, exist_ok=True)
    conf = data / "neo4j.conf"
    conf.write_text("".join(f"{name}={value}\n" for name, value in _settings(port).items()), encoding="ascii")
    path = jpype.java.nio.file.Path.of(str(data.resolve()))
    builder = jpype.JClass("org.neo4j.dbms.api.DatabaseManagementServiceBuilder")(path)
    service = builder.loadPropertiesFromFile(path.resolve("neo4j.conf")).build()
    print("ready", flush=True)
    while not stop.wait(1):
        pass
    service.shutdown()
    # Leaving by the front door would wait for JVM threads that have nothing left to do.
    os._exit(0)


def _settings(port: int) -> dict[str, str]:
    return {
        "dbms.security.auth_enabled": "true",
        "server.bolt.enabled": "true",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.memory.pagecache.size": "128m",
        "db.tx_log.preallocate": "false",  # else every start writes 256 MB
        "internal.server.bolt.thread_pool_shutdown_wait_time": "1s",
        "internal.server.bolt.connection_shutdown_wait_time": "1s",
        "db.lock.acquisition.timeout": "6s",  # as compose.yaml sets it
        "dbms.usage_report.enabled": "false",  # a test run talks to nobody
    }


def _die_with_parent(parent: int) -> None:
    """End with a killed test run: its data die with it, so the server need not be stopped gently."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
