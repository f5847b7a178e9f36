// Buttons of the list of articles become events for Python: another page of it, articles removed or brought back.
const isShown = (one) => one.offsetParent !== null;
const openArticle = () => {
  const source = [...document.querySelectorAll("[data-shown], [data-gone]")].find(isShown);
  return (source?.dataset.shown ?? source?.dataset.gone ?? "").split(":")[0];
};

// The articles whose boxes are ticked; what is removed is what is chosen on the page that is shown.
let chosen = new Set();
const boxes = () => [...element.querySelectorAll(".choice input")];
const showChosen = () => {
  const several = element.querySelector("button[data-several]");
  if (!several) return;
  several.disabled = !chosen.size;
  several.dataset.remove = [...chosen].join(" ");
  several.textContent = chosen.size ? `Remove the chosen (${chosen.size})` : "Remove the chosen";
  const all = element.querySelector("input.all");
  all.checked = chosen.size === boxes().length;
  all.indeterminate = chosen.size > 0 && !all.checked;
};

element.addEventListener("change", (event) => {
  if (!event.target.matches("input.all, .choice input")) return;
  if (event.target.matches(".all")) boxes().forEach((box) => (box.checked = event.target.checked));
  chosen = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  showChosen();
});

// Gradio makes the rows of the old list into those of the new, and a ticked box would be another article's.
watch("value", () => {
  boxes().forEach((box) => (box.checked = chosen.has(box.value)));
  chosen = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  showChosen();
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-turn], button[data-remove], button[data-restore]");
  if (!button) return;
  const { start, remove, restore } = button.dataset;
  if (remove === undefined && restore === undefined) return trigger("turn", { start: Number(start) });
  const from = (list) => Number(document.querySelector(list)?.dataset.from ?? 0);  // the place of its page
  const articles = (remove ?? restore).split(" ");
  const row = [...document.querySelectorAll(".gone .restore")].indexOf(button);
  window.qaChanged = { removed: remove !== undefined, articles, row };
  const places = { start: from(".articles"), removed: from(".gone"), opened: openArticle() };
  trigger(remove !== undefined ? "remove" : "restore", { articles, ...places });
});

// The button that was used goes with its row, and the focus must not go to the top of the page with it.
const find = (selector) => document.querySelector(selector);
const afterRestoring = (articles, row) => {
  if (row < 0) return find(`.articles button.open[data-article="${CSS.escape(articles[0])}"]`);
  const others = document.querySelectorAll(".gone .restore");
  return others[Math.min(row, others.length - 1)] ?? find("#removed button");
};
const lead = () => {
  const { removed, articles, row } = window.qaChanged ?? {};
  const done = `${removed ? "removed" : "restored"} ${articles?.join(" ")}`;
  if (!articles || find(".undo-panel .removed")?.dataset.done !== done) return;  // what is told is of before
  if (!removed && find(`.gone [data-restore="${CSS.escape(articles[0])}"]`)) return;  // the list is yet to change
  window.qaChanged = undefined;
  const target = removed ? find(".undo-panel .undo") : afterRestoring(articles, row);
  (target ?? find("#find textarea, #find input"))?.focus();
};

// Panels change one after the other; a moment later all have.
watch("value", () => element.closest(".undo-panel, .list-panel, .gone-panel") && setTimeout(lead));
