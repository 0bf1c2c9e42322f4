"""What several tests do with the page before they look at something."""

from playwright.sync_api import Page


def use_index(page: Page, name: str) -> None:
    """Let the session's answers rest on an index that is there already."""
    page.get_by_role("tab", name="Add your data").click()
    page.get_by_role("button", name="Add a data source").click()
    wizard = page.get_by_role("dialog", name="Add a data source")
    wizard.get_by_role("radio", name="Index made earlier").check()
    wizard.get_by_role("button", name="Next").click()
    wizard.get_by_role("checkbox", name=name).check()
    wizard.get_by_role("button", name="Next").click()
    wizard.get_by_role("button", name="Save").click()
    page.get_by_role("group", name=f"Data source {name}").wait_for()
