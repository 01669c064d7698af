// On the page of a submission's items: text that is selected, with the mouse or the keyboard, is what the buttons of its form
// cut out. Each piece of the text carries the place at which it begins. Without script, or with nothing selected, the
// two lists of sentences say it.
const long = (text) => [...text].length;

// the place of a point of the selection in the text, in characters
const place = (text, node, offset) => {
  const piece = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-at]");
  if (!piece || !text.contains(piece)) {
    // between two pieces: the beginning of the next one
    const next = node.nodeType === Node.ELEMENT_NODE ? node.childNodes[offset] : null;
    const found = next && next.nodeType === Node.ELEMENT_NODE && (next.matches("[data-at]") ? next : next.querySelector("[data-at]"));
    return found ? Number(found.dataset.at) : null;
  }
  const range = document.createRange();
  range.selectNodeContents(piece);
  range.setEnd(node, offset);
  return Number(piece.dataset.at) + long(range.toString());
};

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  const from = range.startContainer;
  const text = (from.nodeType === Node.TEXT_NODE ? from.parentElement : from)?.closest("[data-point]");
  if (!text || !text.contains(range.endContainer)) return;
  const start = place(text, range.startContainer, range.startOffset);
  const end = place(text, range.endContainer, range.endOffset);
  const form = document.querySelector(`form[data-cut="${text.dataset.point}"]`);
  if (!form || start === null || end === null || end <= start) return;
  form.elements.start.value = start;
  form.elements.end.value = end;
  const chosen = form.querySelector("[data-chosen]");
  const words = range.toString().replace(/\s+/g, " ").trim();
  chosen.textContent = `選んだ文章:「${words.length > 60 ? `${words.slice(0, 60)}…` : words}」(${end - start}字)`;
  chosen.hidden = false;
});

// choosing sentences takes the place of a selection
for (const form of document.querySelectorAll("form[data-cut]")) {
  form.addEventListener("change", (event) => {
    if (!/^(from|to)$/.test(event.target.name)) return;
    form.elements.start.value = "";
    form.elements.end.value = "";
    form.querySelector("[data-chosen]").hidden = true;
  });
}
