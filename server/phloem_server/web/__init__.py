"""HTTP in general: hosts, problems, bodies, pages."""
