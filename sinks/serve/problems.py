"""Errors of the API in one form: RFC 9457 problem details."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from posestream.errors import PosestreamError
from posestream.logs import get_log
from posestream.redact import redact

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str) -> JSONResponse:
    """Give a response that says in one line what is wrong."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": redact(detail)}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Make all errors of ``app`` problem details."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _wrong_parameter)
    app.add_exception_handler(PosestreamError, _ours)
    app.add_exception_handler(Exception, _unforeseen)


def _http(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status, str(getattr(error, "detail", "")))


def _wrong_parameter(_request: Request, error: Exception) -> Response:
    mistakes = error.errors() if isinstance(error, RequestValidationError) else []
    return problem(422, "; ".join(f"{mistake['loc'][-1]}: {mistake['msg']}" for mistake in mistakes))


def _ours(_request: Request, error: Exception) -> Response:
    return problem(503, str(error))


def _unforeseen(request: Request, error: Exception) -> Response:
    get_log("page").error("unforeseen", path=request.url.path, error=error)
    return problem(500, "something went wrong here; the log of posestream says more")
