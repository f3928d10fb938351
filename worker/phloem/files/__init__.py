"""Uploads and results, kept in a folder under ids.

store     the store of one data folder
writing   files that appear only once they are complete
names     file names and media types that may be shown
sweep     deletes old files, and what killed processes left behind
"""

from phloem.files.names import clean_name, clean_type
from phloem.files.store import Description, FileStore, Kind, Origin, StoredFile, StoreFull, Upload
from phloem.files.writing import FileTooLarge

__all__ = [
    "Description",
    "FileStore",
    "FileTooLarge",
    "Kind",
    "Origin",
    "StoreFull",
    "StoredFile",
    "Upload",
    "clean_name",
    "clean_type",
]
