"""What every page shares: the request's context, sessions, security, errors, navigation and words."""
