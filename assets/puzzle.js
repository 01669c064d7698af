// Solves the puzzle of form[data-puzzle] while its owner writes: PARTS numbers n for which SHA-256("puzzle:part:n") begins
// with BITS zero bits (src/consultations/flood.rs). The work is done in a worker, so that typing stays smooth; this file is
// both the page's part and the worker's. Nothing is asked of anybody.
const PARTS = 16;
const BITS = 12;

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // the first 32 bits of the fractional parts of cube and square roots of the first primes (FIPS 180-4)
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (prime) {
      if (found < 8) START[found] = fraction(Math.sqrt(n));
      K[found] = fraction(Math.cbrt(n));
      found += 1;
    }
  }
}

const W = new Uint32Array(64);

// The first word of the SHA-256 of at most 119 ASCII characters: all that is needed to count zero bits.
function firstWord(text) {
  const blocks = text.length < 56 ? 1 : 2;
  const h = START.slice();
  for (let block = 0; block < blocks; block += 1) {
    for (let i = 0; i < 16; i += 1) {
      let word = 0;
      for (let b = 0; b < 4; b += 1) {
        const at = block * 64 + i * 4 + b;
        word = (word << 8) | (at < text.length ? text.charCodeAt(at) : at === text.length ? 0x80 : 0);
      }
      W[i] = word;
    }
    if (block === blocks - 1) W[15] = text.length * 8;
    for (let i = 16; i < 64; i += 1) {
      const x = W[i - 15];
      const y = W[i - 2];
      W[i] = W[i - 16] + W[i - 7]
        + (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3))
        + (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, k] = h;
    for (let i = 0; i < 64; i += 1) {
      const one = (k + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
        + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const two = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
        + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      k = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
  }
  return h[0];
}

function solve(puzzle) {
  const numbers = [];
  for (let part = 0; part < PARTS; part += 1) {
    let n = 0;
    while (firstWord(`${puzzle}:${part}:${n}`) >>> (32 - BITS) !== 0) n += 1;
    numbers.push(n);
  }
  return numbers.join(",");
}

if (typeof document === "undefined") {
  addEventListener("message", ({ data }) => postMessage(solve(data)));
} else {
  for (const form of document.querySelectorAll("form[data-puzzle]")) {
    const puzzle = form.elements.puzzle?.value;
    const solution = form.elements.solution;
    if (!puzzle || !solution || solution.value) continue;
    let held = null; // the button that was pressed before the puzzle was solved
    let over = false;
    const done = (answer) => {
      over = true;
      solution.value = answer;
      if (held) {
        const button = held;
        held = null;
        form.requestSubmit(button);
      }
    };
    // without a worker the form goes as it is, and the server's page asks for a minute's patience
    const giveUp = () => done("");
    try {
      const worker = new Worker(import.meta.url, { type: "module" });
      worker.addEventListener("message", ({ data }) => done(data));
      worker.addEventListener("error", giveUp);
      worker.postMessage(puzzle);
      if (form.dataset.puzzle === "send") {
        // before once.js, which would take the held press for the one that was sent
        form.addEventListener("submit", (event) => {
          if (over || event.submitter?.hasAttribute("formaction")) return;
          event.preventDefault();
          if (held) return;
          held = event.submitter;
          const note = document.createElement("p");
          note.setAttribute("role", "status");
          note.textContent = "送る準備をしています。数秒お待ちください。";
          form.append(note);
          setTimeout(() => { if (held) giveUp(); }, 30000);
        }, { capture: true });
      }
    } catch {
      // the browser has no workers of this kind
    }
  }
}
