"""The calls about who may do what.

session   what a page has to know first, and on whose behalf it asks
sessions  where people are signed in
users     people who may sign in with a name
tokens    tokens of programs and for pages
audit     who changed what, or was refused
"""
