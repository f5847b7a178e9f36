// Files and folders that are dropped or chosen: told by a "gather" event, sent to the server in parts, then named to
// Python by a "chosen" event.
const drop = element.querySelector(".drop");  // of all panels one has it
const PART = { files: 50, bytes: 20_000_000 };
const SYSTEM = /(^|\/)(\.[^/]*|__MACOSX|thumbs\.db|desktop\.ini)(\/|$)/i;  // what no reader of a folder means to add

class Problem extends Error {}  // told as it is

const entryFile = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

const readFolder = async (folder) => {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;  // a call gives a hundred at most
    found.push(...some);
  }
};

// The files under an entry, each with its path; one that can't be read has no `file`, and is told as not arrived.
const walk = async (entry, path, found) => {
  const name = path + entry.name;
  if (path && SYSTEM.test(entry.name)) return;
  if (entry.isFile) {
    found.push({ name, file: await entryFile(entry).catch(() => undefined) });
    check(found);
    return;
  }
  const inner = await readFolder(entry).catch(() => {
    throw new Problem(`The folder ${name} can't be read.`);
  });
  for (const one of inner.sort((a, b) => (a.name < b.name ? -1 : 1))) await walk(one, `${name}/`, found);
};

const isSupported = (name) => drop.dataset.suffixes.split(" ").some((suffix) => name.toLowerCase().endsWith(suffix));
const isSent = ({ name, file }) => file && isSupported(name) && file.size <= Number(drop.dataset.largest);

const check = (found) => {
  const { most, named } = drop.dataset;
  const many = (count) => `These are more than ${Number(count).toLocaleString("en")} files; add a part of them.`;
  if (found.length > Number(named)) throw new Problem(many(named));
  if (found.filter(({ name }) => isSupported(name)).length > Number(most)) throw new Problem(many(most));
};

const checkSize = (sent) => {
  const whole = Number(drop.dataset.whole);
  if (sent.reduce((sum, { file }) => sum + file.size, 0) <= whole) return;
  throw new Problem(`These files are larger than ${Math.floor(whole / 1e6).toLocaleString("en")} MB; add a part of them.`);
};

const cutParts = (sent) => {
  const parts = [];
  let size = Infinity;
  for (const one of sent) {
    if (size + one.file.size > PART.bytes || parts.at(-1).length >= PART.files) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1).push(one);
    size += one.file.size;
  }
  return parts;
};

const sendPart = async (part) => {
  const { root, api_prefix: prefix } = window.gradio_config;
  const form = new FormData();
  // Their names go with the event. Here each has one of its own, or two of the same bytes would be one on the server.
  part.forEach(({ file }, at) => form.append("files", file, `${Date.now()}-${Math.random().toString(36).slice(2)}-${at}`));
  const reply = await fetch(new URL(root || "/", location.href).pathname.replace(/\/$/, "") + prefix + "/upload", {
    method: "POST",
    body: form,
  });
  if (!reply.ok) throw new Problem((await reply.text()).slice(0, 200) || `The server answers ${reply.status}.`);
  (await reply.json()).forEach((path, at) => (part[at].path = path));
};

const tell = (words) => (drop.querySelector(".told").textContent = words);
const count = (number) => `${number.toLocaleString("en")} ${number === 1 ? "file" : "files"}`;

const send = async (found) => {
  if (!found.length) throw new Problem("There is no file in it.");
  check(found);
  const sent = found.filter(isSent);
  checkSize(sent);
  let done = 0;
  let problem = "";
  for (const part of cutParts(sent)) {
    tell(`Sending ${done.toLocaleString("en")} of ${count(sent.length)}…`);
    try {
      await sendPart(part);
    } catch (error) {
      problem = error instanceof Problem ? error.message : "The server can't be reached, or a file can't be read.";
      break;  // what arrived is added, and the rest told
    }
    done += part.length;
  }
  if (problem && !done) throw new Problem(problem);
  tell(problem || `${count(done)} sent.`);
  trigger("chosen", { files: found.map(({ name, file, path }) => ({ name, path, size: file?.size ?? 0 })) });
};

// One drop after the other, however fast they come.
const add = (finding) => {
  trigger("gather", {});
  const before = (window.qaSending ??= Promise.resolve());
  window.qaSending = before.then(async () => {
    try {
      tell("Looking for files…");
      await send(await finding);
    } catch (error) {
      tell(error instanceof Problem ? error.message : "These files can't be read.");
    }
  });
};

const dropped = async (items, files) => {
  if (!items.length) return files.map((file) => ({ name: file.name, file }));
  const found = [];
  for (const item of items) await walk(item, "", found);
  return found;
};

const chosen = async (input) => {
  const files = [...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
  input.value = "";  // so that the same can be chosen again
  return files.filter(({ name }) => !SYSTEM.test(name.replace(/^[^/]*/, "")));
};

if (drop) {
  const inputs = { files: drop.querySelector("[data-files]"), folder: drop.querySelector("[data-folder]") };
  if (!("webkitdirectory" in inputs.folder)) drop.querySelector("[data-choose=folder]").remove();
  drop.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-choose]");
    if (button) inputs[button.dataset.choose].click();
  });
  for (const input of Object.values(inputs)) input.addEventListener("change", () => input.files.length && add(chosen(input)));

  // Anywhere on the page: a file that misses the place would take the page's own in the window.
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const isOpen = () => drop.offsetParent !== null;
  const mark = (on) => drop.classList.toggle("over", on);
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = isOpen() ? "copy" : "none";
    mark(isOpen());
  });
  document.addEventListener("dragleave", (event) => !event.relatedTarget && mark(false));
  document.addEventListener("drop", (event) => {
    mark(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (!isOpen()) return;
    // Both are gone once the event has passed.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    add(dropped(entries, [...event.dataTransfer.files]));
  });
}
