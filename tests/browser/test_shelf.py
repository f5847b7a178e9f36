"""What a reader does on the tab of the articles: drop folders, read, remove and bring back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import place, served
from tests.browser.test_hostile import SERVE_FAKE
from tests.conftest import BAKERY, FERRY

pytestmark = pytest.mark.browser

TOWER = (
    "Home | News | Sport | Log in\n\nShare on Facebook\n\nSubscribe to our newsletter\n\n"
    "The tower of Wexmoor was struck by lightning on Sunday night. Nobody was hurt when its bell fell.\n\n"
    "Warden Ines Calloway said that the bell will be hung again before Easter. The town pays for a new rope.\n\n"
    "Copyright 2024. All rights reserved.\n"
)
MANY = 110  # a browser lists a folder by the hundred


def story(number: int) -> str:
    """A text that is no copy of another number's."""
    return " ".join(
        f"The mill {number}{letter} of Orlin{number}{letter} was built in {1700 + number}." for letter in "abcde"
    )


@pytest.fixture(scope="module")
def shelf_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over three texts and a scraped page, with the word model."""
    folder = tmp_path_factory.mktemp("shelf")
    files = folder / "articles"
    files.mkdir()
    for number in range(3):
        (files / f"quern{number}.txt").write_text(story(number), encoding="utf-8")
    (files / "tower.txt").write_text(TOWER, encoding="utf-8")
    with served(folder, SERVE_FAKE, files) as address:
        yield address


@pytest.fixture
def shelf(open_page: Callable[..., Page]) -> Page:
    """The page with the tab of the articles open."""
    page = open_page("shelf_server")
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".articles")).to_be_visible()
    return page


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with two files of one name, one that is no article, hidden ones, and many in a folder of their own."""
    folder = tmp_path / "tree"
    for name in ("one", "two", "many", ".hidden"):
        (folder / name).mkdir(parents=True)
    (folder / "one" / "news.txt").write_text(FERRY, encoding="utf-8")
    (folder / "two" / "news.txt").write_text(BAKERY, encoding="utf-8")
    (folder / "two" / "film.mov").write_bytes(b"moving pictures")
    (folder / "two" / ".DS_Store").write_bytes(b"hidden")
    (folder / ".hidden" / "c.txt").write_text("Nobody means to add this.", encoding="utf-8")
    for number in range(MANY):
        (folder / "many" / f"{number:03}.txt").write_text(story(100 + number), encoding="utf-8")
    return folder


SAID = """() => { window.said = []; new MutationObserver(() => {
  const words = document.querySelector(".report-panel .summary")?.textContent;
  if (words && words !== window.said.at(-1)) window.said.push(words);
}).observe(document.querySelector(".report-panel"), { childList: true, subtree: true, characterData: true }) }"""


def drop(page: Page, *files: Path) -> None:
    """Drags the files and folders from outside the browser onto the page's place for them."""
    box = page.locator(".drop").bounding_box()
    assert box is not None
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_a_dropped_folder_is_added_with_all_that_it_holds(shelf: Page, tree: Path):
    """Files of one name stay two, hidden ones are passed over, what is no article is told, a hundred are not all."""
    shelf.evaluate(SAID)
    drop(shelf, tree, tree / "one" / "news.txt")
    summary = shelf.locator(".report-panel .summary")
    expect(summary).to_have_text(f"{MANY + 2} added, 1 duplicate, 1 skipped", timeout=60_000)
    assert shelf.evaluate("window.said")[0] == f"1 of {MANY + 4} files done"
    rows = shelf.locator(".report tbody tr")
    expect(rows.first).to_contain_text("tree/two/film.mov")
    expect(rows.first).to_contain_text("unsupported format (.mov)")
    for name in ("tree/one/news.txt", "tree/two/news.txt", "tree/many/109.txt"):
        expect(rows.locator("th", has_text=name)).to_have_count(1)
    expect(shelf.locator(".report")).not_to_contain_text("hidden")
    expect(shelf.locator(".turns").first).to_contain_text(f"of {MANY + 7}")


def test_what_the_server_refuses_is_told_and_the_rest_added(shelf: Page, tmp_path: Path):
    """Of sixty files fifty go first; the server takes those, and not the other ten."""
    folder = tmp_path / "sixty"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(story(300 + number), encoding="utf-8")
    replies: list[Callable[[Route], None]] = [
        lambda route: route.continue_(),
        lambda route: route.fulfill(status=429, body="Too many uploads; try again in 9 seconds."),
    ]
    shelf.route("**/upload", lambda route: replies.pop(0)(route))
    drop(shelf, folder)
    expect(shelf.locator(".drop .told")).to_have_text("Too many uploads; try again in 9 seconds.")
    expect(shelf.locator(".report-panel .summary")).to_have_text("50 added, 10 skipped", timeout=30_000)
    expect(shelf.locator(".report tbody tr").first).to_contain_text("did not arrive; add it again")


