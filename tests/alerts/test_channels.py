"""Channels against real servers: what was accepted is done, what never will be is given up, everything else is tried again."""

import json
from email.utils import parseaddr

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.httpsms import NotifyHttpSMS

from alerts.channels import CHANNELS
from alerts.channels.answers import Answer
from alerts.channels.dingtalk import DingTalk
from alerts.channels.feishu import Feishu
from alerts.channels.mail import Mail
from alerts.channels.sms import Sms
from alerts.channels.wecom import WeCom
from alerts.message import Message
from contracts.errors import BadConfig, GiveUp, Retry
from tests.alerts.mailbox import Mailbox, mailing
from tests.alerts.robot import Robot, answering

pytestmark = pytest.mark.servers
MESSAGE = Message("k1", "inspector", "zh", {"zh": "【报警】一矿；甲烷 1.2", "en": "[ALARM] One; methane 1.2"}, {"id": 7}, {"id": 9})
ROBOTS = {
    DingTalk: ("dingtalk", "NotifyDingTalk", "dingtalk://5ecret5ecret@t0kent0ken/"),
    WeCom: ("wecombot", "NotifyWeComBot", "wecombot://t0kent0ken"),
    Feishu: ("feishu", "NotifyFeishu", "feishu://t0kent0ken"),
}


async def robot_says(monkeypatch, kind, status: int, body: dict) -> Robot:
    module, name, address = ROBOTS[kind]
    with answering(Robot(status, body)) as robot:
        plugin = getattr(__import__(f"apprise.plugins.{module}", fromlist=[name]), name)
        monkeypatch.setattr(plugin, "notify_url", robot.address + ("/{key}" if kind is WeCom else "/{token}"))
        await kind().send(address, MESSAGE)
    return robot


def text_of(heard: dict) -> str:
    return heard.get("text", heard.get("content", {})).get("content") or heard["content"]["text"]


@pytest.mark.parametrize(("kind", "fine"), [(DingTalk, {"errcode": 0}), (WeCom, {"errcode": 0}), (Feishu, {"code": 0})])
async def test_a_robot_that_took_it_has_both_languages_the_recipients_first(monkeypatch, kind, fine):
    robot = await robot_says(monkeypatch, kind, 200, fine)
    (heard,) = robot.heard
    text = text_of(heard)
    assert text.index("【报警】一矿；甲烷 1.2") < text.index("[ALARM] One; methane 1.2")


@pytest.mark.parametrize(
    ("kind", "status", "body", "outcome"),
    [
        (DingTalk, 200, {"errcode": 310000, "errmsg": "keywords not in content"}, GiveUp),
        (DingTalk, 200, {"errcode": 130101, "errmsg": "send too fast"}, Retry),
        (DingTalk, 200, {}, Retry),
        (DingTalk, 500, {}, Retry),
        (DingTalk, 404, {}, GiveUp),
        (WeCom, 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, GiveUp),
        (WeCom, 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, Retry),
        (Feishu, 200, {"code": 19001, "msg": "token invalid"}, GiveUp),
        (Feishu, 200, {"code": 11232, "msg": "frequency limited"}, Retry),
        (Feishu, 429, {}, Retry),
    ],
)
async def test_a_refusal_inside_of_a_200_is_no_delivery(monkeypatch, kind, status, body, outcome):
    with pytest.raises(outcome):
        await robot_says(monkeypatch, kind, status, body)


async def test_a_robot_nobody_reaches_is_tried_again(monkeypatch):
    monkeypatch.setattr(NotifyDingTalk, "notify_url", "http://127.0.0.1:9/{token}")
    with pytest.raises(Retry):
        await DingTalk().send("dingtalk://t0kent0ken/", MESSAGE)


async def test_a_mail_carries_both_languages_and_a_name_that_is_the_same_at_every_try():
    with mailing(Mailbox()) as mailbox:
        for _ in range(2):
            await Mail().send(mailbox.address, MESSAGE)
    assert [mail["Message-ID"] for mail in mailbox.mails] == ["<k1@davylamp>"] * 2
    mail = mailbox.mails[0]
    assert (mail["Subject"], parseaddr(mail["To"])[1]) == ("【报警】一矿 甲烷 1.2", "inspector@mine.example")
    assert "methane 1.2" in mail.get_content()


@pytest.mark.parametrize(
    ("rcpt", "data", "outcome"),
    [
        (["550 no such mailbox"], [], GiveUp),
        (["450 busy"], [], Retry),
        (["552 mailbox full"], [], Retry),
        ([], ["554 no"], GiveUp),
        ([], ["451 later"], Retry),
    ],
)
async def test_the_servers_code_says_whether_a_mail_is_tried_again(rcpt, data, outcome):
    with mailing(Mailbox(rcpt, data)) as mailbox, pytest.raises(outcome):
        await Mail().send(mailbox.address, MESSAGE)
    assert mailbox.mails == []


async def test_a_mail_server_nobody_reaches_is_tried_again():
    with pytest.raises(Retry):
        await Mail().send("mailto://127.0.0.1:9?from=a@mine.example&to=b@mine.example", MESSAGE)


async def test_an_sms_gateway_gets_one_language(monkeypatch):
    with answering(Robot(200, {})) as robot:
        monkeypatch.setattr(NotifyHttpSMS, "notify_url", robot.address)
        await Sms().send("httpsms://t0kent0ken@13900000000/13800000000", MESSAGE)
    (raw,) = robot.raw
    assert "甲烷 1.2" in json.dumps(json.loads(raw), ensure_ascii=False)
    assert b"methane" not in raw


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=t0kent0ken"),
        ("wecom", "wecombot://a^b"),
        ("feishu", "dingtalk://t0kent0ken/"),
        ("mail", "mailto://mail.example"),
        ("mail", "mailto://me:s3cret@mail.example?to=a@b.example,c@d.example"),
        ("sms", f"twilio://AC{'a' * 32}:{'b' * 32}@+15551112222/+8613800000000/+8613800000001"),
        ("mqtt", "mqtt://broker.example/davy/v1/m/g/live"),
        ("mqtt", "mqtt://broker.example/a/#"),
        ("mqtt", "mqtts://broker.example/a"),
        ("webhook", "ftp://example"),
    ],
)
def test_what_is_no_address_of_a_channel_is_refused_with_an_example_and_without_showing_it(channel, address):
    with pytest.raises(BadConfig) as refused:
        CHANNELS[channel].check("alerts.recipients[0].address", address)
    assert refused.value.key == "alerts.recipients[0].address"
    assert refused.value.allowed
    assert all(secret not in str(refused.value) for secret in ("s3cret", "t0kent0ken", "bbbbbb"))


def test_json_of_the_answer_is_not_needed_to_be_an_object():
    assert Answer(200, json.dumps([1]), 0.0).number("errcode") is None
