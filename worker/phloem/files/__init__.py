"""Uploads and results, kept in a folder under ids."""

from phloem.files.store import (
    Description,
    FileStore,
    FileTooLarge,
    Kind,
    StoredFile,
    StoreFull,
    Upload,
    clean_name,
    clean_type,
)

__all__ = [
    "Description",
    "FileStore",
    "FileTooLarge",
    "Kind",
    "StoreFull",
    "StoredFile",
    "Upload",
    "clean_name",
    "clean_type",
]
