// A card with the words behind a number, while the pointer is on the number or on the card, or the keyboard on the number.
// Who hears the page instead is told by the number's label and by the list of sources, so the card is hidden from there.
const LINGER = 200;  // milliseconds in which the pointer can get from the number to the card
const EDGE = 8;  // pixels between the card and the window's edge, or the number
const NUMBER = ".sentence button.cite";  // not those of a table, whose row says it all
let card, cite, leaving;

const hide = () => {
  clearTimeout(leaving);
  card?.remove();
  card = cite = undefined;
};

const place = () => {
  const from = cite.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = card;
  const left = Math.max(EDGE, Math.min(from.left, document.documentElement.clientWidth - width - EDGE));
  const below = from.bottom + EDGE / 2;
  const fits = below + height + EDGE <= window.innerHeight || from.top < height + EDGE;
  card.style.left = `${left}px`;
  card.style.top = `${fits ? below : from.top - height - EDGE / 2}px`;
};

const show = (button) => {
  clearTimeout(leaving);
  if (button === cite && card?.isConnected) return;
  hide();
  const source = button.closest("article")?.querySelector(`li.source[data-number="${CSS.escape(button.textContent)}"]`);
  if (!source) return;
  const words = document.createElement("p");
  words.className = "words";
  words.dir = "auto";
  words.textContent = source.dataset.quotation ?? source.querySelector("blockquote").textContent;
  // An element that no answer has: gradio makes one element of the old page into one of the new where the names agree.
  card = document.createElement("aside");
  card.className = "hover-card";
  card.setAttribute("aria-hidden", "true");
  card.popover = "manual";  // above all, so that no box cuts it off
  card.append(words, ...[".title", ".named"].map((part) => source.querySelector(part).cloneNode(true)));
  card.addEventListener("pointerenter", () => clearTimeout(leaving));
  card.addEventListener("pointerleave", leave);
  cite = button;
  element.append(card);
  card.showPopover?.();
  place();
};

const leave = () => {
  clearTimeout(leaving);
  leaving = setTimeout(hide, LINGER);
};

element.addEventListener("pointerover", (event) => {
  const button = event.target.closest(NUMBER);
  if (button && event.pointerType !== "touch") show(button);
});
element.addEventListener("pointerout", (event) => event.target.closest(NUMBER) && leave());
element.addEventListener("focusin", (event) => {
  const button = event.target.closest(`${NUMBER}:focus-visible`);
  if (button) show(button);
});
element.addEventListener("focusout", (event) => event.target === cite && leave());
element.addEventListener("click", (event) => event.target.closest(NUMBER) && hide());
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("scroll", () => card && (cite.isConnected ? place() : hide()), true);
watch("value", hide);
