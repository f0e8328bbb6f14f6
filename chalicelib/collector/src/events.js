/**
 * Events: taken down when they happen, sent when they may be.
 */
import { all, doc, emit, loc, nav, uuid } from "./guest.js";
import { DROP, enrichers, gates, WAIT } from "./lists.js";
import { fits, pending, queue, schedule } from "./transport.js";
import { getAnonymousId, person } from "./visitor.js";

const MOST = 200; // events that wait or are to be sent

/** Events that may not be sent yet, the oldest first. They are in memory only. */
export const waiting = [];

/**
 * Takes down an event. It is copied now, since the page goes on using its objects. `options` may have a `messageId`
 * and a `timestamp`; `page` says what was seen, when that is not what is seen now.
 */
export const record = (type, fields, options, page) => {
  const event = {
    type,
    messageId: uuid(),
    timestamp: new Date(),
    context: {
      page: Object.assign({ url: loc.href, referrer: doc.referrer, title: doc.title }, page),
      locale: nav.language,
      library: { name: "datafly.js" },
    },
  };
  const copy = JSON.parse(JSON.stringify(Object.assign(event, person, fields, options)));
  if (pending() < MOST) waiting.push(copy);
  else emit("dropped", [copy]);
  schedule();
};

/* Whether an event has to wait on; it is queued or dropped otherwise. */
const waits = (event) => {
  const verdict = gates.reduce((found, gate) => found || gate(event), 0);
  if (verdict == WAIT) return true;
  if (verdict != DROP) {
    event.anonymousId = event.anonymousId || getAnonymousId();
    all(enrichers, event);
    if (fits([event])) return !queue.push(event);
  }
  emit("dropped", [event]);
};

/** Lets those waiting events go that may, in their order. */
export const release = () => {
  waiting.unshift(...waiting.splice(0).filter(waits)); // what listeners record meanwhile comes after
};
