// Buttons of the list of articles become events for Python: another page of it, articles removed or brought back.
const isShown = (one) => one.offsetParent !== null;
const openArticle = () => {
  const source = [...document.querySelectorAll("[data-shown], [data-gone]")].find(isShown);
  return (source?.dataset.shown ?? source?.dataset.gone ?? "").split(":")[0];
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-turn], button[data-remove], button[data-restore]");
  if (!button) return;
  const shown = Number(document.querySelector(".articles")?.dataset.from ?? 0);  // of the list's page
  const { start, remove, restore } = button.dataset;
  if (remove === undefined && restore === undefined) return trigger("turn", { start: Number(start) });
  const articles = (remove ?? restore).split(" ");
  window.qaChanged = { removed: remove !== undefined, articles };
  trigger(remove !== undefined ? "remove" : "restore", { articles, start: shown, opened: openArticle() });
});

// The button that was used goes with its row, and the focus must not go to the top of the page with it.
const lead = () => {
  const { removed, articles } = window.qaChanged ?? {};
  const told = document.querySelector(".undo-panel .removed");
  const list = document.querySelector(".articles, .list-panel .empty");
  if (!articles || !told || !list || Boolean(told.querySelector(".undo")) !== removed) return;
  window.qaChanged = undefined;
  const back = `.articles button.open[data-article="${CSS.escape(articles[0])}"]`;
  const target = removed ? told.querySelector(".undo") : document.querySelector(back);
  (target ?? document.querySelector("#find textarea, #find input"))?.focus();
};

// Panels change one after the other; a moment later all have.
watch("value", () => element.closest(".undo-panel, .list-panel") && setTimeout(lead));
