"""Small pages that the server renders itself, where the built page cannot be had: sign-in, not found, not built.

Each is one self-contained document without script. Its style is allowed by hash, so the policy stays free of
`unsafe-inline`.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from werkzeug.wrappers import Request, Response

# The colours are those of frontend/src/styles/tokens.css, but for the line and the ground of a field.
_STYLE = """
:root{color-scheme:light dark;--ground:#fbf9f3;--ink:#1b211d;--soft:#5f665f;--line:#c9c3b1;--well:#fff;
--accent:#3f6d1e;--on-accent:#fbf9f3;--wrong:#b24700}
@media (prefers-color-scheme:dark){:root{--ground:#0e1512;--ink:#ebe6d8;--soft:#98a298;--line:#3a4841;--well:#141d19;
--accent:#9cc86b;--on-accent:#0e1512;--wrong:#f57f47}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:24px;
background:var(--ground);color:var(--ink);font:15px/24px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:320px;padding-bottom:8vh}
svg{display:block;width:48px;height:48px;margin-bottom:20px;fill:var(--ground)}
path{fill:var(--accent);stroke:var(--accent);stroke-width:1.4;stroke-linejoin:round}
h1{margin:0 0 4px;font-size:28px;line-height:32px;font-weight:600}
p{margin:0 0 24px;color:var(--soft);overflow-wrap:anywhere}
label{display:block;margin-bottom:4px;font-size:13px;line-height:20px;font-weight:600}
input,button{width:100%;height:44px;border-radius:3px;font:inherit}
input{padding:0 12px;border:1px solid var(--line);background:var(--well);color:inherit}
button{margin-top:16px;border:0;background:var(--accent);color:var(--on-accent);font-weight:600;cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[aria-invalid]{border-color:var(--wrong)}
.button{display:block;margin-top:16px;border:1px solid var(--accent);border-radius:3px;line-height:42px;
text-align:center;text-decoration:none;font-weight:600}
.wrong{margin:8px 0 0;color:var(--wrong)}
a{color:var(--accent)}
""".strip().replace("\n", "")

# The cross-section of a celery stalk: a crescent, and along it the five bundles that carry the sap. The same shape as
# frontend/src/icon/mark.svg.
_MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true">'
    '<path d="M9.59 2.18A14.6 14.6 0 1 0 30.42 18.46A13.4 13.4 0 0 1 9.59 2.18Z"/>'
    '<circle cx="5.5" cy="9.06" r="1.6"/>'
    '<circle cx="5.55" cy="16.0" r="2"/>'
    '<circle cx="10.15" cy="22.93" r="2.2"/>'
    '<circle cx="17.99" cy="25.72" r="2"/>'
    '<circle cx="24.74" cy="24.09" r="1.6"/>'
    "</svg>"
)


def _policy(*styles: str) -> str:
    """The Content-Security-Policy of a page with these styles: those, and forms to this server."""
    digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in styles]
    allowed = " ".join(f"'sha256-{each}'" for each in digests)
    return f"default-src 'none'; style-src {allowed}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


POLICY = _policy(_STYLE)
"""The Content-Security-Policy of pages without a style of their own."""


def is_wanted(request: Request) -> bool:
    """Whether a browser asks for a page, rather than a program: those accept `*/*`, or what they can read."""
    return "text/html" in request.headers.get("Accept", "")


def page(status: int, title: str, text: str, extra: str = "", style: str = "") -> Response:
    """A page with a heading and a sentence, both plain text.

    `extra` is HTML, already escaped where it must be; `style` is for that alone.
    """
    own_style = f"<style>{style}</style>" if style else ""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · Phloem</title><style>{_STYLE}</style>{own_style}</head>"
        f"<body><main>{_MARK}<h1>{escape(title)}</h1><p>{escape(text)}</p>{extra}</main></body></html>"
    )
    answer = Response(body, status, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _policy(_STYLE, style) if style else POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
