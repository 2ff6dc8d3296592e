"""``python -m traceability.cli`` is the console script, where that is not on the path."""

from traceability.cli import main

main()
