"""Keep the store on a Neo4j server.

The official driver loads pandas and numpy where it finds them, 50 MB in every process that never draws a report. They
are hidden from it while it is imported; whoever needs them imports them afterwards as usual.
"""

import sys

_UNNEEDED = [name for name in ("numpy", "pandas", "pyarrow") if name not in sys.modules]

for _name in _UNNEEDED:
    sys.modules[_name] = None  # type: ignore[assignment]
try:
    import neo4j as _driver  # noqa: F401
finally:
    for _name in _UNNEEDED:
        del sys.modules[_name]
