"""Tools of the clone: they are run from here, and shipped with neither distribution."""
