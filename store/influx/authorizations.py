"""A token that may read our buckets and nothing else, for Grafana."""

import os
from pathlib import Path
from typing import Any

from influxdb_client.client.authorizations_api import AuthorizationsApi
from influxdb_client.domain.authorization import Authorization
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource

from contracts.errors import BadConfig
from store.influx.server import Server

READ = ("raw", "statistics", "events")
"""The kinds of bucket that the boards read."""
_AUTHORIZATIONS: Any = AuthorizationsApi
_ALLOWED: Any = Permission
_RESOURCE: Any = PermissionResource
_GIVEN: Any = Authorization


def read_token(server: Server, path: Path) -> bool:
    """See to it that the file at `path` (mode 0600) holds a token that reads the boards' buckets only. False: it did already."""
    api = _AUTHORIZATIONS(server.client)
    with server.asked():
        buckets = {kind: server.buckets.find_bucket_by_name(server.address.bucket(kind)) for kind in READ}
        known = {one.token for one in api.find_authorizations() if one.status == "active"}
    try:
        if path.exists() and path.read_text(encoding="utf-8").strip() in known:
            return False
        org = buckets[READ[0]].org_id
        allowed = [_ALLOWED(action="read", resource=_RESOURCE(type="buckets", id=one.id, org_id=org)) for one in buckets.values()]
        with server.asked():
            given = api.create_authorization(
                authorization=_GIVEN(org_id=org, permissions=allowed, description="Davylamp: boards, read only")
            )
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(given.token)
        fresh.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("--grafana-token", str(path), f"a file that can be written ({error})") from error
    return True
