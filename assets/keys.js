// Staff: keys for a list of rows ([data-rows] holds them, each with a link), search and forms.
// Single keys can be switched off in the dialog (WCAG 2.1.4), which a button of the footer opens too;
// they never act while typing.
const OFF = "hirokiku:keys-off";
const off = () => {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
};
const rows = () => [...document.querySelectorAll("[data-rows] tbody tr, [data-rows] > li")];
const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(checkbox|radio|button|submit)$/.test(el.type);
let at = -1;

function move(step) {
  const list = rows();
  if (!list.length) return;
  if (at >= 0 && list[at]) list[at].classList.remove("at");
  at = Math.min(Math.max(at + step, 0), list.length - 1);
  list[at].classList.add("at");
  const link = list[at].querySelector("a[href]");
  if (link) link.focus({ preventScroll: true });
  list[at].scrollIntoView({ block: "nearest" });
}

const KEYS = [
  ["j", "次の行へ"],
  ["k", "前の行へ"],
  ["Enter", "選んだ行を開く"],
  ["/", "検索欄へ"],
  ["Ctrl + Enter", "入力中の内容を送る"],
  ["?", "この一覧を開く"],
];
// what pick.js adds where rows can be marked
if (document.querySelector("form[data-pick] tbody input[type=checkbox]")) {
  KEYS.splice(3, 0, ["x", "選んだ行に印を付ける・外す"]);
  if (document.querySelector("form[data-pick] button[name=act][value=merge]")) KEYS.splice(4, 0, ["m", "印を付けたものを1つにまとめる"]);
}

function dialog() {
  let box = document.getElementById("keys-dialog");
  if (!box) {
    box = document.createElement("dialog");
    box.id = "keys-dialog";
    box.className = "keys-dialog";
    box.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = "キーボードでの操作";
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [key, what] of KEYS) {
      const row = document.createElement("div");
      const dt = document.createElement("dt");
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      dt.append(kbd);
      const dd = document.createElement("dd");
      dd.textContent = what;
      row.append(dt, dd);
      list.append(row);
    }
    const label = document.createElement("label");
    label.className = "choice";
    const check = document.createElement("input");
    check.type = "checkbox";
    check.checked = off();
    check.addEventListener("change", () => {
      try {
        if (check.checked) localStorage.setItem(OFF, "1");
        else localStorage.removeItem(OFF);
      } catch {
        // storage is switched off: the keys stay on
      }
    });
    label.append(check, " 1文字のキー(j、k、/、?など)を使わない");
    const form = document.createElement("form");
    form.method = "dialog";
    const close = document.createElement("button");
    close.className = "button small";
    close.textContent = "閉じる";
    form.append(close);
    box.append(title, list, label, form);
    document.body.append(box);
  }
  box.showModal();
}

addEventListener("keydown", (event) => {
  const el = document.activeElement;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = el && el.closest && el.closest("form:not(.sign-out)");
    if (form && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[data-main], button.primary") || undefined);
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(el)) return;
  if (document.querySelector("dialog[open]")) return;
  if (off()) return;
  if (event.key === "?") {
    event.preventDefault();
    dialog();
    return;
  }
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (!search) return;
    event.preventDefault();
    const folded = search.closest("details");
    if (folded) folded.open = true;
    search.focus();
    search.select();
  }
});
for (const button of document.querySelectorAll("[data-keys-open]")) {
  button.hidden = false;
  button.addEventListener("click", dialog);
}
