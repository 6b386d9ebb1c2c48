"""Takes the README's screenshots of a running demo: python docs/screenshots/take.py DEMO_DIR URL.

Needs Chromium on PATH and the demo served at URL (default http://127.0.0.1:8470).
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def sign_in(page: Page, url: str, name: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("input[name=username]", name)
    page.fill("input[type=password]", password)
    page.click("main button[type=submit]")
    page.goto(f"{url}/purpose")
    page.locator("main label.usa-radio__label").first.click()
    page.fill("input[name=case_number]", "VA-2025-0001")
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def take(page: Page, address: str, name: str, height_px: int = 860) -> None:
    page.goto(address)
    page.wait_for_timeout(3000)
    page.screenshot(
        path=str(HERE / f"{name}.png"),
        full_page=True,
        clip={"x": 0, "y": 0, "width": 1280, "height": height_px},
    )


def main(demo: Path, url: str, case: str, person: str) -> None:
    passwords = json.loads((demo / "home" / "secrets" / "demo-accounts.json").read_text("utf-8"))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        sign_in(page, url, "investigator", passwords["investigator"])
        take(page, f"{url}/map", "map")
        take(page, f"{url}/missing/{case}", "missing-case", 1500)
        take(page, f"{url}/persons/{person}", "person")
        take(page, f"{url}/network?start=Person:{person}", "network")
        reviewing = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
        sign_in(reviewing, url, "steward", passwords["steward"])
        reviewing.goto(f"{url}/review")
        pair = reviewing.get_by_role("link", name="Judge").first.get_attribute("href")
        take(reviewing, f"{url}{pair}", "review", 1500)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4])
