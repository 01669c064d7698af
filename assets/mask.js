// In the masking workbench: selecting words of an original fills the form that masks them, with which one it is.
// Without script the words are typed. Nothing is sent from here.
const words = document.querySelector("textarea[name=words]");
const part = document.querySelector("select[name=part]");
const nth = document.querySelector("input[name=nth]");

// the text before a point of the original, without the numbers of spans that stand in it
const before = (original, node, offset) => {
  const range = document.createRange();
  range.setStart(original, 0);
  range.setEnd(node, offset);
  const copy = range.cloneContents();
  for (const number of copy.querySelectorAll("[data-skip]")) number.remove();
  return copy.textContent;
};

if (words && part && nth) {
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    const from = range.startContainer;
    const original = (from.nodeType === Node.TEXT_NODE ? from.parentElement : from)?.closest("[data-original]");
    if (!original || !original.contains(range.endContainer)) return;
    const start = before(original, range.startContainer, range.startOffset);
    const end = before(original, range.endContainer, range.endOffset);
    const chosen = end.slice(start.length);
    if (!chosen.trim()) return;
    words.value = chosen;
    part.value = original.closest("[data-part]").dataset.part;
    // counted as the server counts: from the left, without overlap
    const whole = before(original, original, original.childNodes.length);
    let number = 0;
    let at = -chosen.length;
    while ((at = whole.indexOf(chosen, at + chosen.length)) !== -1 && at <= start.length) number += 1;
    nth.value = number > 0 ? String(number) : "";
  });
}
