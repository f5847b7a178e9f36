// Buttons of the list of articles become events for Python: another page of it, an article removed or brought back.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-turn], button[data-remove], button[data-restore]");
  if (!button) return;
  const { start, remove, restore } = button.dataset;
  const shown = Number(document.querySelector(".articles")?.dataset.from ?? 0);  // of the list's page
  // The button goes with its row: the focus must not go to the top of the page with it.
  if (remove || restore) document.querySelector("#find textarea, #find input")?.focus({ preventScroll: true });
  if (remove) trigger("remove", { article: remove, start: shown });
  else if (restore) trigger("restore", { article: restore, start: shown });
  else trigger("turn", { start: Number(start) });
});
