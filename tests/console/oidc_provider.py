"""A small OpenID Connect provider on a real port: discovery, authorization, token and keys, with every lie a test asks it for."""

import json
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider:
    """`claims`: what it says of whoever signs in, over what it would say; `lies`: keys of its discovery document, changed."""

    def __init__(self) -> None:
        self.key, self.signs_with = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
        self.honest()
        self.issuer = ""
        self._codes: dict[str, dict[str, str]] = {}

    def honest(self) -> None:
        """Forget all lies."""
        self.claims: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256"}
        self.forges = False

    def describe(self) -> dict[str, Any]:
        place = self.issuer
        told = {
            "issuer": place,
            "authorization_endpoint": f"{place}/authorize",
            "token_endpoint": f"{place}/token",
            "jwks_uri": f"{place}/keys",
        }
        return told | self.lies

    def authorize(self, query: dict[str, str]) -> str:
        """As if somebody typed their password there; where the browser is sent."""
        assert (query["response_type"], query["code_challenge_method"], "openid" in query["scope"]) == ("code", "S256", True)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], basic: str, now: int) -> dict[str, str] | None:
        """The id token for a code, once, for the client and the verifier it was made for."""
        begun = self._codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if begun is None or challenge != begun["code_challenge"] or b64decode(basic).decode() != "davy:s3cret":
            return None
        claims = {"iss": self.issuer, "aud": "davy", "sub": "42", "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        key = self.signs_with if self.forges else self.key
        return {"id_token": jwt.encode(self.header, claims | {"preferred_username": "li@mine"} | self.claims, key), "token_type": "Bearer"}


@contextmanager
def running(clock: Any) -> Iterator[Provider]:
    """A provider that listens; `clock()` is its second."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            path = urlsplit(self.path)
            if path.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(path.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            elif path.path == "/keys":
                self._say({"keys": [provider.key.as_dict(private=False)]})
            else:
                self._say(provider.describe())

        def do_POST(self) -> None:
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
            told = provider.token(form, self.headers["Authorization"].removeprefix("Basic "), clock())
            self._say(told or {"error": "invalid_grant"}, 200 if told else 400)

        def _say(self, told: dict[str, Any], status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
