"""The page where a supervisor sets up how the files of a site's spectrometer are read."""
