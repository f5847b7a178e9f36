// Questions that have no answer yet: this browser tab's storage mirrors them, so that a lost connection loses none.
const UNANSWERED = "qa-unanswered";
const PATIENCE = 60000;  // milliseconds in which something of an answer must come
const MOST_NAMED = 100;  // characters of a question in a message

if (element.closest(".stages-panel")) {
  let sent;  // the one that is being answered; `window.qaAsked` waits
  let lost = [];  // those that had none when the connection ended
  let resuming = false;  // whether these are asked again
  let stuck = false;  // whether what was sent may never end: only a new page asks again then
  let timer;
  const box = () => document.querySelector("#question textarea, #question input");
  const questions = () => [sent, ...lost, window.qaAsked].filter((one) => one && one.how !== "arrive");

  const mirror = () => {
    try {
      if (!questions().length) return sessionStorage.removeItem(UNANSWERED);
      const kept = { questions: questions(), written: box()?.value ?? "", resuming };
      sessionStorage.setItem(UNANSWERED, JSON.stringify(kept));
    } catch {
      // a browser may refuse storage; asking needs none
    }
  };

  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(UNANSWERED)) ?? {};
    } catch {
      return {};
    }
  };

  const make = (tag, attributes, ...children) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  };

  // In the place of the steps, which would go on for ever; the next step takes its place.
  const tell = (words) => {
    const named = questions().flatMap(({ question }, place) => [
      place ? ", " : " Without an answer: ",
      make("q", { dir: "auto" }, question.length > MOST_NAMED ? `${question.slice(0, MOST_NAMED)}…` : question),
    ]);
    const again = make("button", { type: "button", className: "again" }, "Ask again");
    const message = make("p", { className: "lost problem", role: "alert" }, words, ...named, " ", again);
    (element.querySelector(".stages") ?? element.querySelector(".lost"))?.remove();
    element.append(message);
  };

  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      stuck = true;
      tell("Nothing has come from the server for a minute.");
    }, PATIENCE);
  };

  const put = (asked) => {
    const waiting = window.qaAsked;
    window.qaAsked = asked;
    if (!waiting) trigger("ask", {});  // else the newest takes the place of what waits
    mirror();
    wait();
  };

  const resume = () => {
    resuming = true;
    if (lost.length && !window.qaAsked) put(lost.shift());
  };

  // A page that was loaded anew offers what had no answer, or asks it once the arrival has ended.
  const arrive = () => {
    const { questions, written, resuming: again } = stored();
    lost = Array.isArray(questions) ? questions.filter((one) => typeof one?.question === "string") : [];
    resuming = again === true && lost.length > 0;
    if (!lost.length) return;
    if (!box().value) Object.assign(box(), { value: written || lost.at(-1).question });
    box().dispatchEvent(new Event("input", { bubbles: true }));
    if (!resuming) tell("The connection ended.");
  };

  window.qaPut = (asked) => {
    if (asked.how === "arrive") arrive();
    else if (!resuming) lost = [];  // the reader asks something else
    put(asked);
  };

  window.qaBegin = (asked) => {
    sent = asked;
    window.qaAsked = undefined;
    mirror();
    wait();
  };

  window.qaEnd = () => {
    sent = undefined;
    clearTimeout(timer);
    if (resuming) resume();
    resuming = lost.length > 0 && resuming;
    if (window.qaAsked) wait();
    mirror();
  };

  window.qaFail = () => {
    if (!sent) return;  // it was given up
    [lost, sent, window.qaAsked, resuming] = [questions(), undefined, undefined, false];
    clearTimeout(timer);
    mirror();
    tell("No answer came.");
  };

  window.qaForget = () => {
    [lost, sent, window.qaAsked, resuming] = [[], undefined, undefined, false];
    clearTimeout(timer);
    mirror();
    element.querySelector(".lost")?.remove();
  };

  const askAgain = async () => {
    box()?.focus();  // the button goes, and the focus must not go with it
    if (!stuck) return resume();
    try {
      if (!(await fetch(location.href, { cache: "no-store" })).ok) throw new Error();
    } catch {
      return tell("The server can’t be reached.");
    }
    resuming = true;
    location.reload();
  };

  element.addEventListener("click", (event) => event.target.closest("button.again") && askAgain());
  addEventListener("pagehide", mirror);

  watch("value", () => {
    stuck = false;
    if (sent) wait();
  });
}
