"""Configure gunicorn; address and number of workers come from ``traceability serve``.

Threads keep a worker answering while one phone on a slow line sends its photo. Nothing is loaded before the fork:
a connection to the store belongs to one process.
"""

from pathlib import Path

worker_class = "gthread"
threads = 8
preload_app = False
timeout = 60  # a worker that hangs as long is replaced
graceful_timeout = 30  # what runs may finish when the service stops
keepalive = 5
max_requests = 20_000  # a slow leak never grows old
max_requests_jitter = 2_000
loglevel = "warning"
accesslog = None
control_socket_disable = True  # nobody commands it but the system's own signals
# The heartbeat file of a worker must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
