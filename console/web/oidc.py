"""Signing in through the company's own OpenID Connect provider: authorization code with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0).

It says who somebody is; whether they may come in, and as what, stands in the records: no person is made here.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from console.web.entry import OidcSection
from contracts.clock import MINUTE, SECOND
from contracts.errors import DavyError

LASTS = 10 * MINUTE
"""How long somebody may take at the provider (project setting)."""
MOST = 1_000
"""Sign-ins under way at once; the oldest is given up."""
TIMEOUT_S = 10.0
LEEWAY_S = 60
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures that are taken: none that the client's own secret could make."""


class NotVouched(DavyError):
    """The provider did not say who it is, or not in a way that can be believed."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: what only this browser and we know."""

    nonce: str
    verifier: str
    to: str
    back: str
    at: int


class Oidc:
    """One provider. `transport` stands for the network in tests."""

    def __init__(self, settings: OidcSection, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings, self._transport = settings, transport
        self._begun: OrderedDict[str, Begun] = OrderedDict()

    async def begin(self, to: str, back: str, now: int) -> tuple[str, str]:
        """Where to send the browser, and the state it must bring back. `back`: our own address; `to`: where they go afterwards."""
        async with self._client() as client:
            facts = await self._facts(client)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        self._begun[state] = Begun(nonce, verifier, to, back, now)
        while len(self._begun) > MOST:
            self._begun.popitem(last=False)
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        place = str(facts["authorization_endpoint"])
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}", state

    async def finish(self, state: str, code: str, now: int) -> tuple[str, str]:
        """The name the provider gives them (its configured claim), and where they go. NotVouched for anything out of order."""
        begun = self._begun.pop(state, None)
        if begun is None or now - begun.at > LASTS:
            raise NotVouched("no sign-in under way goes with this answer")
        async with self._client() as client:
            facts = await self._facts(client)
            answer = await _json(client.post(str(facts["token_endpoint"]), data=self._asking(code, begun), auth=self._auth()))
            keys = await _json(client.get(str(facts["jwks_uri"])))
        return self._name(str(answer.get("id_token", "")), keys, begun.nonce, now), begun.to

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S)

    def _asking(self, code: str, begun: Begun) -> dict[str, str]:
        return {"grant_type": "authorization_code", "code": code, "redirect_uri": begun.back, "code_verifier": begun.verifier}

    def _auth(self) -> httpx.BasicAuth:
        """The client's own name and secret, as RFC 6749, section 2.3.1 has them (form encoded)."""
        name, secret = (urlencode({"": one})[1:] for one in (self._settings.client_id, self._settings.client_secret))
        return httpx.BasicAuth(name, secret)

    async def _facts(self, client: httpx.AsyncClient) -> dict[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0); its issuer must be the configured one, to the letter."""
        facts = await _json(client.get(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"))
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if facts.get("issuer") != self._settings.issuer or not all(isinstance(facts.get(name), str) for name in wanted):
            raise NotVouched(f"{self._settings.issuer} does not describe itself as a provider")
        return facts

    def _name(self, token: str, keys: dict[str, Any], nonce: str, now: int) -> str:
        """The claim of an id token that is signed, ours, fresh, and of this very sign-in."""
        needs: dict[str, Any] = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
            "nonce": {"essential": True, "value": nonce},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "sub": {"essential": True},
        }
        try:
            found = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(now=now // SECOND, leeway=LEEWAY_S, **needs).validate(found.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotVouched(f"the id token is not believed: {error}") from error
        audience = found.claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and found.claims.get("azp") != self._settings.client_id:
            raise NotVouched("the id token is for somebody else")
        name = found.claims.get(self._settings.claim)
        if not isinstance(name, str) or not name:
            raise NotVouched(f"the id token has no {self._settings.claim}")
        if self._settings.claim == "email" and found.claims.get("email_verified") is not True:
            raise NotVouched("the address was not verified")
        return name


async def _json(asked: Any) -> dict[str, Any]:
    try:
        answer: httpx.Response = await asked
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotVouched(f"the provider did not answer: {error}") from error
    if not isinstance(told, dict):
        raise NotVouched("the provider answered with something else")
    return told
