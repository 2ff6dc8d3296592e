"""The register of certificates and reports that sites and bases hold."""
