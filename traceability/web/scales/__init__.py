"""The scales of a site: who registers them, what they show now, and programs that read them for pages."""
