"""Problems that any HTTP call can have, whatever it is about."""

from __future__ import annotations

from phloem_server.web.problem import Problem


class BodyNotJson(Problem):
    """The body is not JSON."""

    code = "body_not_json"
    status = 400


class BodyInvalid(Problem):
    """The body is JSON, and not what the call takes."""

    code = "body_invalid"
    status = 422


class BodyTooLarge(Problem):
    """The body has more bytes than it may have."""

    code = "body_too_large"
    status = 413


class MediaTypeUnsupported(Problem):
    """The body's Content-Type is not the one that the call takes."""

    code = "media_type_unsupported"
    status = 415


class QueryStringInvalid(Problem):
    """The query string holds what the call does not take."""

    code = "query_invalid"
    status = 400


class PathUnknown(Problem):
    """There is nothing under this path."""

    code = "not_found"
    status = 404


class MethodUnsupported(Problem):
    """The path does not take this method."""

    code = "method_not_allowed"
    status = 405


class NotReady(Problem):
    """The server lives, and cannot answer for the record yet."""

    code = "not_ready"
    status = 503
    temporary = True


class PageNotBuilt(Problem):
    """The page was not built into this installation."""

    code = "page_not_built"
    status = 503
