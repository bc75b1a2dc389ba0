// Asks the server once, after the time it said, whether the run has something new to show.

// A question may get lost, as where the server was started anew.
const AGAIN_MS = 10_000;

// A page has one pulse. Streamlit may call the default export again without having cleaned up.
let timer = null;

export default function render({ data, setTriggerValue }) {
  const wait = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(ask, milliseconds);
  };
  const ask = () => {
    // What nobody sees need not be drawn: it would take the cores from the training.
    if (!document.hidden) setTriggerValue("beat", data.serial);
    wait(document.hidden ? data.milliseconds : AGAIN_MS);
  };
  wait(data.milliseconds);
  const mine = timer;
  return () => {
    if (timer === mine) clearTimeout(timer);
  };
}
