"""Folder, data source and boards in Grafana, over grafana-client. What is there already is brought up to date, never doubled."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException
from niquests.exceptions import RequestException

from contracts.errors import BadConfig, GiveUp, Retry
from dashboards.provisioning.diff import Drift, compared
from dashboards.render import SOURCE_UID, Json

NOT_FOUND = 404
FOLDERS = {"zh": "安全灯 Davylamp", "en": "Davylamp (English)"}
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Influx:
    """The InfluxDB that Grafana reads from, as Grafana reaches it. `token` may only read."""

    url: str
    org: str
    token: str


class Door:
    """`address`: http(s)://HOST[:PORT][/PREFIX]; `login`: a service account's token, or user and password.

    Retry where Grafana does not answer, GiveUp where it refuses.
    """

    def __init__(self, address: str, login: str | tuple[str, str]) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise BadConfig("grafana", address, "http://HOST:PORT or https://HOST:PORT, without a password in it")
        prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self.address = address.rstrip("/")
        self._api = GrafanaApi(
            auth=login, host=parts.hostname, port=parts.port, url_path_prefix=prefix, protocol=parts.scheme, timeout=TIMEOUT_S
        )

    def push(self, boards: dict[str, dict[str, Json]], influx: Influx) -> list[str]:
        """Data source, a folder per language, every board; the uids of the boards. A second push changes nothing."""
        self._source(influx)
        done = []
        for lang, of_lang in boards.items():
            folder = f"davy-{lang}"
            self._folder(folder, FOLDERS[lang])
            for board in of_lang.values():
                self._ask(self._api.dashboard.update_dashboard, {"dashboard": board, "folderUid": folder, "overwrite": True})
                done.append(str(board["uid"]))
        return done

    def diff(self, boards: dict[str, dict[str, Json]]) -> list[Drift]:
        """What somebody changed by hand since the last push."""
        return [
            drift
            for of_lang in boards.values()
            for board in of_lang.values()
            for drift in compared(board["uid"], board, self.board(board["uid"]))
        ]

    def board(self, uid: str) -> Json | None:
        """A board as Grafana holds it; None where it has none of that uid."""
        found = self._found(self._api.dashboard.get_dashboard, uid)
        return None if found is None else dict(found["dashboard"])

    def _source(self, influx: Influx) -> None:
        source = {
            "uid": SOURCE_UID,
            "name": "Davylamp InfluxDB",
            "type": "influxdb",
            "access": "proxy",
            "url": influx.url,
            "jsonData": {"version": "Flux", "organization": influx.org, "defaultBucket": "", "httpMode": "POST"},
            "secureJsonData": {"token": influx.token},
        }
        if self._found(self._api.datasource.get_datasource_by_uid, SOURCE_UID) is None:
            self._ask(self._api.datasource.create_datasource, source)
        else:
            self._ask(self._api.datasource.update_datasource_by_uid, SOURCE_UID, source)

    def _folder(self, uid: str, title: str) -> None:
        if self._found(self._api.folder.get_folder, uid) is None:
            self._ask(self._api.folder.create_folder, title, uid)

    def _found(self, call: Any, uid: str) -> Any:
        try:
            return call(uid)
        except GrafanaClientError as error:
            if error.status_code == NOT_FOUND:
                return None
            raise GiveUp(f"Grafana at {self.address}: {error.message}") from error
        except (GrafanaException, RequestException, OSError) as error:
            raise Retry(f"Grafana at {self.address} does not answer: {error}") from error

    def _ask(self, call: Any, *given: object) -> Any:
        try:
            return call(*given)
        except GrafanaClientError as error:
            raise GiveUp(f"Grafana at {self.address}: {error.message}") from error
        except (GrafanaException, RequestException, OSError) as error:
            raise Retry(f"Grafana at {self.address} does not answer: {error}") from error
