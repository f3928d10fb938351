"""People who sign in.

accounts   users, as an admin manages them
users      users, as they sign in
hashing    hashes of their passwords
passwords  the password, and the one way to try it
sessions   the token in the cookie of a person who signed in
cookies    the cookie that names a session
session_start  where somebody proved who they are, a session and its cookie
sign_in    the form, signing in and signing out
proxied    people whom a trusted proxy names
guesses/   how often a password may be tried
openid/    signing in at an OpenID Connect provider
errors     why a user cannot be added, changed or removed
"""
