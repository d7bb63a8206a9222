"""Errors that tell the caller what to do.

DavyError
├── Retry           try again, after `wait` seconds
└── GiveUp          trying again will not help
    ├── BadConfig   a configuration value is refused
    ├── BadPayload  bytes are not a message of this protocol
    ├── BadTopic    a topic is not one of this protocol
    └── Conflict    the same identity with other content
"""


class DavyError(Exception):
    """Everything this project raises on purpose."""


class Retry(DavyError):
    """Worth trying again, after `wait` seconds."""

    def __init__(self, message: str, wait: float = 1.0) -> None:
        super().__init__(message)
        self.wait = wait


class GiveUp(DavyError):
    """Trying again will not help."""


class BadConfig(GiveUp):
    """A configuration value is refused; the message names place, value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(f"{key} = {value!r} is refused; allowed: {allowed}")
        self.key, self.value, self.allowed = key, value, allowed


class BadPayload(GiveUp):
    """Bytes that are not a message of this protocol. `reason` is a short code, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class BadTopic(GiveUp):
    """A topic that is not `davy/v1/<mine>/<gateway>/<lane>`."""


class Conflict(GiveUp):
    """The same identity with other content."""
