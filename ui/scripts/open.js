// A click on a button with data-article becomes an "open" event for Python, which fills the source panel.
const reveal = (source, byReader) => {
  const mark = source.querySelector("#quotation");
  const panel = source.closest(".block");
  if (!panel) return;  // a newer answer has replaced it
  panel.scrollTop += mark ? mark.getBoundingClientRect().top - panel.getBoundingClientRect().top - 120 : -panel.scrollTop;
  // An answer opens its first source by itself; only a click may move the page or the focus.
  if (!byReader) return;
  mark?.focus({ preventScroll: true });
  const target = mark ?? source.querySelector("h2");
  const { top, bottom } = target.getBoundingClientRect();
  if (top < 0 || bottom > window.innerHeight) target.scrollIntoView({ block: mark ? "center" : "start" });
};

// To the button that opened the source, or that would: the list may have been made anew, and answers open one themselves.
const goBack = (source) => {
  const [article, place] = source.dataset.shown.split(":");
  const leadsHere = (button) =>
    button?.isConnected &&
    button.offsetParent !== null &&
    button.dataset.article === article &&
    (!place || `${button.dataset.start}-${button.dataset.end}` === place);
  const opener = [window.qaOpener, ...document.querySelectorAll("button[data-article]")].find(leadsHere);
  opener?.focus();
  opener?.scrollIntoView({ block: "nearest" });
};

element.addEventListener("keydown", (event) => {
  const source = element.querySelector("[data-shown]");
  if (event.key === "Escape" && source) goBack(source);
});

// The list becomes narrower when the first article is opened beside it: its row stays where it was on the screen.
const keepInPlace = (button, top) => {
  if (button.isConnected) window.scrollBy(0, button.getBoundingClientRect().top - top);
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-article], button[data-back]");
  if (!button) return;
  if ("back" in button.dataset) {
    return goBack(element.querySelector("[data-shown]"));
  }
  const { article, start, end } = button.dataset;
  window.qaOpener = button;
  const wanted = start === undefined ? `${article}:` : `${article}:${start}-${end}`;
  const shown = [...document.querySelectorAll("[data-shown]")].find(
    (source) => source.dataset.shown === wanted && source.offsetParent !== null,
  );
  if (shown) return reveal(shown, true);
  window.qaWanted = wanted;
  window.qaOpenedAt = button.getBoundingClientRect().top;
  trigger("open", { article, start: Number(start ?? -1), end: Number(end ?? -1) });
});

watch("value", () => {
  const source = element.querySelector("[data-shown]");
  if (!source) return;
  // What scrolls must be reachable by the keys that scroll, and have a name; not every browser sees to that itself.
  const panel = source.closest(".block");
  Object.assign(panel, { tabIndex: 0, role: "region", ariaLabel: "The article" });
  const wanted = window.qaWanted === source.dataset.shown;
  window.qaWanted = undefined;
  requestAnimationFrame(() => {
    if (wanted && window.qaOpener) keepInPlace(window.qaOpener, window.qaOpenedAt);
    reveal(source, wanted);
  });
});
