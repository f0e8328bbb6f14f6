/**
 * What could not be sent is sent later: after a pause that grows, or that the server asks for, and on the next page
 * where that may be kept. Events are in memory or in storage, never in both: no other tab sends them a second time.
 */
import { config } from "./config.js";
import { waiting } from "./events.js";
import { later, listen, on, win } from "./guest.js";
import { failures, forgetters, holds, parkers, starters } from "./lists.js";
import { allowed } from "./storage.js";
import { queue, schedule, tick } from "./transport.js";

const MOST_KEPT = 200; // events
const LONGEST_PAUSE = 6e4; // milliseconds
const KEPT = "_dfq_" + config.key;

let attempts = 0;
let pausedUntil = 0;

const move = (change) => {
  try {
    if (allowed()) change(JSON.parse(localStorage[KEPT] || "[]"));
  } catch (blocked) {
    /* Where storage is blocked or full, the events stay where they are. */
  }
};

const park = () =>
  move((kept) => {
    localStorage[KEPT] = JSON.stringify(kept.concat(queue).slice(-MOST_KEPT));
    queue.length = 0;
  });

/* What comes back waits again: it goes as is allowed by then. */
const resume = () => {
  move((kept) => {
    waiting.unshift(...kept);
    delete localStorage[KEPT];
    if (kept[0]) tick();
  });
  schedule();
};

holds.push(() => Date.now() < pausedUntil);
parkers.push(park);
forgetters.push(() => delete localStorage[KEPT]);

failures.push((batch, answer) => {
  /* Without an answer there is no status. */
  if (answer.status < 500 && answer.status != 429) return;
  const asked = answer && 1e3 * answer.headers.get("Retry-After");
  const pause = asked || Math.min(LONGEST_PAUSE, 500 * 2 ** attempts++);
  /* Not everybody at the same moment: after an outage all visitors' pages would come back together. */
  const wait = pause * (1 + Math.random());
  pausedUntil = Date.now() + wait;
  later(resume, wait);
  queue.unshift(...batch);
  park();
  return 1;
});

const recovered = () => {
  attempts = pausedUntil = 0;
  resume();
};

on("sent", recovered);
starters.push(() => listen(win, "online", recovered));
