// The parts of a page, each of which can ask the server to be drawn anew: after the time that the
// server said, or because another part shows something that this one was not drawn with.

// A question may get lost, as where the server was started anew.
const AGAIN_MS = 10_000;

// Where it could not be asked.
const LATER_MS = 1000;

// Parts that come with one answer of the server are told one after the other.
const SETTLED_MS = 25;

// By name: what it was drawn with, when and where, how it asks, and its timers.
const parts = new Map();

// A question that is on its way with the reader's click on a link would lead back to this page.
const LEAVING_MS = 3_000;
let leftAt = -Infinity;
window.addEventListener(
  "click",
  (event) => {
    if (event.target.closest?.("a[href]")) leftAt = performance.now();
  },
  true,
);

function ask(part) {
  const isLeaving = performance.now() - leftAt < LEAVING_MS;
  // What nobody sees need not be drawn: it would take the cores from the training.
  const isIdle = isLeaving || document.hidden;
  const isSent = !isIdle && sendAtOnce(part.ask);
  wait(part, isSent ? AGAIN_MS : LATER_MS);
}

// Streamlit gathers what comes within a moment, and sends it with `setTimeout` as one question of
// the part that came first: a click that joins the question of a pulse would not be answered. So
// this question is sent before anything can join it. False if it joined a click itself.
function sendAtOnce(ask) {
  const { setTimeout } = window;
  let send = null;
  window.setTimeout = (callback) => {
    send = callback;
  };
  try {
    ask();
  } finally {
    window.setTimeout = setTimeout;
  }
  send?.();
  return send !== null;
}

function wait(part, milliseconds) {
  clearTimeout(part.timer);
  part.timer = setTimeout(() => ask(part), milliseconds);
}

function stop(part) {
  clearTimeout(part?.timer);
  clearTimeout(part?.follow);
}

export default function render({ data, parentElement, setTriggerValue }) {
  const before = parts.get(data.part);
  // Streamlit may make the drawing that a newer one overtook after that one.
  if (before?.element.isConnected && before.serial > data.serial) return () => {};
  stop(before);
  const part = {
    drawn: data.drawn,
    serial: data.serial,
    element: parentElement,
    ask: () => setTriggerValue("beat", data.serial),
    timer: null,
    follow: null,
  };
  parts.set(data.part, part);
  if (data.milliseconds !== null) wait(part, data.milliseconds);
  part.follow = setTimeout(() => {
    const follower = parts.get(data.follower);
    if (follower && follower.drawn !== data.shows) ask(follower);
  }, SETTLED_MS);
  return () => {
    // Of a part that stays on the page the next drawing stops the timers.
    if (parentElement.isConnected) return;
    stop(part);
    if (parts.get(data.part) === part) parts.delete(data.part);
  };
}
