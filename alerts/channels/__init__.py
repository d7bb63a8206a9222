"""Ways to reach people: one file each, registered here."""

from alerts.channels.dingtalk import DingTalk
from alerts.channels.feishu import Feishu
from alerts.channels.mail import Mail
from alerts.channels.mqtt import Mqtt
from alerts.channels.sms import Sms
from alerts.channels.webhook import Webhook
from alerts.channels.wecom import WeCom
from alerts.message import Channel

CHANNELS: dict[str, type[Channel]] = {
    "webhook": Webhook,
    "mqtt": Mqtt,
    "mail": Mail,
    "dingtalk": DingTalk,
    "wecom": WeCom,
    "feishu": Feishu,
    "sms": Sms,
}
