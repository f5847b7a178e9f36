// The form for feedback on an answer, or on a sentence of it; what it sends becomes a "feedback" event for Python.
const VERDICTS = { right: "Right", wrong: "Wrong", "should-have-refused": "Should have refused", "missing-source": "Missing source" };
const MOST_NOTE = 2000;
const PATIENCE = 20000;  // milliseconds that a reply may take
const waiting = (window.qaFeedback ??= { sent: 0, forms: new Map() });

// A small tree of elements; texts become text, whatever they hold.
const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

const close = (button, form) => {
  form.remove();
  button.setAttribute("aria-expanded", "false");
  button.focus();
};

const build = (button, answer) => {
  const refused = answer.classList.contains("refused");
  const offered = Object.entries(VERDICTS).filter(([verdict]) => !(refused && verdict === "should-have-refused"));
  const radios = offered.map(([verdict, words]) =>
    make("label", {}, make("input", { type: "radio", name: "verdict", value: verdict, required: "" }), words),
  );
  const label = button.getAttribute("aria-label") ?? button.textContent;
  return make(
    "form",
    { class: "feedback", "aria-label": label },
    make("fieldset", {}, make("legend", {}, label), ...radios),
    make("label", { class: "note" }, "Note, if you like", make("textarea", { name: "note", rows: 2, maxlength: MOST_NOTE })),
    make("button", { type: "submit" }, "Send"),
    make("button", { type: "button", class: "cancel" }, "Cancel"),
    make("p", { class: "told", role: "status" }),
  );
};

const tell = (form, words, problem) => {
  const told = form.querySelector(".told");
  told.textContent = words;
  told.classList.toggle("problem", problem);
  form.querySelector("[type=submit]")?.removeAttribute("aria-disabled");
};

const send = (form, button, answer) => {
  const submit = form.querySelector("[type=submit]");
  if (submit.getAttribute("aria-disabled")) return;
  submit.setAttribute("aria-disabled", "true");
  const number = ++waiting.sent;
  waiting.forms.set(number, { form, button });
  setTimeout(() => waiting.forms.delete(number) && tell(form, "The server does not reply. Send it again.", true), PATIENCE);
  const { sentence } = button.dataset;
  trigger("feedback", {
    answer: answer.dataset.signed,
    verdict: form.elements.verdict.value,
    sentence: sentence === undefined ? null : Number(sentence),
    note: form.elements.note.value,
    form: number,
  });
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button.judge");
  const answer = button?.closest("[data-signed]");
  if (!answer) return;
  const place = button.closest(".sentence") ?? button.closest(".after");
  const open = place.nextElementSibling?.matches("form.feedback") ? place.nextElementSibling : undefined;
  if (open && !open.matches(".kept")) return close(button, open);
  open?.remove();
  const form = build(button, answer);
  button.setAttribute("aria-expanded", "true");
  place.after(form);
  form.querySelector("input").focus();
  form.addEventListener("submit", (sent) => {
    sent.preventDefault();
    send(form, button, answer);
  });
  form.addEventListener("keydown", (pressed) => pressed.key === "Escape" && close(button, form));
  form.querySelector(".cancel").addEventListener("click", () => close(button, form));
});

watch("value", () => {
  const reply = element.querySelector("[data-form]");
  const number = Number(reply?.dataset.form);
  const sent = waiting.forms.get(number);
  if (!sent) return;
  waiting.forms.delete(number);
  const problem = reply.matches(".problem");
  tell(sent.form, reply.textContent, problem);
  if (problem || !sent.form.isConnected) return;
  // What was said is kept; the form goes, and with it what had the focus.
  const focused = sent.form.contains(document.activeElement);
  sent.form.querySelectorAll("fieldset, label, button").forEach((part) => part.remove());
  sent.form.classList.add("kept");
  sent.button.setAttribute("aria-expanded", "false");
  if (focused) sent.button.focus();
});
