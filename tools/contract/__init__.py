"""`bin/contract`: writes what follows from the Python types into the page's source and the documentation.

- `subject`: what is handed on: the types, their names in TypeScript, and the limits. Something new is added here.
- `records`: reads a type: its fields, their types, and the text below each.
- `codes`: reads the codes of errors from their classes.
- `typescript`: writes frontend/src/contract/generated/, and a part of frontend/public/embed.d.ts.
- `tables`: writes the tables of docs/contract.md.
- `reference`: writes docs/api.md.
- `outputs`: the files, as they are and as they have to be.
- `__main__`: the command line.

What follows in Lua needs no file: `phloem.record.functions.library` fills it in when Redis loads the library.
"""
