"""`bin/architecture`: draws the rooms and the arrows between them for docs/architecture.md, from the import contracts.

- `rooms`: reads the contracts: [tool.importlinter] in pyproject.toml, and frontend/layers.json.
- `tables`: a table of the rooms of each tree: what each holds, and what it may import.
- `layout`: where each room stands in the picture.
- `drawing`: the picture as SVG, once for each theme.
- `outputs`: the files, as they are and as they have to be.
- `__main__`: the command line.
"""
