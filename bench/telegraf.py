"""The neighbour: Telegraf's mqtt_consumer → influxdb_v2, fed the same readings in three shapes."""

from pathlib import Path

import msgspec

from bench.servers import ORG, TOKEN
from contracts.columns import Block
from contracts.points import Registry

SHAPES = ("json", "lines", "wide")
_JSON = """  data_format = "json_v2"
  [[inputs.mqtt_consumer.json_v2]]
    measurement_name = "readings"
    [[inputs.mqtt_consumer.json_v2.object]]
      path = "@this"
      timestamp_key = "time"
      timestamp_format = "unix_us"
      tags = ["mine", "area", "point"]
"""


def settings(shape: str, broker_port: int, url: str, bucket: str) -> str:
    """Its configuration. Batches of 5,000 points (500 wide ones), gzip, all three the fastest of those tried."""
    batch = 500 if shape == "wide" else 5000
    parser = _JSON if shape == "json" else '  data_format = "influx"\n  influx_parser_type = "upstream"\n'
    precision = "" if shape == "json" else '  influx_timestamp_precision = "1us"\n'
    return f"""[agent]
  interval = "1s"
  flush_interval = "200ms"
  flush_jitter = "0s"
  metric_batch_size = {batch}
  metric_buffer_limit = {batch * 40}
  omit_hostname = true
  quiet = true
[[outputs.influxdb_v2]]
  urls = ["{url}"]
  token = "{TOKEN}"
  organization = "{ORG}"
  bucket = "{bucket}"
  content_encoding = "gzip"
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{broker_port}"]
  topics = ["bench/#"]
  topic_tag = ""
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  max_undelivered_messages = 1000
{precision}{parser}"""


def payload(shape: str, mine: str, registry: Registry, block: Block) -> bytes:
    """One message: a batch of readings of a mine at one time."""
    rows = zip(block.point.tolist(), block.time.tolist(), block.value.tolist(), block.quality.tolist(), strict=True)
    points = registry.points
    if shape == "json":
        return msgspec.json.encode(
            [
                {"mine": mine, "area": points[n].area, "point": points[n].id, "time": time, "value": value, "quality": quality}
                for n, time, value, quality in rows
            ]
        )
    if shape == "lines":
        return "".join(
            f"{points[n].quantity},area={points[n].area},mine={mine},point={points[n].id} value={value!r},quality={quality}i {time}\n"
            for n, time, value, quality in rows
        ).encode()
    fields = ",".join(f"{points[n].id}={value!r}" for n, _, value, _ in rows)
    return f"readings,mine={mine} {fields} {int(block.time[0])}\n".encode()


def config_file(folder: Path, text: str) -> Path:
    path = folder / "telegraf.conf"
    path.write_text(text, encoding="utf-8")
    return path
