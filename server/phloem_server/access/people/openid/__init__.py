"""Signing in at an OpenID Connect provider: the authorization code flow with PKCE.

sign_in    the two addresses: where the way to the provider begins, and where it leads back to
attempt    what a browser keeps between the two, and which answers of the provider belong to it
provider   what the provider says: its addresses, its keys, and a person for a code
documents  a document of the provider, kept while it is fresh
fetching   HTTP to the provider, bounded in time and size
id_token   which ID tokens count
claims     the name, the role and the owner that claims give
errors     why nobody is signed in
"""
