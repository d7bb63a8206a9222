"""For all tests."""

import structlog

renderer = structlog.get_config()["processors"][-1]
assert isinstance(renderer, structlog.dev.ConsoleRenderer)
# where rich is installed a traceback is drawn with every local variable: seconds of it where tests make things fail on purpose
renderer.exception_formatter = structlog.dev.plain_traceback
