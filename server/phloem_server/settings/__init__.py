"""What the server reads from its environment.

config      the settings of the web process, those it shares with the workers among them
identity    a provider of OpenID Connect, and the header by which a proxy names people
role_rules  which claims or groups give which role
audit       how long the audit is kept, and where it goes
limits      how much a principal and an address may ask for
"""

from phloem_server.settings.config import FANOUTS, SURVEY_SECONDS, Config

__all__ = ["FANOUTS", "SURVEY_SECONDS", "Config"]
