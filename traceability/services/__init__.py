"""Offer what the system can do, one public function per use case (floor 3)."""
