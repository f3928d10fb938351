"""Tools of the clone: they are run from here, and shipped with neither distribution.

contract      writes the page's types and the tables of docs/contract.md from the Python types
architecture  draws the picture of docs/architecture.md, and writes its tables, from the import contracts
pictures      takes the pictures of README and documentation from the running page
"""
