// Rows of a form[data-pick] that are marked: how many they are, a box for all of them, a run of them with the shift key, x for
// the row at which j and k stand, m for the first button of the bar where that merges. The keys follow the switch of
// keys.js; without script the boxes and buttons do the same.
const OFF = "hirokiku:keys-off";
const off = () => {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
};

for (const form of document.querySelectorAll("form[data-pick]")) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const says = form.querySelector("[data-picked]");
  if (!boxes.length || !says) continue;
  const words = says.textContent;
  const all = document.createElement("input");
  const tell = () => {
    const many = boxes.filter((box) => box.checked).length;
    says.textContent = many ? `印 ${many}件` : words;
    says.toggleAttribute("data-many", many > 0);
    all.checked = many === boxes.length;
  };
  const corner = form.querySelector("thead td");
  if (corner) {
    const label = document.createElement("label");
    label.className = "pick";
    const said = document.createElement("span");
    said.className = "hidden-text";
    said.textContent = "この画面のすべてに印を付ける";
    all.type = "checkbox";
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    label.append(said, all);
    corner.append(label);
  }
  form.addEventListener("change", tell);
  tell();
  let last = -1;
  form.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last >= 0) {
      const [from, to] = [Math.min(at, last), Math.max(at, last)];
      for (const box of boxes.slice(from, to + 1)) box.checked = boxes[at].checked;
      tell();
    }
    last = at;
  });
  addEventListener("keydown", (event) => {
    const el = document.activeElement;
    const typing = el && /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && el.type !== "checkbox";
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing || off()) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "x") {
      const box = form.querySelector("tr.at input[type=checkbox]");
      if (!box) return;
      event.preventDefault();
      box.checked = !box.checked;
      last = boxes.indexOf(box);
      tell();
    } else if (event.key === "m") {
      const merge = form.querySelector("button[name=act][value=merge]");
      if (!merge || !boxes.some((box) => box.checked)) return;
      event.preventDefault();
      form.requestSubmit(merge);
    }
  });
}
