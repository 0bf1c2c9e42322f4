"""A real Chromium against a real server; skipped with the reason where there is no browser.

Pictures of the screens are put into `.screens` of the project, to be looked at.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PROJECT = Path(__file__).parents[2]
SCREENS = PROJECT / ".screens"
AXE = PROJECT / "studio" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


QUICK = "test_first_visit.py"
"""Among all tests; the others of this folder take minutes and are run by `make studio`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name != QUICK:
            item.add_marker("browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module; each gets a fresh context.

    It ends with them: its event loop would stand in the way of tests that run one.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used, on a laptop's screen."""
    fresh = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script fails and no rule of the policy is broken."""
    troubles: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "console",
        lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield opened
    assert troubles == []


@pytest.fixture
def screen(page: Page) -> Callable[[str], Path]:
    """Keeps a picture of the page under a name."""

    def keep(name: str) -> Path:
        SCREENS.mkdir(exist_ok=True)
        path = SCREENS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return keep


@pytest.fixture
def axe(page: Page) -> Callable[[], None]:
    """Asserts that the page, as it is now, has no flaw that axe finds."""

    def look() -> None:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        # Of Fluent: what keeps the focus in a dialog and is never seen, and what floats.
        besides = "[['[data-tabster-dummy]'], ['[role=tooltip]']]"
        found = page.evaluate(f"axe.run({{exclude: {besides}}})")
        flaws = [
            f"{flaw['id']}: {flaw['help']}: {[node['html'][:200] for node in flaw['nodes'][:3]]}"
            for flaw in found["violations"]
        ]
        assert flaws == []

    return look
