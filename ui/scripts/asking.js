async (_, ...filters) => {
  // What the reader asks, or where the reader arrives, and the conversation so far. Nothing of it is kept elsewhere.
  await new Promise((go) => setTimeout(go));  // the answer before may be on its way into the page
  const asked = window.qaAsked;
  if (!asked) return [{}, ...filters];  // a new conversation was begun meanwhile
  window.qaBegin(asked);
  const address = new URL(location.href);
  const turns = window.qaArrived ? window.qaTurns() : window.qaStored();
  window.qaArrived = true;
  if (asked.how !== "arrive") {
    window.qaLeave();
    return [{ ...asked, turns }, ...filters];
  }
  const kept = address.searchParams.get("a") ?? "";
  const question = address.searchParams.get("q") ?? "";
  const anew = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  return [{ how: "arrive", question, kept, anew, turns }, ...filters];
}
