/**
 * Sending: events are gathered, go out in batches, one request at a time, and by beacon when the page is left.
 */
import { config } from "./config.js";
import { release, waiting } from "./events.js";
import { all, doc, emit, later, listen, nav, quietly, win } from "./guest.js";
import { failures, holds, leavers, parkers, starters } from "./lists.js";

const MOST_BYTES = 6e4; // of one body: browsers take 64 KiB from a page that is being left

/** The events to send, the oldest first. */
export const queue = [];

/** Sent with every batch. */
export const envelope = { writeKey: config.key };

let sending;
let timer;

const endpoint = (path) => config.url + "/v1/" + path;
const held = () => holds.some((hold) => hold());

/** Whether a batch is small enough to be sent. */
export const fits = (batch) => new Blob([JSON.stringify(batch)]).size < MOST_BYTES;

/** How many events wait, for leave or for their turn. */
export const pending = () => waiting.length + queue.length;

/** Sends within the batching time, or at once when a batch is full. */
export const schedule = () => {
  if (pending() < config.batch) timer = timer || later(tick, config.wait);
  else tick();
};

/** Sends what may be sent, and looks again later when something is left. */
export const tick = () => {
  clearTimeout(timer);
  release();
  flush();
  timer = pending() && later(tick, config.wait);
};

/* Takes the next batch off the queue; there is nothing in it that does not fit alone. */
const take = (most = config.batch) => (fits(queue.slice(0, most)) ? queue.splice(0, most) : take(most - 1));

/** A text body needs no preflight. */
const body = (batch) => JSON.stringify(Object.assign({ sentAt: new Date(), batch }, envelope));

/** Posts in a way that lets the request outlive the page. */
export const post = (path, body) => {
  return fetch(endpoint(path), { method: "POST", body, keepalive: true });
};

/** Sends a batch, and the next one when it is answered. */
const flush = async () => {
  if (sending || !queue[0] || held()) return;
  const batch = take();
  let answer = 0;
  sending = 1;
  try {
    answer = await post("batch", body(batch));
    /* Until it has been read, Chromium counts the request to what a leaving page may have under way. */
    await answer.text();
  } catch (failed) {
    /* Without an answer the batch was not sent; without its text, it was all the same. */
  }
  quietly(() => {
    sending = 0;
    if (answer.ok) emit("sent", batch);
    else if (!failures.some((failure) => failure(batch, answer))) emit("dropped", batch);
    if (queue[0]) tick();
  })();
};

/** Sends what is left by beacon; what no beacon takes is parked. */
export const leave = () => {
  all(leavers);
  release();
  while (queue[0]) {
    const batch = take();
    /* Some visitors have switched beacons off. */
    if (held() || !nav.onLine || !nav.sendBeacon || !nav.sendBeacon(endpoint("batch"), body(batch))) {
      queue.unshift(...batch);
      return all(parkers);
    }
    emit("sent", batch);
  }
};

starters.push(() => {
  listen(doc, "visibilitychange", () => doc.hidden && leave());
  listen(win, "pagehide", leave);
});
