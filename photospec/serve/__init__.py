"""The checks behind HTTP, for systems that are not written in Python; it needs the extra ``serve``.

`create_app` gives an ASGI application to run anywhere or to add routes to; `serve` runs it with uvicorn.
"""

from photospec.serve.app import create_app
from photospec.serve.server import listen, serve
from photospec.serve.settings import Settings, read_token

__all__ = ["Settings", "create_app", "listen", "read_token", "serve"]
