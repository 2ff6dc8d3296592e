"""Show one draft of each kind of event: recorded in their order, they tell the story of a few tonnes of scrap.

They stand on the sites, people and parties of the golden scenario. A kind has a second one only where a later draft needs it.
"""

import json
from pathlib import Path
from typing import Any

DRAFTS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "examples.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Every draft, in the order of recording."""

EXAMPLES: dict[str, dict[str, Any]] = {draft["kind"]: draft for draft in reversed(DRAFTS)}
"""The first draft of each kind."""
