// A form[data-autosave="key"] is sent in the background while it is written, and says so in its [data-saved]. What the
// server does not have yet stays on this device, whatever happens to the page. Two writers never overwrite each other:
// the second one's form is then sent in the open, and the page that comes shows both texts. Standard phrases go in at
// the cursor. Without this script the button saves, and the button beside the phrases puts them in.
const PREFIX = "hirokiku:unsaved:";
const PAUSE = 1500;
const SLOWEST = 60000;
const SKIP = new Set(["hidden", "submit", "button", "file"]);

const store = (() => {
  try {
    localStorage.getItem(PREFIX);
    return localStorage;
  } catch {
    return null; // storage is switched off: the words are still in the form
  }
})();

const fields = (form) => [...form.elements].filter((el) => el.name && el.name !== "phrase" && !SKIP.has(el.type));
const values = (form) => fields(form).filter((el) => el.type !== "radio" || el.checked).map((el) => [el.name, el.value]);

function keep(key, form) {
  try {
    store?.setItem(PREFIX + key, JSON.stringify({ version: form.elements.version.value, values: values(form) }));
  } catch {
    // full: the words are still in the form
  }
}

function kept(key) {
  try {
    return JSON.parse(store?.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

function fill(form, from) {
  for (const el of fields(form)) {
    const found = from.find(([name]) => name === el.name);
    if (el.type === "radio") el.checked = Boolean(found) && found[1] === el.value;
    else if (found) el.value = found[1];
    el.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const key = form.dataset.autosave;
  const says = form.querySelector("[data-saved]");
  const lacks = form.querySelector("[data-lacks]");
  let timer;
  let wait = PAUSE;
  let running = false;
  let again = false;
  let pressed;
  // the page says why it was not saved: what comes next is the reader's to decide
  let stopped = "unsaved" in form.dataset;
  let sent = JSON.stringify(values(form));

  const tell = (text) => {
    if (says && says.textContent !== text) says.textContent = text;
  };
  const later = (after) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, after);
  };

  async function save() {
    const now = JSON.stringify(values(form));
    if (stopped || now === sent) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      const body = new URLSearchParams(values(form));
      for (const name of ["csrf", "version", "whole"]) body.set(name, form.elements[name].value);
      const headers = { accept: "application/json" };
      const answer = await fetch(form.action, { method: "POST", body, headers, credentials: "same-origin" });
      const json = (answer.headers.get("content-type") ?? "").startsWith("application/json") ? await answer.json() : {};
      if (answer.ok && json.version) {
        form.elements.version.value = json.version;
        sent = now;
        wait = PAUSE;
        if (JSON.stringify(values(form)) === now) {
          store?.removeItem(PREFIX + key);
          tell(`保存しました。${json.saved}`);
        }
        if (lacks) lacks.textContent = json.lacks.length ? `起案までに:${json.lacks.join("、")}` : "起案できる内容がそろっています。";
      } else if (json.conflict) {
        stopped = true;
        tell("先に別の人が保存していました。「保存する」を押すと、両方の文章を並べて示します。あなたの文章は消えません。");
      } else if (json.refused) {
        tell(`まだ保存していません。${json.refused}`);
      } else if (answer.status === 401) {
        stopped = true;
        tell("サインインが切れました。文章はこの端末に残っています。「保存する」を押すと、続けられます。");
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      wait = Math.min(wait * 2, SLOWEST);
      tell("まだ保存できていません。文章はこの端末に残っています。つながりしだい、もう一度保存します。");
      later(wait);
    } finally {
      running = false;
      if (pressed) {
        form.requestSubmit(pressed);
      } else if (again) {
        again = false;
        later(0);
      }
    }
  }

  const left = stopped ? null : kept(key);
  if (stopped) keep(key, form);
  else if (left && JSON.stringify(left.values) === sent) store?.removeItem(PREFIX + key);
  else if (left) {
    fill(form, left.values);
    tell("この端末に残っていた、まだ保存していない文章を戻しました。");
    // written on an older text: the server then says so, and both are shown
    form.elements.version.value = left.version;
    later(PAUSE);
  }
  const typed = () => {
    if (JSON.stringify(values(form)) === sent) return;
    keep(key, form);
    if (!stopped) tell("書いています…");
    later(PAUSE);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  // a button pressed while words are on their way waits for them: else they would be taken for somebody else's. Before
  // any other listener, so that none of them takes the form for sent
  const submit = (event) => {
    stopped = true;
    clearTimeout(timer);
    pressed = running ? event.submitter : undefined;
    if (!pressed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  form.addEventListener("submit", submit, { capture: true });
  addEventListener("online", () => later(0));
  addEventListener("pageshow", (event) => {
    if (event.persisted) stopped = false;
  });

  const into = form.querySelector("[data-insert-into]");
  into?.addEventListener("click", (event) => {
    const area = form.elements[into.dataset.insertInto];
    const phrase = form.querySelector(`template[data-phrase="${CSS.escape(form.elements.phrase.value)}"]`);
    if (!area || !phrase) return;
    event.preventDefault();
    const words = phrase.content.textContent;
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
