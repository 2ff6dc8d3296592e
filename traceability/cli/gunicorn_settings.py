"""Configure gunicorn; address and number of workers come from ``traceability serve``.

A connection has a thread of its own, which only waits; few threads answer (``cli/guarded_worker.py``), so that phones on
slow lines, and who means ill, keep nobody waiting. Nothing is loaded before the fork: a connection to the store belongs
to one process.
"""

import resource
from pathlib import Path

FILES = 8192  # each connection is one, a long body another
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if _soft < FILES:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, _hard) if _hard > 0 else FILES, _hard))

worker_class = "traceability.cli.guarded_worker.GuardedWorker"
threads = 400  # connections that are read or written at once
worker_connections = 2000
backlog = 2048
preload_app = False
timeout = 60  # a worker that hangs as long is replaced
graceful_timeout = 30  # what runs may finish when the service stops
keepalive = 5
max_requests = 20_000  # a slow leak never grows old
max_requests_jitter = 2_000
loglevel = "warning"
logger_class = "traceability.cli.guarded_worker.PlainLogger"
accesslog = None
forwarded_allow_ips = ""  # what a front states is taken by PROXIES alone (web/shell/security.py)
control_socket_disable = True  # nobody commands it but the system's own signals
# The heartbeat file of a worker must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
