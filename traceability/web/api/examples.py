"""Show one draft of each kind of event, as the interface takes them."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {}
