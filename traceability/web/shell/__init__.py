"""Share among all pages: the request's context, sessions, security, errors, navigation, words."""
