// The conversation is what the page shows; this browser tab's storage mirrors it, so that a reload shows it again.
const STORED = "qa-conversation";
const newestFirst = () => [...document.querySelectorAll(".conversation article[data-signed]")];
window.qaTurns ??= () => newestFirst().map((answer) => answer.dataset.signed).reverse();
window.qaStored ??= () => {
  try {
    const turns = JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
    return Array.isArray(turns) ? turns : [];
  } catch {
    return [];  // a browser may refuse storage; asking needs none
  }
};

const mirror = () => {
  for (let turns = window.qaTurns(); ; turns = turns.slice(1)) {
    try {
      return sessionStorage.setItem(STORED, JSON.stringify(turns));
    } catch {
      if (!turns.length) return;  // full or refused: as many of the newest as there is room for, or none
    }
  }
};

// What is shown from here on is no longer what the address names; a reload shows the conversation.
window.qaLeave ??= () => {
  const address = new URL(location.href);
  address.searchParams.delete("q");
  address.searchParams.delete("a");
  history.replaceState(history.state, "", address);
};

if (element.closest(".stages-panel")) {
  const focusQuestion = () => document.querySelector("#question textarea, #question input")?.focus();
  window.qaAsk = (how, text) => {
    const question = how === "written" ? (document.querySelector("[data-written]")?.dataset.written ?? "") : text;
    // The button goes with the field beside it, and the focus must not go with them.
    if (how === "written") focusQuestion();
    window.qaPut({ how, question });
    return question;
  };
  window.qaStop = () => {
    window.qaForget();
    focusQuestion();  // the button goes
  };
  window.qaBeginAnew = () => {
    window.qaForget();
    window.qaLeave();
    focusQuestion();
  };
}

const keepers = (window.qaKeepers ??= []);  // the buttons that were pressed, by the number that their reply bears

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-keep]");
  const signed = button?.closest(".turn")?.querySelector("[data-signed]")?.dataset.signed;
  if (signed) trigger("keep", { signed, press: keepers.push(button) - 1 });
});

element.addEventListener("click", (event) => {
  const example = event.target.closest("button[data-ask]");
  if (!example) return;
  window.qaExample = example.dataset.ask;
  trigger("example", {});
});

element.addEventListener("click", (event) => {
  const name = event.target.closest("button[data-tab]")?.dataset.tab;
  const tab = name && [...document.querySelectorAll("[role=tab]")].find((one) => one.textContent.trim() === name);
  tab?.focus();  // the button goes out of sight with its own tab
  tab?.click();
});

watch("value", () => {
  if (element.closest(".conversation")) mirror();
  const reply = element.querySelector("[data-press]");
  const keeper = keepers[reply?.dataset.press];
  if (!keeper?.isConnected) return;
  // What is said of an answer stands at that answer.
  const told = reply.cloneNode(true);
  told.removeAttribute("data-press");
  keeper.parentElement.querySelector(".kept-reply")?.remove();
  keeper.after(told);
  const copier = told.querySelector("button[data-address]");
  if (copier) copier.dataset.copy = new URL(copier.dataset.address, location.href).href;
  // Only who still waits at the button is led to the link.
  if (copier && document.activeElement === keeper) told.querySelector("a").focus();
});
