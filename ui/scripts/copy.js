// Of a page that isn't served over https, a browser keeps navigator.clipboard from us, unless it is on this machine.
const copyText = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  if (!copied) throw new Error("not copied");
};

element.addEventListener("click", async (event) => {
  const copier = event.target.closest("button[data-copy]");
  if (!copier) return;
  const said = copier.textContent;
  try {
    await copyText(copier.dataset.copy);
    copier.textContent = "Copied";
  } catch {
    copier.textContent = "Your browser did not let it be copied";
  }
  setTimeout(() => (copier.textContent = said), 2000);
});
