// The switch that shows what was left out of an article; the articles that are opened after it keep it.
const show = (source, whole) => {
  source.classList.toggle("whole", whole);
  source.querySelector("button[data-whole]")?.setAttribute("aria-checked", String(whole));
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-whole]");
  if (!button) return;
  window.qaWhole = button.getAttribute("aria-checked") !== "true";
  show(button.closest("article"), window.qaWhole);
});

watch("value", () => {
  const source = element.querySelector("article.source-text");
  // A quotation of what was left out is shown whatever was chosen.
  if (source && !source.matches(".whole")) show(source, window.qaWhole ?? false);
});
