// Keeps what is typed in form[data-draft="key"] on this device, and says so. Cleared by
// any page that carries [data-draft-clear="key"] (the receipt). The server never sees it.
const PREFIX = "hirokiku:draft:";
const KEEP_DAYS = 14;
const SKIP = new Set(["hidden", "password", "file", "submit", "button", "reset"]);

const store = (() => {
  try {
    localStorage.getItem(PREFIX);
    return localStorage;
  } catch {
    return null; // storage is switched off: the form works without a draft
  }
})();

const kept = (form) => [...form.elements].filter((el) => el.name && !SKIP.has(el.type));

function read(key) {
  try {
    const draft = JSON.parse(store.getItem(PREFIX + key));
    if (draft && Date.now() - draft.at < KEEP_DAYS * 86400000) return draft;
    store.removeItem(PREFIX + key);
  } catch {
    store.removeItem(PREFIX + key);
  }
  return null;
}

function write(key, form) {
  const values = kept(form)
    .filter((el) => (el.type !== "radio" && el.type !== "checkbox") || el.checked)
    .map((el) => [el.name, el.value])
    .filter(([, value]) => value !== "");
  try {
    if (values.length) store.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), values }));
    else store.removeItem(PREFIX + key);
  } catch {
    // full: the words are still in the form
  }
}

// A form that came back filled from the server is newer than the draft.
const isBlank = (form) =>
  kept(form).every((el) => {
    if (el.type === "radio" || el.type === "checkbox") return el.checked === el.defaultChecked && !el.defaultChecked;
    if (el.tagName === "SELECT") return el.selectedIndex <= 0;
    return el.value === "";
  });

function fill(form, values) {
  for (const el of kept(form)) {
    const own = values.filter(([name]) => name === el.name).map(([, value]) => value);
    if (el.type === "radio" || el.type === "checkbox") el.checked = own.includes(el.value);
    else if (own.length) el.value = own[0];
    el.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function note(form, key) {
  const box = document.createElement("div");
  box.className = "notice info no-print";
  box.setAttribute("role", "status");
  const body = document.createElement("div");
  body.className = "notice-body";
  const text = document.createElement("p");
  text.textContent = "前に書きかけた文章を戻しました。この端末の中だけに残してあります。";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = "書きかけを消す";
  button.addEventListener("click", () => {
    store.removeItem(PREFIX + key);
    form.reset();
    for (const el of kept(form)) el.dispatchEvent(new Event("input", { bubbles: true }));
    store.removeItem(PREFIX + key);
    text.textContent = "書きかけを消しました。";
    button.remove();
    const first = kept(form)[0];
    if (first) first.focus();
  });
  body.append(text, button);
  box.append(body);
  form.prepend(box);
}

if (store) {
  for (const el of document.querySelectorAll("[data-draft-clear]")) store.removeItem(PREFIX + el.dataset.draftClear);
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const key = form.dataset.draft;
    const draft = isBlank(form) ? read(key) : null;
    if (draft) {
      fill(form, draft.values);
      note(form, key);
    }
    let timer;
    const save = () => {
      clearTimeout(timer);
      timer = setTimeout(() => write(key, form), 400);
    };
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    addEventListener("pagehide", () => {
      clearTimeout(timer);
      if (!isBlank(form)) write(key, form);
    });
  }
}