def test_a_chosen_folder_and_files_are_added_by_their_buttons(shelf: Page, tree: Path):
    with shelf.expect_file_chooser() as folder:
        shelf.get_by_role("button", name="Choose a folder").press("Enter")
    folder.value.set_files(tree / "two")
    row = shelf.locator(".report tbody tr", has_text="two/news.txt")
    expect(row).to_be_visible(timeout=30_000)
    expect(shelf.locator(".report tbody tr")).to_have_count(2)
    with shelf.expect_file_chooser() as files:
        shelf.get_by_role("button", name="Choose files").press("Enter")
    files.value.set_files([tree / "many" / "000.txt", tree / "many" / "001.txt"])
    expect(shelf.locator(".report tbody tr", has_text="001.txt")).to_be_visible(timeout=30_000)


def open_file(page: Page, name: str) -> None:
    """Narrows the list to the file and opens it."""
    page.locator("#find textarea, #find input").fill(name)
    row = page.locator(".articles tbody tr", has_text=name)  # not the one row of the name before
    expect(page.locator(".articles tbody tr")).to_have_count(1)
    row.locator("button.open").click()


def test_one_switch_shows_what_was_left_out_and_stays_as_it_was_set(shelf: Page):
    """What is no part of the article is hidden until the switch is on, and then in the next article too."""
    source = shelf.locator(".source-text:visible")
    open_file(shelf, "tower.txt")
    expect(source).to_contain_text("Warden Ines Calloway")
    left_out = source.locator(".dropped").first
    expect(left_out).to_be_hidden()
    switch = source.get_by_role("switch", name="Show what was left out")
    expect(switch).not_to_be_checked()
    switch.press("Space")
    expect(switch).to_be_checked()
    expect(left_out).to_be_visible()
    open_file(shelf, "quern0.txt")
    expect(source).to_contain_text("The mill 0a")
    expect(switch).to_have_count(0)
    open_file(shelf, "tower.txt")
    expect(switch).to_be_checked()
    expect(left_out).to_be_visible()


def test_an_open_article_is_removed_and_undone_by_the_keyboard(shelf: Page):
    """The focus goes to Undo, and from there to the article that came back; beside the list it closes and opens."""
    open_file(shelf, "quern1.txt")
    source = shelf.locator(".block.source-panel:visible")
    source.get_by_role("button", name="Remove Untitled").press("Enter")
    undo = shelf.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(undo).to_be_in_viewport()
    expect(source).to_contain_text("was removed")
    expect(shelf.get_by_text("No article has these words")).to_be_visible()
    undo.press("Enter")
    expect(shelf.locator(".articles button.open")).to_be_focused()
    expect(source.locator(".text")).to_contain_text("The mill 1a")


def test_removed_articles_are_listed_read_and_restored(shelf: Page):
    """Two are removed one after the other, and restored from their list; each time the focus has a place."""
    undo = shelf.get_by_role("button", name="Undo")
    for name in ("quern1.txt", "quern2.txt"):
        open_file(shelf, name)
        shelf.locator(".articles .remove").click()
        expect(shelf.get_by_text("No article has these words")).to_be_visible()
        expect(undo).to_be_focused()
    shelf.get_by_role("button", name="Removed and replaced articles").click()
    gone = shelf.locator(".gone tbody tr")
    expect(gone).to_have_count(2)
    gone.first.locator("button.open").click()
    source = shelf.locator(".source-text:visible")
    expect(source).to_contain_text("The mill 2a")
    expect(source).to_contain_text("no question sees this article")
    gone.first.locator(".restore").click()
    expect(gone).to_have_count(1)
    expect(gone.first.locator(".restore")).to_be_focused()
    expect(source.get_by_role("button", name="Remove Untitled")).to_be_visible()
    gone.first.locator(".restore").press("Enter")
    expect(shelf.get_by_text("No article was removed")).to_be_visible()
    expect(shelf.get_by_role("button", name="Removed and replaced articles")).to_be_focused()
    open_file(shelf, "quern1.txt")


def test_several_are_removed_at_once_and_come_back_by_one_undo(shelf: Page):
    shelf.locator("#find textarea, #find input").fill("quern")
    rows = shelf.locator(".articles tbody tr")
    expect(rows).to_have_count(3)
    several = shelf.get_by_role("button", name="Remove the chosen")
    expect(several).to_be_disabled()
    shelf.get_by_label("Choose all on this page").check()
    expect(several).to_have_text("Remove the chosen (3)")
    rows.nth(1).get_by_role("checkbox").uncheck()
    several.click()
    expect(rows).to_have_count(1)
    expect(shelf.locator(".removed")).to_contain_text("Removed 2 articles.")
    expect(several).to_be_disabled()
    expect(shelf.locator(".articles input:checked")).to_have_count(0)
    shelf.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(3)
    expect(shelf.locator(".articles input:checked")).to_have_count(0)
    expect(shelf.locator(".removed")).to_contain_text("2 articles are in the library again")


