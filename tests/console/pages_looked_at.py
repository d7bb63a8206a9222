"""What a browser finds out about a page: how somebody who cannot see it would fare, what broke, and whether it speaks one language."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
ENGLISH = re.compile(r"[A-Za-z]*[a-z]{3}[A-Za-z]*")
"""Three small letters in a row: a word, no unit and no code."""
FINDINGS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], preload: false });
  return found.violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((node) => node.target.join(" ")).slice(0, 3) }));
}"""
SAID = """() => {
  const said = [["title", document.title]], page = document.documentElement, SPOKEN = ["aria-label", "title", "placeholder", "alt"];
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const told = (node) => !node.closest("script, style, noscript, code, kbd, samp, pre, [translate=no]") && node.closest("[lang]") === page;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (!told(owner)) continue;
    if (node !== owner) said.push([owner.localName, node.nodeValue]);
    else for (const name of SPOKEN) said.push([`${owner.localName} ${name}`, owner.getAttribute(name)]);
  }
  return said.map(([where, text]) => [where, (text ?? "").trim()]).filter(([, text]) => text);
}"""
"""Every text and every attribute that is read out, hidden ones too; not what is marked as code or as another language's."""


@dataclass
class Heard:
    """What a page's console and network complained of."""

    said: list[str] = field(default_factory=list)

    def listen(self, page: Any, own: str) -> None:
        """`own`: the page's address; its status is not asked here."""

        def say(what: str, heard: bool = True) -> None:
            if heard:
                self.said.append(what)

        ours = ("Failed to load resource", own)
        page.on("console", lambda one: say(one.text, one.type in ("error", "warning") and (one.text[:23], one.location["url"]) != ours))
        page.on("pageerror", lambda error: say(str(error)))
        page.on("requestfailed", lambda request: say(f"{request.url}: {request.failure}"))
        page.on("response", lambda answer: say(f"{answer.url}: {answer.status}", not answer.ok and answer.url != own))


async def grave(page: Any) -> list[dict[str, Any]]:
    """Serious and critical findings of axe-core. It is put in by the debugger, whom no Content-Security-Policy binds."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE)
    return [one for one in await page.evaluate(FINDINGS) if one["impact"] in GRAVE]


async def sideways(page: Any) -> int:
    """Pixels by which a page is wider than its window."""
    return max(0, int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")))


def foreign(lang: str, text: str, names: re.Pattern[str]) -> list[str]:
    """Words of the other language in a text, those of the data (`names`) left out."""
    bare = names.sub(" ", text)
    return [str(word) for word in (ENGLISH if lang == "zh" else CHINESE).findall(bare)]