def test_the_list_has_the_whole_width_until_an_article_is_opened_whose_row_stays(shelf: Page):
    shelf.set_viewport_size({"width": 1280, "height": 400})
    whole = place(shelf.locator(".articles"))
    row = shelf.locator(".articles tbody tr").last.locator("button.open")
    row.scroll_into_view_if_needed()
    before = place(row)
    row.click()
    source = shelf.locator(".block.source-panel:visible")
    expect(source.locator(".source-text")).to_be_visible()
    shelf.wait_for_timeout(200)
    half, after = place(shelf.locator(".articles")), place(row)
    assert whole["width"] > 1100 > 700 > half["width"]
    assert abs(before["y"] - after["y"]) < 3


@pytest.mark.parametrize("width", [1280, 400])
def test_who_removes_far_down_has_undo_in_sight_and_under_the_focus(shelf: Page, width: int):
    shelf.set_viewport_size({"width": width, "height": 300})
    remove = shelf.locator(".articles tbody tr").last.locator(".remove")
    remove.scroll_into_view_if_needed()
    remove.click()
    undo = shelf.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(undo).to_be_in_viewport()
    undo.press("Enter")
    expect(shelf.locator(".removed")).to_contain_text("in the library again")


def test_escape_leads_from_an_article_back_to_its_row(shelf: Page):
    row = shelf.locator(".articles button.open").nth(1)
    row.click()
    text = shelf.get_by_role("region", name="Text of the article")
    text.focus()
    text.press("Escape")
    expect(row).to_be_focused()
    back = shelf.get_by_role("button", name="Back to the list")
    box = place(back)
    assert box["width"] < 5, "unseen until the keyboard reaches it"
    back.focus()
    shelf.keyboard.press("Shift+Tab")
    shelf.keyboard.press("Tab")
    expect(back).to_be_focused()
    box = place(back)
    assert box["width"] > 80
    back.press("Enter")
    expect(row).to_be_focused()


def test_what_a_file_of_the_same_name_replaced_is_put_back(shelf: Page, tmp_path: Path):
    """By the report's button, which says what was replaced; and Undo brings the later one again."""
    note = tmp_path / "note.txt"
    for text, outcome in ((story(900), "Added"), (story(901), "Updated")):
        note.write_text(text, encoding="utf-8")
        with shelf.expect_file_chooser() as files:
            shelf.get_by_role("button", name="Choose files").click()
        files.value.set_files(note)
        expect(shelf.locator(".report .outcome")).to_have_text(outcome)
    report = shelf.locator(".report tbody tr")
    expect(report).to_contain_text("replaces “The mill 900a of")
    report.get_by_role("button", name="Put the old version back").press("Enter")
    told = shelf.locator(".removed")
    expect(told).to_contain_text("is in the library again, in place of “Untitled: “The mill 901a")
    expect(shelf.locator(".articles button.open", has_text="mill 900a")).to_be_focused()
    shelf.get_by_role("button", name="Undo").press("Enter")
    expect(shelf.locator(".articles button.open", has_text="mill 901a")).to_be_focused()
    shelf.get_by_role("button", name="Removed and replaced").click()
    expect(shelf.locator(".gone")).to_contain_text("Replaced by another version on")


def test_what_is_typed_into_find_while_files_are_added_stays(shelf: Page, tmp_path: Path):
    """What was there before goes at once, so that what is added will be in the list."""
    find, rows = shelf.locator("#find textarea, #find input"), shelf.locator(".articles tbody tr")
    find.fill("quern")
    expect(rows).to_have_count(3)
    (tmp_path / "loom.txt").write_text(story(950), encoding="utf-8")
    held: list[Route] = []
    shelf.route("**/upload", lambda route: held.append(route))
    with shelf.expect_request("**/upload"):
        drop(shelf, tmp_path / "loom.txt")
    expect(find).to_have_value("")
    find.fill("loom")
    expect(shelf.get_by_text("No article has these words")).to_be_visible()
    held[0].continue_()
    expect(rows).to_have_text([re.compile("mill 950a")])
    expect(find).to_have_value("loom")


def test_a_file_dropped_beside_or_on_another_tab_does_not_take_the_window(shelf: Page, tree: Path):
    shelf.get_by_role("tab", name="Ask").click()
    data = {"items": [], "files": [str(tree / "one" / "news.txt")], "dragOperationsMask": 1}
    session = shelf.context.new_cdp_session(shelf)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 400, "data": data})
    expect(shelf.get_by_label("Question")).to_be_visible()
